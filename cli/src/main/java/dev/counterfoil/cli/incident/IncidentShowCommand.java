package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Shows one incident. */
@Command(
    name = "show",
    description = {
      "Shows what happened in an incident, what was touched, and what is not known.",
      "What was touched is computed now, from sightings, counterfoils and audit events. Each look"
          + " into a tenant's events is itself an event of that tenant.",
      "Exit code 0: everything that is asked is known; 1: something is not, and the numbers are"
          + " lower bounds."
    })
final class IncidentShowCommand extends MonitorCommand {
  private static final int CELL_MAX = 100;

  @picocli.CommandLine.Parameters(paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> lines = new ArrayList<>();
    installation.monitorAdmin().incident(id, lines::add);
    JsonObject incident = lines.getFirst();
    print(incident, text(incident));
    return incident.object("touched").truth("exact") ? ExitCode.OK : ExitCode.NO;
  }

  private static String text(JsonObject incident) throws FormatException {
    StringBuilder text = new StringBuilder();
    text.append("Incident ").append(incident.number("id"));
    text.append(" (").append(incident.string("severity")).append(", ");
    text.append(incident.optionalString("verdict").orElse(incident.string("state")));
    incident
        .optionalString("owner")
        .ifPresent(owner -> text.append(", owned by ").append(PlainText.of(owner, CELL_MAX)));
    text.append(")\n\nWhat happened (UTC)\n").append(timeline(incident));
    JsonObject touched = incident.object("touched");
    String bound = touched.truth("exact") ? "" : "at least ";
    text.append("\n\nWhat was touched\n");
    line(text, bound, "tenant", "tenants", touched.strings("tenants"));
    line(text, bound, "person or client", "people and clients", touched.strings("subjects"));
    if (touched.number("named_only") > 0) {
      text.append("  not counted: ").append(touched.number("named_only"));
      text.append(
          " other accounts that forged tokens name; no service reported that it accepted one\n");
    }
    text.append("  ").append(bound).append(touched.number("items")).append(" items in ");
    text.append(bound).append(touched.objects("entities").size()).append(" mailboxes or other");
    text.append(" entities\n");
    if (!touched.objects("entities").isEmpty()) {
      Table table =
          new Table(CELL_MAX, List.of("  TENANT", "ENTITY", "EVENTS", "ITEMS", "FIRST", "LAST"));
      for (JsonObject one : touched.objects("entities")) {
        table.row(
            List.of(
                "  " + one.string("tenant"),
                one.string("entity"),
                Long.toString(one.number("events")),
                Long.toString(one.number("items")),
                IncidentListCommand.time(one, "first_ms"),
                IncidentListCommand.time(one, "last_ms")));
      }
      text.append(table).append('\n');
    }
    text.append("\nWhat is not known\n");
    List<String> unknown = incident.strings("not_known");
    if (unknown.isEmpty()) {
      text.append("  nothing that was asked here\n");
    }
    unknown.forEach(one -> text.append("  ").append(PlainText.of(one)).append('\n'));
    text.append(playbooks(incident));
    List<JsonObject> notes = incident.objects("notes");
    if (!notes.isEmpty()) {
      text.append("\nWhat was done\n");
      for (JsonObject note : notes) {
        text.append("  ")
            .append(IncidentListCommand.time(note, "at_ms"))
            .append("  ")
            .append(PlainText.of(note.string("author"), CELL_MAX))
            .append("  ")
            .append(note.string("what"))
            .append(": ")
            .append(PlainText.of(note.string("text")))
            .append('\n');
      }
    }
    return text.toString().stripTrailing();
  }

  /** Which steps of playbooks are done, and which are to do. */
  private static String playbooks(JsonObject incident) throws FormatException {
    StringBuilder text = new StringBuilder();
    for (JsonObject run :
        incident.has("playbooks") ? incident.objects("playbooks") : List.<JsonObject>of()) {
      text.append(text.isEmpty() ? "\nPlaybooks\n" : "");
      text.append("  run ").append(run.number("run")).append(" of ");
      text.append(PlainText.of(run.string("playbook"), CELL_MAX)).append(": ");
      text.append(run.string("state")).append('\n');
      for (JsonObject step : run.objects("steps")) {
        String state = step.string("state");
        text.append("    ").append(state.equals("planned") ? "to do" : state).append("  ");
        text.append(step.string("action")).append(' ');
        text.append(PlainText.of(step.string("target"), CELL_MAX)).append('\n');
      }
    }
    return text.toString();
  }

  private static String timeline(JsonObject incident) throws FormatException {
    Table table = new Table(CELL_MAX, List.of("  FIRST SEEN", "TIMES", "FINDING", "WHAT"));
    for (JsonObject finding : incident.objects("timeline")) {
      table.row(
          List.of(
              "  " + IncidentListCommand.time(finding, "first_seen_ms"),
              Long.toString(finding.number("count")),
              finding.number("id") + " " + finding.string("kind"),
              finding.string("summary")));
    }
    return table.toString();
  }

  private static void line(
      StringBuilder text, String bound, String one, String many, List<String> names) {
    text.append("  ").append(bound).append(names.size()).append(' ');
    text.append(names.size() == 1 ? one : many);
    if (!names.isEmpty()) {
      text.append(": ").append(PlainText.of(String.join(", ", names), 400));
    }
    text.append('\n');
  }
}
