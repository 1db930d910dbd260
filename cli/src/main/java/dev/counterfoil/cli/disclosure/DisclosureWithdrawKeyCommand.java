package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes a stated key of the process back. */
@Command(
    name = "withdraw-key",
    description = {
      "Withdraws a key of the disclosure process that may be stolen.",
      "Nothing that it signed counts from then on, whenever it is dated, for everyone who reads the"
          + " key log. This cannot be undone; running it again changes nothing."
    })
final class DisclosureWithdrawKeyCommand extends InstallationCommand {
  @Parameters(
      paramLabel = "KID",
      description = "Thumbprint of the key. To see it, run counterfoil disclosure status.")
  private String kid = "";

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    boolean changed = new OperatorClient(installation.context()).withdraw(kid);
    if (json) {
      JsonLine.print(JsonObject.builder().put("kid", kid).put("changed", changed).build());
    } else {
      System.out.println((changed ? "WITHDRAWN" : "WITHDRAWN ALREADY") + "  " + kid);
    }
    return ExitCode.OK;
  }
}
