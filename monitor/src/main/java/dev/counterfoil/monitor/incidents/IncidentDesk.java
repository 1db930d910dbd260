package dev.counterfoil.monitor.incidents;

import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.FindingDesk;
import dev.counterfoil.monitor.findings.Suppressions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where operators ask for incidents and change them, over the admin socket. */
public final class IncidentDesk {
  private static final Set<String> ASKS = Set.of("incidents", "incident", "incident-change");

  private final IncidentStore store;
  private final TouchedByIncident report;
  private final FindingDesk findings;
  private final ReportDesk reports;

  public IncidentDesk(
      IncidentStore store, TouchedByIncident report, FindingDesk findings, ReportDesk reports) {
    this.store = store;
    this.report = report;
    this.findings = findings;
    this.reports = reports;
  }

  /** Whether a question is one of its own. */
  public static boolean isAnswered(String ask) {
    return ASKS.contains(ask) || FindingDesk.ASKS.contains(ask) || ReportDesk.ASKS.contains(ask);
  }

  /** Takes a line. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /**
   * Answers {@code incidents}, {@code incident} and {@code incident-change}, and what the desks of
   * findings and reports answer.
   *
   * @param by who asks, by the kernel's word
   * @throws FormatException when there is no such incident, or it cannot be changed so
   */
  public void answer(JsonObject question, String by, Reader reader, Lines lines)
      throws IOException, FormatException {
    Optional<String> domain = question.optionalString("domain");
    switch (question.string("ask")) {
      case "incidents" -> {
        for (JsonObject one : store.list(domain, question.has("all") && question.truth("all"))) {
          lines.line(one);
        }
      }
      case "incident" ->
          lines.line(
              report
                  .of(question.number("id"), domain, Optional.empty(), reader)
                  .orElseThrow(
                      () -> new FormatException("there is no incident " + question.get("id"))));
      case "incident-change" ->
          store.change(
              question.number("id"),
              IncidentStore.Change.of(question.string("do")),
              by,
              question.optionalString("text").orElse(""));
      default -> {
        List<JsonObject> answer =
            FindingDesk.ASKS.contains(question.string("ask"))
                ? findings.answer(question, Optional.empty(), Suppressions.AT_SOCKET + by)
                : reports.answer(question, by);
        for (JsonObject one : answer) {
          lines.line(one);
        }
      }
    }
  }
}
