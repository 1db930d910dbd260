package dev.counterfoil.process;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.hardening.SelfProtection;
import dev.counterfoil.log.care.Scrubber;
import java.util.List;

/** Parts of what a process says of itself. */
public final class Status {
  private Status() {}

  public static JsonObject key(KeyStatement key, String state) {
    return JsonObject.builder()
        .put("kid", key.kid())
        .put("state", state)
        .put("purpose", key.purpose())
        .put("log", key.log().orElse(null))
        .put("custody", key.custody())
        .put("active_from", key.activeFrom().getEpochSecond())
        .put("active_until", key.activeUntil().getEpochSecond())
        .put("verify_until", key.verifyUntil().getEpochSecond())
        .build();
  }

  public static JsonObject log(KeySet.StatedLog log) {
    return JsonObject.builder().put("name", log.name()).put("vkey", log.key().toString()).build();
  }

  public static List<JsonObject> protections(List<SelfProtection.Measure> measures) {
    return measures.stream()
        .map(
            measure ->
                JsonObject.builder()
                    .put("name", measure.protection().text())
                    .put("holds", measure.holds())
                    .put("essential", measure.protection().loss().isPresent())
                    .put("proof", measure.proof())
                    .put("advice", measure.protection().advice())
                    .build())
        .toList();
  }

  /** How far a scrubber is, and what it found. */
  public static JsonObject scrub(Scrubber.Progress progress) {
    JsonObject.Builder status =
        JsonObject.builder()
            .put("passes", progress.passes())
            .put("position", progress.position())
            .put("size", progress.size())
            .put("repaired_places", progress.repairedPlaces());
    progress.completedAt().ifPresent(at -> status.put("completed_at", at.getEpochSecond()));
    progress
        .difference()
        .ifPresent(
            found ->
                status.put(
                    "difference",
                    JsonObject.builder()
                        .put("position", found.position())
                        .put("repaired", found.repaired())
                        .put("description", found.description())
                        .put("found_at", found.at().getEpochSecond())
                        .build()));
    return status.build();
  }
}
