package dev.counterfoil.monitor.incidents;

import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.Optional;

/** Where operators ask for incidents and change them, over the admin socket. */
public final class IncidentDesk {
  private final IncidentStore store;
  private final TouchedByIncident report;

  public IncidentDesk(IncidentStore store, TouchedByIncident report) {
    this.store = store;
    this.report = report;
  }

  /** Takes a line. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /**
   * Answers {@code incidents}, {@code incident} and {@code incident-change}.
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
      default -> throw new FormatException("ask for incidents, incident or incident-change");
    }
  }
}
