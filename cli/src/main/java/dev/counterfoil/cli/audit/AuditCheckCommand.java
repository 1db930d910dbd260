package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.reading.LostAuditLog;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Has the audit log read and checked. */
@Command(
    name = "check",
    description = {
      "Makes the monitor read all of its audit log once, now.",
      "It reads the journal and every file that searches use. It compares"
          + " each event with its leaf, and the leaves with the checkpoint. The monitor also"
          + " does this continuously and slowly, and raises a finding.",
      "Exit code 0: everything is as it was recorded; 1: something differs, and is named,"
          + " or the audit log is not the one that the key log states."
    })
final class AuditCheckCommand extends MonitorCommand {
  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    List<JsonObject> answer = new ArrayList<>();
    MonitorAdmin monitor = installation.monitorAdmin();
    List<String> lost = LostAuditLog.of(monitor);
    monitor.auditCheck(answer::add);
    JsonObject last = answer.removeLast();
    long differences = last.number("differences");
    if (json) {
      JsonLine.print(
          last.with("found", answer.stream().map(one -> one.get("difference")).toList())
              .with("lost", lost));
    } else {
      for (JsonObject one : answer) {
        System.out.println(PlainText.of(one.string("difference"), 1000));
      }
      System.out.println(
          differences == 0
              ? (lost.isEmpty() ? "All " : "The ")
                  + last.number("events")
                  + (lost.isEmpty() ? " events" : " events that are here")
                  + " are as they were recorded."
              : Shown.count(differences, "thing is", "things are") + " not as recorded.");
    }
    return LostAuditLog.warn(lost, differences == 0 ? ExitCode.OK : ExitCode.NO);
  }
}
