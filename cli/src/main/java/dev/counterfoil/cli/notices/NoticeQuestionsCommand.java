package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.disclosure.DisclosureAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists what tenants ask. */
@Command(
    name = "questions",
    description = "Lists what tenants ask about their notices, and by when it is answered.")
final class NoticeQuestionsCommand extends DisclosureAsk {
  private static final int CELL_MAX = 200;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("questions", JsonObject.builder().build());
    Table table = new Table(CELL_MAX, List.of("NUMBER", "TENANT", "NOTICE", "DUE", "QUESTION"));
    for (JsonObject one : answer.objects("questions")) {
      table.row(
          List.of(
              Long.toString(one.number("question")),
              one.string("tenant"),
              one.string("notice"),
              one.optionalString("answer").isPresent() ? "answered" : one.string("due"),
              one.string("text")));
    }
    print(answer, table.toString());
    return ExitCode.OK;
  }
}
