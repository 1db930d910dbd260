package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A duty to report, as data.
 *
 * @param id such as {@code gdpr-33}
 * @param title for people
 * @param source where it is written
 * @param enabled whether it is in force and reviewed; one that is not can start no clock
 * @param from since when it is in force
 * @param appliesTo whom it binds
 * @param zone where its days begin
 * @param calendar its business days
 * @param dayEnds when a business day ends there
 * @param stages what is to be told, in order
 */
public record ClockRule(
    String id,
    String title,
    String source,
    boolean enabled,
    LocalDate from,
    String appliesTo,
    ZoneId zone,
    BusinessCalendar calendar,
    LocalTime dayEnds,
    List<ClockStage> stages) {
  public ClockRule {
    stages = List.copyOf(stages);
  }

  static ClockRule parse(JsonObject json, BusinessCalendar calendar) throws FormatException {
    json.allowOnly(
        "id",
        "title",
        "source",
        "enabled",
        "in_force_from",
        "applies_to",
        "zone",
        "day_ends",
        "stages");
    List<ClockStage> stages = new ArrayList<>();
    for (JsonObject stage : json.objects("stages")) {
      stages.add(ClockStage.parse(stage));
    }
    try {
      return new ClockRule(
          json.string("id"),
          json.string("title"),
          json.string("source"),
          json.truth("enabled"),
          LocalDate.parse(json.string("in_force_from")),
          json.string("applies_to"),
          ZoneId.of(json.string("zone")),
          calendar,
          LocalTime.parse(json.string("day_ends")),
          stages);
    } catch (DateTimeException e) {
      throw new FormatException("rule " + json.string("id") + ": " + e.getMessage(), e);
    }
  }

  /** What happened before this starts no clock. */
  public Instant inForceFrom() {
    return from.atStartOfDay(zone).toInstant();
  }

  /** The events that people decide on. */
  public Set<String> triggers() {
    Set<String> triggers = new LinkedHashSet<>();
    for (ClockStage stage : stages) {
      stage.limits().stream()
          .map(ClockStage.Limit::trigger)
          .filter(trigger -> !trigger.startsWith(ClockStage.MET))
          .forEach(triggers::add);
    }
    return triggers;
  }

  /** Whether there is a stage of this name. */
  public boolean hasStage(String stage) {
    return stages.stream().anyMatch(one -> one.id().equals(stage));
  }
}
