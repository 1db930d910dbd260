package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists runs. */
@Command(
    name = "list",
    description = {
      "Lists runs of playbooks, the newest first.",
      "Exit code 0: nothing waits and nothing failed; 1: something does."
    })
final class ResponseListCommand extends ResponseAsking {
  private static final int CELL_MAX = 80;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.LIST, JsonObject.builder().build());
    List<JsonObject> runs = answer.objects("runs");
    print(answer, runs.isEmpty() ? "No runs." : table(runs));
    return runs.stream().allMatch(run -> isOver(String.valueOf(run.get("state"))))
        ? ExitCode.OK
        : ExitCode.NO;
  }

  private static boolean isOver(String state) {
    return !state.equals("waiting") && !state.equals("failed");
  }

  private static String table(List<JsonObject> runs) throws FormatException {
    Table table =
        new Table(CELL_MAX, List.of("ID", "PLAYBOOK", "FINDING", "OPENED", "STEPS", "STATE"));
    for (JsonObject run : runs) {
      table.row(
          List.of(
              Long.toString(run.number("id")),
              run.string("playbook"),
              Long.toString(run.number("finding")),
              run.string("opened_at"),
              Integer.toString(run.objects("steps").size()),
              state(run)));
    }
    return table.toString();
  }
}
