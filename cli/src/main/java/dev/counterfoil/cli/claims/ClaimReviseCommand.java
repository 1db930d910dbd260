package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes a claim. */
@Command(
    name = "revise",
    description = {
      "Changes a claim: its state, evidence, numbers, or day of review.",
      "The words of a published claim stay. If the claim changed meanwhile, nothing is done."
    })
final class ClaimReviseCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "CLAIM", description = "The claim, such as C2.")
  private String claim;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "VERSION",
      description = "The version that you read. See counterfoil claim list.")
  private long base;

  @Option(names = "--text", paramLabel = "TEXT", description = "The sentence.")
  private @Nullable String text;

  @Mixin private ClaimParts parts;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject changes = parts.json().with("id", claim);
    String words = text;
    changes = words == null ? changes : changes.with("text", words);
    JsonObject answer = ask("claim-revise", about().with("base", base, "claim", changes));
    print(
        answer,
        "Claim " + answer.string("claim") + " is at version " + answer.number("version") + ".");
    return ExitCode.OK;
  }
}
