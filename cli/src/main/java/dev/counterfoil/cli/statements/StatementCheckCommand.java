package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Finds contradictions. */
@Command(
    name = "check",
    description = {
      "Finds what contradicts the claims: numbers, dates, states.",
      "With a file it checks that text, such as a press release. It reads English, and cannot find"
          + " everything.",
      "Exit code 1: something contradicts them."
    })
final class StatementCheckCommand extends IncidentAsk {
  @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "A text to check.")
  private @Nullable Path file;

  @Override
  protected int run() throws IOException, FormatException, InterruptedException {
    JsonObject question = about();
    Path named = file;
    if (named != null) {
      question =
          question.with(
              "name",
              String.valueOf(named.getFileName()),
              "text",
              new String(
                  BoundedFile.read(named, Request.ARGUMENTS_BYTES_MAX), StandardCharsets.UTF_8));
    }
    JsonObject answer = ask("check", question);
    print(answer, StatementDraftCommand.objections(answer).strip());
    return answer.strings("objections").isEmpty() ? ExitCode.OK : ExitCode.NO;
  }
}
