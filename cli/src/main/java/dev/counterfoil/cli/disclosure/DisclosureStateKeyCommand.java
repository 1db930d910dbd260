package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** Has the registrar state the process's keys. */
@Command(
    name = "state-key",
    description = {
      "Has the registrar state the keys of the disclosure process in the key log.",
      "Do this when you set the process up, long before an incident. The keys last 400 days; run"
          + " it again before they end."
    })
final class DisclosureStateKeyCommand extends DisclosureAsk {
  private static final Duration COSIGNED_WITHIN = Duration.ofSeconds(30);

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject request = ask("key-request", JsonObject.builder().build());
    long index;
    try {
      index =
          new OperatorClient(installation.context())
              .askRegistrar(Commands.stateDisclosureKey(request))
              .number("index");
    } catch (OperatorException e) {
      throw CommandFailure.no("the registrar does not state the keys: " + e.getMessage());
    }
    JsonObject taken;
    try {
      taken =
          ask(
              "take-key",
              DisclosureKey.await(
                      installation.policy(), index, InstantSource.system(), COSIGNED_WITHIN)
                  .toJson());
    } catch (IOException e) {
      throw CommandFailure.unavailable(String.valueOf(e.getMessage()));
    }
    print(taken, "The key log states the keys. They end at " + taken.string("keys_end") + ".");
    return ExitCode.OK;
  }
}
