package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.time.Instant;
import java.util.Optional;

/**
 * Shows audit events, one by one. What strangers wrote into them moves no cursor, turns no text and
 * is no formula, in each of the forms.
 */
final class EventPrinter {
  /** How events are shown. */
  enum Form {
    /** A line each, for people. */
    table,
    /** An event a line, as the log holds it. */
    json,
    /** For spreadsheets. */
    csv,
    /** A file for databases. */
    parquet
  }

  private final Form form;
  private boolean begun;

  EventPrinter(Form form) {
    this.form = form;
  }

  /** What stands above the first event. */
  void begin() {
    if (!begun && form == Form.csv) {
      System.out.println("position,time,class,entity,actor,client,token,address,message,imported");
    }
    begun = true;
  }

  /** Shows one: an object with {@code position} and {@code event}. */
  void show(JsonObject one) throws FormatException {
    begin();
    switch (form) {
      case json -> System.out.println(Shown.ascii(one.without("after").toString()));
      case csv -> System.out.println(row(one));
      case table, parquet -> table(one);
    }
  }

  private static String row(JsonObject one) throws FormatException {
    AuditEvent event = AuditEvent.of(one.object("event"));
    AuditEvent.Keys keys = event.keys();
    return String.join(
        ",",
        place(one),
        Instant.ofEpochMilli(event.timeMillis()).toString(),
        Long.toString(event.classUid()),
        Shown.csv(keys.entity().orElse("")),
        Shown.csv(keys.actor().orElse("")),
        Shown.csv(keys.client().orElse("")),
        Shown.csv(keys.token().orElse("")),
        Shown.csv(keys.address().orElse("")),
        Shown.csv(message(event)),
        event.isImported() ? Instant.ofEpochMilli(event.loggedMillis()).toString() : "");
  }

  /** A position of the audit log, or of the log of an issued token: that has its name before. */
  private static String place(JsonObject one) throws FormatException {
    Optional<String> log = one.optionalString("log");
    return (log.isPresent() ? PlainText.of(log.get(), 64) + "." : "") + one.number("position");
  }

  private static String message(AuditEvent event) {
    return event.json().get("message") instanceof String text ? text : "";
  }

  private static void table(JsonObject one) throws FormatException {
    AuditEvent event = AuditEvent.of(one.object("event"));
    AuditEvent.Keys keys = event.keys();
    System.out.printf(
        "%8s  %s  %-22s  %-28s  by %-12s  client %-16s  from %-15s  %s%n",
        place(one),
        Instant.ofEpochMilli(event.timeMillis()),
        AuditNames.of(event.classUid(), event.activityId()),
        text(keys.entity(), 60),
        text(keys.actor(), 40),
        text(keys.client(), 40),
        text(keys.address(), 45),
        PlainText.of(message(event), 120));
    if (event.isImported()) {
      System.out.printf(
          "          imported %s as %s%n",
          Instant.ofEpochMilli(event.loggedMillis()),
          PlainText.of(event.reporter().orElse(""), AuditEvent.NAME_LENGTH_MAX));
    }
    keys.token().ifPresent(id -> System.out.println("          token " + PlainText.of(id, 200)));
  }

  private static String text(Optional<String> key, int max) {
    return PlainText.of(key.orElse("-"), max);
  }
}
