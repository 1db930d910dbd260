package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Adds a claim. */
@Command(
    name = "add",
    description = {
      "Adds a claim to an incident.",
      "One sentence of fact, how sure it is, and what it rests on. It is not published by this."
    })
final class ClaimAddCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "TEXT", description = "The sentence.")
  private String text;

  @Mixin private ClaimParts parts;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject claim = parts.json().with("text", text);
    claim = claim.has("evidence") ? claim : claim.with("evidence", List.of());
    claim = claim.has("reason") ? claim : claim.with("reason", "");
    claim = claim.has("state") ? claim : claim.with("state", "unknown");
    JsonObject answer = ask("claim-add", about().with("claim", claim));
    print(answer, "Claim " + answer.string("claim") + " is recorded.");
    return ExitCode.OK;
  }
}
