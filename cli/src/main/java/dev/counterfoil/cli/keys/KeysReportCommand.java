package dev.counterfoil.cli.keys;

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
      "Lists every token that a key signed, and every one that it did not.",
      "Those that were signed, those that were presented and are not among them, and a summary: a line of JSON each, as the "
          + "monitor has them."
    })
final class KeysReportCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(paramLabel = "KID", description = "The key's thumbprint.")
  @SuppressWarnings("NullAway.Init") // required
  private String kid;

  @Option(names = "--json", description = "Print JSON, as it does without: a line for each token.")
  @SuppressWarnings("UnusedVariable") // taken, so that every command has it
  private boolean json;

  @Override
  public Integer call() {
    try {
      installation.monitorAdmin().report(kid, System.out::println);
      return ExitCode.OK;
    } catch (IOException e) {
      throw installation.monitorFailed(e);
    }
  }
}
