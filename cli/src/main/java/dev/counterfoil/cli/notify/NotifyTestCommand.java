package dev.counterfoil.cli.notify;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Sends a test message. */
@Command(
    name = "test",
    description = {
      "Sends a test message to one channel, or to all.",
      "It goes the way that a finding goes, at once, and once.",
      "Exit code 0: every channel took it; 1: one did not."
    })
final class NotifyTestCommand extends MonitorCommand {
  private static final int WHY_MAX = 500;

  @Parameters(
      arity = "0..1",
      paramLabel = "CHANNEL",
      description = "The channel's name. Default: all channels.")
  private @Nullable String channel;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> tried = new ArrayList<>();
    installation.monitorAdmin().notifyTest(Optional.ofNullable(channel), tried::add);
    print(
        JsonObject.builder().put("channels", tried).build(),
        tried.stream().map(NotifyTestCommand::text).collect(Collectors.joining("\n")));
    return tried.stream().allMatch(NotifyTestCommand::isTaken) ? ExitCode.OK : ExitCode.NO;
  }

  private static boolean isTaken(JsonObject one) {
    return Boolean.TRUE.equals(one.get("taken"));
  }

  private static String text(JsonObject one) {
    return isTaken(one)
        ? one.get("channel") + ": taken"
        : one.get("channel")
            + ": not taken: "
            + PlainText.of(String.valueOf(one.get("why")), WHY_MAX);
  }
}
