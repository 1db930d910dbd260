package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import picocli.CommandLine.Command;

/** Has a running registrar make its next statement key. */
@Command(
    name = "statement-key",
    description = {
      "Makes the domain's registrar create its next statement key.",
      "The registrar asks the next ceremony to name it. Until then it continues with"
          + " its present one, and destroys that one afterwards."
    })
final class RootStatementKeyCommand extends InstallationCommand {
  @Override
  public Integer call() throws OperatorException, FormatException, InterruptedException {
    JsonObject done =
        new OperatorClient(installation.context()).askRegistrar(Commands.makeStatementKey());
    print(
        done,
        ("statement key %s waits for the next ceremony. Take ceremony-request.json from the"
                + " registrar's folder there")
            .formatted(PublicJwk.parse(done.object("statement_key")).thumbprint()));
    return ExitCode.OK;
  }
}
