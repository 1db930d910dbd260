package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.findings.FindingChanges.Change;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that a channel tells.
 *
 * @param id the same however often it is sent, and no other's
 * @param type {@code counterfoil.finding.raised}, {@code .changed} or {@code .resolved}, {@code
 *     counterfoil.heartbeat} or {@code counterfoil.test}
 * @param at when it happened
 * @param severity of the finding; empty where it tells of none
 * @param data what is shown: of a finding the same as the monitor answers, {@code detail} included
 */
record Notification(
    String id, String type, Instant at, Optional<Severity> severity, JsonObject data) {
  static final String HEARTBEAT = "counterfoil.heartbeat";
  private static final List<String> NAMES =
      List.of("id", "kind", "severity", "state", "domain", "raised_at_ms", "count");
  static final String TEST = "counterfoil.test";

  /**
   * Of a finding.
   *
   * @param database tells the numbers of one database from those of another
   */
  static Notification of(Change change, long database) {
    return new Notification(
        "finding-" + database + "-" + change.id(),
        "counterfoil.finding." + change.what().name().toLowerCase(Locale.ROOT),
        change.at(),
        Optional.of(change.severity()),
        change.finding().json());
  }

  /** Of no finding. */
  static Notification plain(String type, String channel, Instant at, String summary) {
    return new Notification(
        type.substring(type.lastIndexOf('.') + 1) + "-" + channel + "-" + at.toEpochMilli(),
        type,
        at,
        Optional.empty(),
        JsonObject.builder().put("summary", summary).build());
  }

  /** Orders the graver after the less grave; what is over, or no finding, comes first. */
  int gravity() {
    return severity.map(one -> gravityOf(isResolved(), one)).orElse(-1);
  }

  static int gravityOf(boolean isResolved, Severity severity) {
    return isResolved ? -1 : severity.compareTo(Severity.LOW);
  }

  boolean isResolved() {
    return type.endsWith(".resolved");
  }

  /** A member of what is shown. */
  String text(String member) {
    return data.get(member) instanceof String text ? text : "";
  }

  /** One line for people, of names alone: nothing in it was chosen by those who present tokens. */
  String headline() {
    return severity
        .map(one -> headline(isResolved() ? "resolved" : one.text(), text("kind"), text("domain")))
        .orElse(type.substring(type.lastIndexOf('.') + 1));
  }

  /** The same line, of many. */
  static String headline(FindingChanges.Sort sort) {
    boolean isResolved = sort.what() == FindingChanges.What.RESOLVED;
    return headline(
        isResolved ? "resolved" : sort.severity().text(), sort.kind().text(), sort.domain());
  }

  private static String headline(String severity, String kind, String domain) {
    return severity + ": " + kind + (domain.isEmpty() ? "" : " in " + domain);
  }

  /** The same without what those who present tokens can have chosen. */
  Notification withoutTexts() {
    JsonObject.Builder rest = JsonObject.builder();
    for (String member : NAMES) {
      switch (data.get(member)) {
        case String text -> rest.put(member, text);
        case Long number -> rest.put(member, number.longValue());
        case null, default -> {
          // This one has none.
        }
      }
    }
    return new Notification(
        id,
        type,
        at,
        severity,
        rest.put("summary", "Shown by: counterfoil findings. The receiver refused its texts.")
            .build());
  }
}
