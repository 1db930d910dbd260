package dev.counterfoil.cli.notify;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** Shows where findings are told. */
@Command(
    name = "list",
    description = {
      "Shows where findings are told, and whether that works.",
      "Exit code 0: every channel works; 1: one fails."
    })
final class NotifyListCommand extends MonitorCommand {
  private static final int CELL_MAX = 120;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> channels = new ArrayList<>();
    installation.monitorAdmin().notifyList(channels::add);
    print(JsonObject.builder().put("channels", channels).build(), text(channels));
    return channels.stream().anyMatch(one -> one.has("failing_since_ms"))
        ? ExitCode.NO
        : ExitCode.OK;
  }

  private static String text(List<JsonObject> channels) throws FormatException {
    if (channels.isEmpty()) {
      return "No channel is configured, so nobody is told of findings."
          + " docs/operate/notifications.md says how to add one.";
    }
    Table table = new Table(CELL_MAX, List.of("CHANNEL", "TARGET", "FROM", "WAITING", "STATE"));
    for (JsonObject one : channels) {
      Optional<Long> failing = one.optionalNumber("failing_since_ms");
      table.row(
          List.of(
              one.string("channel"),
              one.string("target"),
              one.string("severity"),
              Long.toString(one.number("waiting")),
              failing
                  .map(since -> Instant.ofEpochMilli(since).truncatedTo(ChronoUnit.SECONDS))
                  .map(since -> "fails since " + since + ": " + one.get("why"))
                  .orElse("works")));
    }
    return table.toString();
  }
}
