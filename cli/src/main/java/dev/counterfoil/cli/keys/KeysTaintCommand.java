package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Says of keys that they may be stolen. */
@Command(
    name = "taint",
    description = {
      "Marks keys as possibly stolen, before that is certain.",
      "The signer stops signing with them and makes new ones. No token dated later is"
          + " accepted, and a verifier that sees one raises an alarm. Earlier tokens stay"
          + " valid. This cannot be undone; running it again changes nothing."
    })
public final class KeysTaintCommand extends InstallationCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "KID",
      description = "Thumbprints of the keys. To list them, run counterfoil keys list.")
  private List<String> kids = new ArrayList<>();

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    OperatorClient operators = new OperatorClient(installation.context());
    boolean changed = false;
    for (String kid : kids) {
      boolean now = operators.taint(kid);
      changed |= now;
      if (!json) {
        System.out.println((now ? "TAINTED" : "TAINTED ALREADY") + "  " + kid);
      }
    }
    if (json) {
      JsonLine.print(JsonObject.builder().put("kids", kids).put("changed", changed).build());
    }
    return ExitCode.OK;
  }
}
