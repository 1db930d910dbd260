package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.guard.Guard;
import dev.counterfoil.guard.GuardConfiguration;
import dev.counterfoil.guard.GuardMain;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a guard for services behind a proxy. */
@Command(
    name = "guard",
    description = {
      "Checks tokens for services behind a proxy that asks about each request.",
      "It works with nginx auth_request, Envoy ext_authz and Traefik ForwardAuth. It"
          + " rejects a token that was never issued, is revoked or expired, or is for"
          + " another service. It also rejects a token whose bound key or certificate was"
          + " not shown. It reports every token that it is shown, and serves until Ctrl-C.",
      "See docs/integrate/guard.md."
    })
final class GuardCommand extends PrintingCommand {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description =
          "The guard's configuration file. See docs/reference/configuration-processes.md.")
  private Path configurationFile;

  @Override
  public Integer call() throws ConfigurationException, InterruptedException {
    GuardConfiguration configuration =
        Configuration.read(configurationFile, GuardConfiguration.class);
    try {
      GuardMain.serve(configuration, guard -> show(configuration, guard));
    } catch (IOException e) {
      // A policy that is missing or a port that is taken: the unit restarts nothing for it.
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
    return ExitCode.OK;
  }

  private void show(GuardConfiguration configuration, Guard guard) {
    String url = "http://" + configuration.listen().host() + ":" + guard.port();
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("url", url)
              .put(
                  "services",
                  configuration.services().stream().map(GuardConfiguration.Service::name).toList())
              .put("reporting", configuration.reporting().isPresent())
              .build());
      return;
    }
    System.out.println("The guard answers proxies at");
    for (GuardConfiguration.Service service : configuration.services()) {
      System.out.println(
          "  " + url + "/services/" + service.name() + "  for " + service.audience());
    }
    if (configuration.reporting().isEmpty()) {
      System.out.println(
          "Warning: the guard reports to nobody. It refuses a forged token, but nobody"
              + " learns of it. To change that, configure reporting.");
    }
  }
}
