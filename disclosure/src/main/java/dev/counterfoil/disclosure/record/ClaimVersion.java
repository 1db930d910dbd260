package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A claim as an operator recorded it.
 *
 * @param version counted from 1 for each claim
 * @param claim what it says
 * @param author who recorded it
 * @param at when
 * @param correction what was wrong, where a published claim is withdrawn
 */
public record ClaimVersion(
    long version, Claim claim, String author, Instant at, Optional<Correction> correction) {
  /** What is recorded of it. */
  public static JsonObject body(long version, Claim claim, Optional<Correction> correction) {
    return JsonObject.builder()
        .put("version", version)
        .put("claim", claim.toJson())
        .put("correction", correction.map(Correction::toJson).orElse(null))
        .build();
  }

  static ClaimVersion of(RecordEntry entry) throws FormatException {
    Optional<JsonObject> correction = entry.body().optionalObject("correction");
    return new ClaimVersion(
        entry.body().number("version"),
        Claim.parse(entry.body().object("claim")),
        entry.by(),
        entry.at(),
        correction.isEmpty() ? Optional.empty() : Optional.of(Correction.parse(correction.get())));
  }
}
