package dev.counterfoil.cli.audit;

import dev.counterfoil.audit.bundle.Conformance;
import dev.counterfoil.cli.audit.reading.AuditReadingCommand;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Judges a source's log. */
@Command(
    name = "conformance",
    description = {
      "Tells whether a service's log meets the minimum that finds a thief.",
      "Each requirement gets a verdict. The command examines the tenant's events from"
          + " the source, and what the audit log noticed about the source: gaps, silence,"
          + " refused events. --from and --to limit the time. Without them it examines"
          + " everything.",
      "Exit code 0: every requirement is met; 1: one is not."
    })
final class AuditConformanceCommand extends AuditReadingCommand {
  @Parameters(paramLabel = "SOURCE", description = "The source: DOMAIN/CLIENT.")
  private String source;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    if (!source.contains("/")) {
      throw CommandFailure.environment("a source is DOMAIN/CLIENT, as events name their reporter");
    }
    Conformance conformance = new Conformance(source);
    feed(conformance, "source");
    // What is about it, by the audit log itself.
    feed(conformance, "entity");
    if (json) {
      json(conformance);
    } else {
      text(conformance);
    }
    return conformance.isMet() ? ExitCode.OK : ExitCode.NO;
  }

  private void feed(Conformance conformance, String by)
      throws IOException, FormatException, InterruptedException {
    JsonObject times = options.texts();
    JsonObject.Builder query = JsonObject.builder().put(by, source);
    if (by.equals("entity")) {
      query.put("class", Long.toString(AuditEvent.SOURCE_ACTIVITY));
    }
    for (String name : List.of("from", "to")) {
      if (times.has(name)) {
        query.put(name, times.string(name));
      }
    }
    boolean[] all = {false};
    events().stream(
        query.build(),
        false,
        line -> {
          if (line.has("event")) {
            AuditEvent event = AuditEvent.of(line.object("event"));
            boolean own = event.reporter().filter(source::equals).isPresent();
            if (own == by.equals("source")) {
              conformance.add(line.number("position"), event);
            }
          } else if (line.has("ends")) {
            all[0] = line.string("ends").equals("all");
          }
        });
    if (!all[0]) {
      throw new IOException("the answer broke off before its end");
    }
  }

  private void json(Conformance conformance) {
    List<JsonObject> list = new ArrayList<>();
    for (Conformance.Finding finding : conformance.findings()) {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("requirement", finding.requirement().code())
              .put("says", finding.requirement().says())
              .put("verdict", finding.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'))
              .put("checked", finding.checked())
              .put("against", finding.against());
      finding.example().ifPresent(position -> one.put("example", position));
      list.add(one.put("detail", finding.detail()).build());
    }
    JsonLine.print(
        JsonObject.builder()
            .put("source", source)
            .put("met", conformance.isMet())
            .put("requirements", list)
            .build());
  }

  private void text(Conformance conformance) {
    for (Conformance.Finding finding : conformance.findings()) {
      String verdict =
          switch (finding.verdict()) {
            case MET -> "met";
            case NOT_MET -> "NOT MET";
            case NOTHING_TO_JUDGE -> "nothing";
          };
      StringBuilder line =
          new StringBuilder(
              "%-8s %-8s %s"
                  .formatted(verdict, finding.requirement().code(), finding.requirement().says()));
      if (finding.against() > 0) {
        line.append(": %d of %d do not".formatted(finding.against(), finding.checked()));
        finding.example().ifPresent(at -> line.append(", such as event ").append(at));
      }
      if (!finding.detail().isEmpty()) {
        line.append(" (").append(finding.detail()).append(')');
      }
      System.out.println(line.toString());
    }
    System.out.println();
    System.out.println(
        PlainText.of(source, 255)
            + (conformance.isMet() ? " meets the minimum." : " does not meet the minimum."));
  }
}
