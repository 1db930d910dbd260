package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has a running registrar make its next statement key. */
@Command(
    name = "statement-key",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the domain's registrar create its next statement key.",
      "The registrar asks the next ceremony to name it. Until then it continues with"
          + " its present one, and destroys that one afterwards."
    })
final class RootStatementKeyCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Answer answer =
        RootRecordCommand.ask(installation.registrarSocket(), Commands.makeStatementKey());
    if (answer instanceof Answer.Done done) {
      try {
        System.out.println(
            json
                ? done.result().toString()
                : ("statement key %s waits for the next ceremony. Take"
                        + " ceremony-request.json from the registrar's folder there")
                    .formatted(
                        PublicJwk.parse(done.result().object("statement_key")).thumbprint()));
        return ExitCode.OK;
      } catch (FormatException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
    System.err.println("Error: the registrar refuses: " + answer);
    return ExitCode.NO;
  }
}
