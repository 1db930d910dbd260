package dev.counterfoil.cli.audit;

import dev.counterfoil.audit.bundle.Coverage;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Locale;
import picocli.CommandLine.Command;

/** What the event catalogue has of the categories of OMB M-26-14. */
@Command(
    name = "coverage",
    description = {
      "Tells which of OMB M-26-14's categories A to K this audit log covers.",
      "It is based on the catalogue of events: what Counterfoil's processes record,"
          + " and what the supplied sources send. Each category lists its events, what is"
          + " missing, and a verdict: covered, partly, not covered.",
      "Exit code 0."
    })
final class AuditCoverageCommand extends PrintingCommand {
  private static final int NAMES_MAX = 6;

  @Override
  public Integer call() {
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("standard", "OMB M-26-14, Appendix B")
              .put("categories", Coverage.lines().stream().map(Coverage.Line::toJson).toList())
              .build());
      return ExitCode.OK;
    }
    for (Coverage.Line line : Coverage.lines()) {
      System.out.printf(
          "%s  %-27s  %s%n",
          line.category(),
          line.category().title(),
          line.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' '));
      int more = line.operations().size() - NAMES_MAX;
      if (!line.operations().isEmpty()) {
        System.out.println(
            "   "
                + String.join(
                    ", ",
                    line.operations().subList(0, Math.min(NAMES_MAX, line.operations().size())))
                + (more > 0 ? ", and " + more + " more" : ""));
      }
      line.reported().forEach(says -> System.out.println("   " + says));
      if (!line.category().missing().isEmpty()) {
        System.out.println("   not there: " + line.category().missing());
      }
    }
    System.out.println();
    System.out.println(
        "To see all events of each category, add --json. docs/reference/events.md explains them.");
    return ExitCode.OK;
  }
}
