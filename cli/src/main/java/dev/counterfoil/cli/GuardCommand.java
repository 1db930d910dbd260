package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.guard.Guard;
import dev.counterfoil.guard.GuardConfiguration;
import dev.counterfoil.guard.GuardMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a guard for services behind a proxy. */
@Command(
    name = "guard",
    mixinStandardHelpOptions = true,
    description = {
      "Checks tokens for services behind a proxy that asks about each request.",
      "It works with nginx auth_request, Envoy ext_authz and Traefik ForwardAuth. It"
          + " rejects a token that was never issued, is revoked or expired, or is for"
          + " another service. It also rejects a token whose bound key or certificate was"
          + " not shown. It reports every token that it is shown, and serves until Ctrl-C.",
      "See docs/integrate/guard.md."
    })
final class GuardCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description =
          "The guard's configuration file. See docs/reference/configuration-processes.md.")
  @SuppressWarnings("NullAway.Init") // required
  private Path configurationFile;

  @Option(
      names = "--json",
      description = "Print one JSON object when the guard is serving, and nothing else.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    try {
      GuardConfiguration configuration =
          Configuration.read(configurationFile, GuardConfiguration.class);
      GuardMain.serve(configuration, guard -> show(configuration, guard));
    } catch (ConfigurationException | IOException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    }
    return ExitCode.OK;
  }

  private void show(GuardConfiguration configuration, Guard guard) {
    String url = "http://" + configuration.listen().host() + ":" + guard.port();
    if (json) {
      System.out.println(
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
