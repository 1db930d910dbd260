package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.DisclosureAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Answers a question. */
@Command(
    name = "answer",
    description = {"Answers a tenant's question.", "The answer stands on the tenant's page."})
final class NoticeAnswerCommand extends DisclosureAsk {
  @Parameters(
      index = "0",
      paramLabel = "NUMBER",
      description = "The question's number, as notice questions shows it.")
  private long question;

  @Parameters(index = "1", paramLabel = "TEXT", description = "The answer.")
  private String text;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer =
        ask("answer", JsonObject.builder().put("question", question).put("text", text).build());
    print(answer, "Question %d is answered.".formatted(question));
    return ExitCode.OK;
  }
}
