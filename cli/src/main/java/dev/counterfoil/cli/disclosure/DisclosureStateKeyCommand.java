package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Instant;
import picocli.CommandLine.Command;

/** Has the registrar state the process's keys. */
@Command(
    name = "state-key",
    description = {
      "Has the registrar state the keys of the disclosure process.",
      "Do this when you set the process up, long before an incident. The keys last 400 days; run"
          + " it again before they end."
    })
final class DisclosureStateKeyCommand extends DisclosureAsk {
  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject request = ask("key-request", JsonObject.builder().build());
    DelegationChain delegation =
        FetchedKeys.fetch(installation.policy())
            .delegationChain(Instant.now())
            .orElseThrow(() -> CommandFailure.no("no delegation of the root is valid now"));
    String jws;
    try {
      jws =
          new OperatorClient(installation.context())
              .askRegistrar(Commands.stateDisclosureKey(request))
              .string("jws");
    } catch (OperatorException e) {
      throw CommandFailure.no("the registrar does not state the keys: " + e.getMessage());
    }
    JsonObject taken =
        ask(
            "take-key",
            JsonObject.builder().put("key", jws).put("delegation", delegation.toJson()).build());
    print(taken, "The keys are stated. They end at " + taken.string("keys_end") + ".");
    return ExitCode.OK;
  }
}
