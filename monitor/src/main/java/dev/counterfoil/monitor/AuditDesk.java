package dev.counterfoil.monitor;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.EventQuery;
import dev.counterfoil.audit.Fence;
import dev.counterfoil.audit.LegalHolds;
import dev.counterfoil.audit.Reader;
import dev.counterfoil.audit.StoredEvent;
import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The audit log over the admin socket: the operator's own reading of a tenant's events, which is an
 * event that the tenant sees.
 */
final class AuditDesk {
  private static final String PROGRAM = "counterfoil";

  private final Auditor auditor;
  private final String user;

  /** Takes lines of an answer. */
  @FunctionalInterface
  interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /**
   * A desk.
   *
   * @param user the only Unix user who may ask
   */
  AuditDesk(Auditor auditor, String user) {
    this.auditor = auditor;
    this.user = user;
  }

  /** A page as it is answered: what is next is there while there may be more. */
  static JsonObject page(EventQuery query, Auditor.Page page) {
    List<JsonObject> events = new ArrayList<>();
    for (StoredEvent one : page.events()) {
      events.add(
          JsonObject.builder()
              .put("position", one.position())
              .put("event", one.event().json())
              .build());
    }
    JsonObject.Builder json =
        JsonObject.builder().put("events", events).put("indexed", page.indexed());
    if (events.size() == query.limit()) {
      json.put(
          query.newestFirst() ? "next_before" : "next_after", page.events().getLast().position());
    }
    return json.build();
  }

  void search(JsonObject question, Lines lines) throws IOException, FormatException {
    EventQuery query = query(question);
    Auditor.Page page = auditor.search(fence(question), query, reader());
    JsonObject whole = page(query, page);
    for (JsonObject event : whole.objects("events")) {
      lines.line(event);
    }
    JsonObject.Builder last = JsonObject.builder().put("indexed", page.indexed());
    for (String next : List.of("next_before", "next_after")) {
      if (whole.has(next)) {
        last.put(next, whole.number(next));
      }
    }
    lines.line(last.build());
  }

  void stream(JsonObject question, AuditStream.Lines lines)
      throws IOException, FormatException, InterruptedException {
    new AuditStream(auditor)
        .write(
            fence(question),
            query(question),
            reader(),
            question.truth("follow"),
            () -> true,
            lines);
  }

  void export(JsonObject question, Lines lines) throws IOException, FormatException {
    auditor.export(
        fence(question),
        query(question),
        question.optionalNumber("since").orElse(0L),
        reader(),
        new OutputStream() {
          private final ByteArrayOutputStream line = new ByteArrayOutputStream();

          @Override
          public void write(int b) throws IOException {
            if (b == '\n') {
              lines.line(
                  JsonObject.builder()
                      .put("bundle_line", line.toString(StandardCharsets.UTF_8))
                      .build());
              line.reset();
            } else {
              line.write(b);
            }
          }
        });
  }

  /**
   * Holds: {@code do} is {@code add}, {@code remove} or {@code list}. Of those that there are by
   * then each is a line.
   */
  void hold(JsonObject question, Lines lines) throws IOException, FormatException {
    switch (question.string("do")) {
      case "add" -> auditor.hold(fence(question), reason(question), reader());
      case "remove" -> {
        if (!auditor.endHold(fence(question), reason(question), reader())) {
          throw new FormatException("there is no hold on that tenant");
        }
      }
      case "list" -> {
        // What follows.
      }
      default -> throw new FormatException("a hold is added, removed or listed");
    }
    for (LegalHolds.Hold one : auditor.holds()) {
      lines.line(one.toJson());
    }
  }

  private static String reason(JsonObject question) throws FormatException {
    String reason = question.string("reason");
    if (reason.isBlank() || reason.length() > AuditEvent.KEY_LENGTH_MAX) {
      throw new FormatException("a reason has 1 to " + AuditEvent.KEY_LENGTH_MAX + " characters");
    }
    return reason;
  }

  /** How many events each tenant has, with the log's statement. */
  void tenants(JsonObject question, Lines lines) throws IOException, FormatException {
    lines.line(auditor.totals(question.optionalNumber("size")));
  }

  /**
   * Reads everything once: a line for each thing that is not as it was recorded, and one at the
   * end.
   */
  void check(Lines lines) throws IOException, InterruptedException {
    List<String> found = new ArrayList<>();
    Auditor.Checked checked = auditor.check(found::add);
    for (String one : found) {
      lines.line(JsonObject.builder().put("difference", one).build());
    }
    lines.line(
        JsonObject.builder()
            .put("events", checked.events())
            .put("differences", checked.differences())
            .build());
  }

  Reader reader() {
    return new Reader(PROGRAM, Optional.of(user), Optional.empty());
  }

  static Fence fence(JsonObject question) throws FormatException {
    String domain = question.string("domain");
    String tenant = question.string("tenant");
    // What is no name of a tenant cannot stand in the event that says who looked.
    if (domain.isEmpty()
        || tenant.isEmpty()
        || tenant.length() > AuditEvent.NAME_LENGTH_MAX
        || tenant.chars().anyMatch(Character::isISOControl)) {
      throw new FormatException(
          "name a domain and a tenant, of 1 to " + AuditEvent.NAME_LENGTH_MAX + " characters");
    }
    return new Fence(domain, tenant);
  }

  private static EventQuery query(JsonObject question) throws FormatException {
    JsonObject query = question.object("query");
    query.allowOnly(EventQuery.PARAMETERS.toArray(String[]::new));
    for (String name : query.names()) {
      query.string(name);
    }
    return EventQuery.parse(
        name -> query.get(name) instanceof String text ? Optional.of(text) : Optional.empty());
  }
}
