package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what the monitor has noticed. */
@Command(
    name = "findings",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what the monitor has noticed: forged tokens, keys outside their scope, logs that fork, reporters with gaps.",
      "Exit code 0: none; 1: there are findings."
    })
final class FindingsCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--json", description = "Print JSON, with all evidence.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    try {
      List<JsonObject> found =
          new Findings(installation.folder(), installation.domainName()).read("");
      if (json) {
        System.out.println(JsonObject.builder().put("findings", found).build());
      } else if (found.isEmpty()) {
        System.out.println("No findings.");
      } else {
        for (JsonObject finding : found) {
          System.out.println(Findings.sentence(finding));
        }
        System.out.println();
        System.out.println(
            found.size()
                + " findings. With --json you see all evidence; docs/monitor.md says what to do.");
      }
      return found.isEmpty() ? ExitCode.OK : ExitCode.NO;
    } catch (IOException | FormatException e) {
      throw CommandFailure.unavailable(
          "the monitor does not answer: is counterfoil up running? (" + e.getMessage() + ")");
    }
  }
}
