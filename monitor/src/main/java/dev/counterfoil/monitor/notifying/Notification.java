package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.FindingChanges.Change;
import java.time.Instant;
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
        .map(
            one ->
                (isResolved() ? "resolved: " : one.text() + ": ")
                    + text("kind")
                    + (text("domain").isEmpty() ? "" : " in " + text("domain")))
        .orElse(type.substring(type.lastIndexOf('.') + 1));
  }
}
