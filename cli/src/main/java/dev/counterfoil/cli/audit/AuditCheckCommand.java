package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has the audit log read and checked. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Has the monitor read all of its audit log once, now.",
      "That is journal, tree and every file that is searched: each event is held against its leaf, and the leaves against the checkpoint. The monitor does the same by itself"
          + " all the time, slowly, and raises a finding.",
      "Exit code 0: everything is as it was recorded; 1: something is not, and it is named."
    })
final class AuditCheckCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    List<JsonObject> answer = new ArrayList<>();
    try {
      installation.monitorAdmin().auditCheck(answer::add);
      JsonObject last = answer.removeLast();
      long differences = last.number("differences");
      if (json) {
        System.out.println(
            last.with("found", answer.stream().map(one -> one.get("difference")).toList()));
      } else {
        for (JsonObject one : answer) {
          System.out.println(Shown.plain(one.string("difference"), 1000));
        }
        System.out.println(
            differences == 0
                ? "All " + last.number("events") + " events are as they were recorded."
                : differences + " things are not as they were recorded.");
      }
      return differences == 0 ? ExitCode.OK : ExitCode.NO;
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the monitor's answer is not understood: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
    }
  }
}
