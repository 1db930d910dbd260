package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what is due. */
@Command(
    name = "clocks",
    description = {
      "Shows what is due, in order of time, with what is missing for it.",
      "--start records the decision that an event happened, which starts a clock; --met that a"
          + " stage was told. Both are kept with who decided, and why.",
      "Exit code 1: something is late."
    })
public final class ClocksCommand extends DisclosureAsk {
  private static final int CELL_MAX = 60;

  @Option(names = "--rules", description = "Shows the rules and their events instead.")
  private boolean rules;

  @Option(names = "--incident", paramLabel = "INCIDENT", description = "For --start and --met.")
  private @Nullable String incident;

  @Option(
      names = "--start",
      paramLabel = "RULE/EVENT",
      description = "An event that happened, such as gdpr-33/aware.")
  private @Nullable String start;

  @Option(
      names = "--met",
      paramLabel = "RULE/STAGE",
      description = "A stage that was told, such as gdpr-33/notification.")
  private @Nullable String met;

  @Option(names = "--at", paramLabel = "TIME", description = "When (default: now).")
  private @Nullable String at;

  @Option(names = "--why", paramLabel = "TEXT", description = "The reason, or where the report is.")
  private @Nullable String why;

  @Override
  protected int run() throws FormatException, InterruptedException {
    String event = start != null ? start : met;
    if (event != null) {
      return decide(event, start == null);
    }
    JsonObject answer = ask("clocks", JsonObject.builder().build());
    print(answer, rules ? rules(answer) : due(answer));
    boolean isLate = false;
    for (JsonObject one : answer.objects("due")) {
      isLate |= one.truth("late");
    }
    return isLate && !rules ? ExitCode.NO : ExitCode.OK;
  }

  private int decide(String event, boolean isMet) throws InterruptedException {
    String[] parts = event.split("/", 2);
    String of = incident;
    String reason = why;
    if (parts.length != 2 || of == null || reason == null) {
      throw CommandFailure.environment(
          "name --incident, the event as RULE/EVENT, and the reason with --why");
    }
    String time = at;
    Instant now = Instant.now();
    Instant when = time == null ? now : TimeText.past("--at", time, now);
    JsonObject answer =
        ask(
            "clock",
            JsonObject.builder()
                .put("incident", of)
                .put("rule", parts[0])
                .put("event", parts[1])
                .put("at", when.getEpochSecond())
                .put("met", isMet)
                .put("why", reason)
                .build());
    print(answer, "Recorded. To see what is due, run counterfoil clocks.");
    return ExitCode.OK;
  }

  private static String due(JsonObject answer) throws FormatException {
    Table table =
        new Table(CELL_MAX, List.of("DUE (UTC)", "INCIDENT", "RULE", "STAGE", "TO", "MISSING"));
    for (JsonObject one : answer.objects("due")) {
      table.row(
          List.of(
              one.string("due") + (one.truth("late") ? " LATE" : ""),
              one.string("incident"),
              one.string("rule"),
              one.string("stage"),
              one.string("to"),
              String.join(", ", one.strings("missing"))));
    }
    return answer.objects("due").isEmpty() ? "Nothing is due." : table.toString();
  }

  private static String rules(JsonObject answer) throws FormatException {
    Table table =
        new Table(CELL_MAX, List.of("RULE", "TITLE", "EVENTS", "APPLIES TO", "REVIEWED", "STATE"));
    for (JsonObject one : answer.objects("rules")) {
      table.row(
          List.of(
              one.string("id"),
              one.string("title"),
              String.join(", ", one.strings("triggers")),
              one.string("applies_to"),
              one.string("reviewed_on"),
              one.truth("enabled") ? "enabled" : "disabled"));
    }
    return table.toString();
  }
}
