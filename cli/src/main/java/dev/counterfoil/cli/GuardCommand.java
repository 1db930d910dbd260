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
      "Checks tokens for services behind a proxy, which asks about each request.",
      "For nginx auth_request, Envoy ext_authz and Traefik ForwardAuth. A token that was never "
          + "issued, is revoked, expired, for another service, or bound to a key or certificate that was "
          + "not shown does not pass, and what was presented is reported. Serves until Ctrl-C.",
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
      description = "Print one JSON object when the guard serves, and nothing else.")
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
    System.out.println("The guard answers the proxies at");
    for (GuardConfiguration.Service service : configuration.services()) {
      System.out.println(
          "  " + url + "/services/" + service.name() + "  for " + service.audience());
    }
    if (configuration.reporting().isEmpty()) {
      System.out.println(
          "It reports to nobody: a forged token is refused, and nobody hears of it. Configure"
              + " reporting.");
    }
  }
}
