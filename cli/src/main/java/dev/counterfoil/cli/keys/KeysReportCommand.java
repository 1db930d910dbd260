package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What was done with a key. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Lists every token that a key signed, and every one that it did not sign.",
      "It prints one line of JSON for each signed token and for each presented token"
          + " that is not among them, and a summary."
    })
final class KeysReportCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(paramLabel = "KID", description = "The key's thumbprint.")
  @SuppressWarnings("NullAway.Init") // required
  private String kid;

  @Option(
      names = "--json",
      description = "Print JSON, one line for each token. This is also the default.")
  @SuppressWarnings("UnusedVariable") // taken, so that every command has it
  private boolean json;

  @Override
  public Integer call() {
    try {
      installation
          .monitorAdmin()
          .report(
              kid,
              line -> {
                if (Boolean.FALSE.equals(line.get("known"))) {
                  throw CommandFailure.no(
                      "the key log states no key "
                          + kid
                          + ", and no token that names it was seen. To list the valid keys, run"
                          + " counterfoil keys list");
                }
                System.out.println(line);
              });
      return ExitCode.OK;
    } catch (IOException e) {
      throw installation.monitorFailed(e);
    }
  }
}
