package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Red;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is said beside an answer of a monitor whose audit log is not the stated one: the answer may
 * be right and is not all that was recorded.
 */
public final class LostAuditLog {
  /** The member that has it, in the status at the admin socket as in the health over HTTP. */
  private static final String MEMBER = "audit_lost";

  private LostAuditLog() {}

  /** What the monitor says of it at its admin socket; an older one says nothing. */
  public static List<String> of(MonitorAdmin monitor) throws IOException {
    List<String> lost = new ArrayList<>();
    monitor.status(status -> lost.addAll(in(status)));
    return lost;
  }

  /** What an answer of the monitor says of it. */
  static List<String> in(JsonObject answer) {
    return answer.get(MEMBER) instanceof List<?> list
        ? list.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }

  /** Warns where something is lost; the exit code then says that the answer is not whole. */
  public static int warn(List<String> lost, int exitCode) {
    for (String one : lost) {
      System.err.println(Red.text("THE AUDIT LOG IS NOT WHOLE") + ": " + PlainText.of(one, 1000));
    }
    return lost.isEmpty() ? exitCode : ExitCode.NO;
  }
}
