package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.ForgottenPerson;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.ImportedBatch;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.forget.LegalHolds;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The audit log over the admin socket: the operator's own reading of a tenant's events, which is an
 * event that the tenant sees.
 */
public final class AuditDesk {
  private static final String PROGRAM = "counterfoil";

  private final Auditor auditor;
  private final Issuances issuances;
  private final EventPages pages;
  private final EventExport exports;
  private final String user;
  private final Optional<StaffTasks> tasks;

  /** Takes lines of an answer. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  private AuditDesk(
      Auditor auditor,
      Issuances issuances,
      EventPages pages,
      EventExport exports,
      String user,
      Optional<StaffTasks> tasks) {
    this.auditor = auditor;
    this.issuances = issuances;
    this.pages = pages;
    this.exports = exports;
    this.user = user;
    this.tasks = tasks;
  }

  /** A desk at which staff reads for tasks; {@link #as} says who asks. */
  public AuditDesk(
      Auditor auditor,
      Issuances issuances,
      EventPages pages,
      EventExport exports,
      StaffTasks tasks) {
    this(auditor, issuances, pages, exports, System.getProperty("user.name"), Optional.of(tasks));
  }

  /**
   * A desk at which nobody reads for a task.
   *
   * @param user the Unix user who asks
   */
  public AuditDesk(
      Auditor auditor, Issuances issuances, EventPages pages, EventExport exports, String user) {
    this(auditor, issuances, pages, exports, user, Optional.empty());
  }

  /** The same for another Unix user. */
  public AuditDesk as(String by) {
    return new AuditDesk(auditor, issuances, pages, exports, by, tasks);
  }

  /** No task is ended for its time any more. */
  public void close() {
    tasks.ifPresent(StaffTasks::close);
  }

  /**
   * Begins, ends or lists tasks of staff; each that is open by then is a line.
   *
   * @param ask {@code staff-begin}, {@code staff-end} or {@code staff-tasks}
   */
  public void staff(String ask, JsonObject question, Lines lines)
      throws IOException, FormatException {
    StaffTasks of =
        tasks.orElseThrow(() -> new FormatException("there are no tasks of staff here"));
    switch (ask) {
      case "staff-begin" ->
          of.begin(
              fence(question),
              user,
              question.string("reason"),
              Duration.ofSeconds(question.number("life")));
      case "staff-end" -> {
        if (of.end(question.string("id"), user).isEmpty()) {
          throw new FormatException("no task of this id is open");
        }
      }
      default -> {
        // What follows.
      }
    }
    for (StaffTasks.Task one : of.all()) {
      lines.line(one.toJson());
    }
  }

  /** Who reads a tenant's events, for a task where one is required. */
  public Reader reader(Fence fence, Operation ask) throws IOException, FormatException {
    return tasks.isEmpty() ? reader() : tasks.get().reader(reader(), fence, ask);
  }

  /** Lines for as long as the task lasts. */
  private Lines permitted(Fence fence, Lines lines) {
    return line -> {
      if (!permits(fence)) {
        throw new StaffTasks.EndedException();
      }
      lines.line(line);
    };
  }

  private boolean permits(Fence fence) {
    return tasks.isEmpty() || tasks.get().permits(reader(), fence);
  }

  public void search(JsonObject question, Lines lines) throws IOException, FormatException {
    EventPages.Asked asked = EventPages.Asked.parse(texts(question));
    Fence fence = fence(question);
    EventPages.Answer page = pages.page(fence, asked, reader(fence, Operation.AUDIT_SEARCH));
    for (JsonObject event : page.events()) {
      lines.line(event);
    }
    lines.line(page.rest(asked.query().newestFirst()).build());
  }

  public void stream(JsonObject question, AuditStream.Lines lines)
      throws IOException, FormatException, InterruptedException {
    Fence fence = fence(question);
    new AuditStream(auditor, issuances)
        .write(
            fence,
            EventPages.Asked.parse(texts(question)),
            reader(fence, Operation.AUDIT_STREAM),
            question.truth("follow"),
            () -> permits(fence),
            lines);
  }

  public void export(JsonObject question, Lines lines) throws IOException, FormatException {
    Fence fence = fence(question);
    exports.write(
        fence,
        query(question),
        EventExport.since(question.optionalString("since")),
        reader(fence, Operation.AUDIT_EXPORT),
        new BundleLines(permitted(fence, lines)));
  }

  /** A bundle as it is written, line by line. */
  private static final class BundleLines extends OutputStream {
    private final Lines lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    BundleLines(Lines lines) {
      this.lines = lines;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      int written = from;
      for (int i = from; i < from + length; i++) {
        if (bytes[i] == '\n') {
          line.write(bytes, written, i - written);
          written = i + 1;
          lines.line(
              JsonObject.builder()
                  .put("bundle_line", line.toString(StandardCharsets.UTF_8))
                  .build());
          line.reset();
        }
      }
      line.write(bytes, written, from + length - written);
    }
  }

  /**
   * Holds: {@code do} is {@code add}, {@code remove} or {@code list}. Of those that there are by
   * then each is a line.
   */
  public void hold(JsonObject question, Lines lines) throws IOException, FormatException {
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

  /**
   * Takes a batch in that an operator brings.
   *
   * @param by the Unix user who asks
   */
  public void takeImport(JsonObject question, byte[] ndjson, String by, Lines lines)
      throws IOException, FormatException {
    ImportedBatch batch =
        new ImportedBatch(
            question.string("source"),
            question.string("file"),
            Hash.parseHex(question.string("digest")),
            question.number("first_line"),
            question.number("last_line"));
    batch.check();
    IntakeAnswer answer;
    try {
      answer =
          auditor.takeImport(
              fence(question),
              batch,
              ndjson,
              new Reader(PROGRAM, Optional.of(by), Optional.empty()));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    } catch (AuditUnavailableException e) {
      answer = new IntakeAnswer.Again(String.valueOf(e.getMessage()), false);
    }
    lines.line(
        switch (answer) {
          case IntakeAnswer.Taken taken -> taken.toJson();
          case IntakeAnswer.Again again -> JsonObject.builder().put("again", again.code()).build();
          case IntakeAnswer.Malformed malformed -> throw new FormatException(malformed.detail());
        });
  }

  /** Forgets a person, or says who it would be: {@code do} is {@code forget} or {@code look}. */
  public void forget(JsonObject question, Lines lines) throws IOException, FormatException {
    String name = question.string("name");
    String ground = question.optionalString("ground").orElse("");
    if (name.isEmpty() || Math.max(name.length(), ground.length()) > AuditEvent.KEY_LENGTH_MAX) {
      throw new FormatException(
          "a name and a ground have at most " + AuditEvent.KEY_LENGTH_MAX + " characters");
    }
    ForgottenPerson found =
        switch (question.string("do")) {
          case "look" -> auditor.lookForForgetting(fence(question), name, reader());
          case "forget" -> auditor.forget(fence(question), name, ground, reader());
          default -> throw new FormatException("somebody is looked for, or forgotten");
        };
    lines.line(
        JsonObject.builder()
            .put("pseudonyms", found.pseudonyms())
            .put("events", found.events())
            .put("young", found.young())
            .put("administered", found.administered())
            .put("refused", found.refusal().orElse(null))
            .build());
  }

  private static String reason(JsonObject question) throws FormatException {
    String reason = question.string("reason");
    if (reason.isBlank() || reason.length() > AuditEvent.KEY_LENGTH_MAX) {
      throw new FormatException("a reason has 1 to " + AuditEvent.KEY_LENGTH_MAX + " characters");
    }
    return reason;
  }

  /** How many events each tenant has, with the log's statement. */
  public void tenants(JsonObject question, Lines lines) throws IOException, FormatException {
    lines.line(auditor.totals(question.optionalNumber("size")));
  }

  /**
   * Reads everything once: a line for each thing that is not as it was recorded, and one at the
   * end.
   */
  public void check(Lines lines) throws IOException, InterruptedException {
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

  public Reader reader() {
    return new Reader(PROGRAM, Optional.of(user), Optional.empty());
  }

  public static Fence fence(JsonObject question) throws FormatException {
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
    return EventQuery.parse(texts(question));
  }

  private static Function<String, Optional<String>> texts(JsonObject question)
      throws FormatException {
    JsonObject query = question.object("query");
    query.allowOnly(EventQuery.PARAMETERS.toArray(String[]::new));
    for (String name : query.names()) {
      query.string(name);
    }
    return name -> query.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }
}
