package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
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
final class ClaimAddCommand extends DisclosureAsk {
  @Parameters(index = "0", paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Parameters(index = "1", paramLabel = "TEXT", description = "The sentence.")
  private String text;

  @Mixin private ClaimParts parts;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject claim = parts.json().with("text", text);
    claim = claim.has("evidence") ? claim : claim.with("evidence", List.of());
    claim = claim.has("reason") ? claim : claim.with("reason", "");
    claim = claim.has("state") ? claim : claim.with("state", "unknown");
    JsonObject answer = ask("claim-add", about(incident).with("claim", claim));
    print(answer, "Claim " + answer.string("claim") + " is recorded.");
    return ExitCode.OK;
  }
}
