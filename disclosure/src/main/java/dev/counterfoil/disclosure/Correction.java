package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * What is said of a published claim that was wrong, in the form of the CCADB's incident reporting
 * guidelines: what changed, when that was found, what led to the error, what prevents the like.
 *
 * @param claim which one
 * @param wrong what was wrong with it
 * @param since when it was first published
 * @param foundAt when the error was found
 * @param foundHow how it was found
 * @param believedBecause why it had been believed
 * @param prevention what prevents the like
 */
public record Correction(
    String claim,
    String wrong,
    Instant since,
    Instant foundAt,
    String foundHow,
    String believedBecause,
    String prevention) {
  public Correction {
    if (Stream.of(claim, wrong, foundHow, believedBecause, prevention)
        .anyMatch(text -> text.isBlank() || text.length() > Claim.TEXT_MAX)) {
      throw new IllegalArgumentException(
          "a correction says what was wrong, how that was found, why it was believed and what"
              + " prevents the like");
    }
    if (foundAt.isBefore(since)) {
      throw new IllegalArgumentException("an error is found after it was published");
    }
  }

  /** As it stands in statements (spec/notice.md). */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("claim", claim)
        .put("wrong", wrong)
        .put("since", since.getEpochSecond())
        .put("found_at", foundAt.getEpochSecond())
        .put("found_how", foundHow)
        .put("believed_because", believedBecause)
        .put("prevention", prevention)
        .build();
  }

  /** Reads one; IllegalArgumentException where it breaks a rule above. */
  public static Correction parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "claim", "wrong", "since", "found_at", "found_how", "believed_because", "prevention");
    return new Correction(
        json.string("claim"),
        json.string("wrong"),
        instant(json, "since"),
        instant(json, "found_at"),
        json.string("found_how"),
        json.string("believed_because"),
        json.string("prevention"));
  }

  private static Instant instant(JsonObject json, String member) throws FormatException {
    long seconds = json.number(member);
    if (seconds < 0 || seconds > SignedDisclosure.EPOCH_SECOND_MAX) {
      throw new FormatException("member " + member + " is no time");
    }
    return Instant.ofEpochSecond(seconds);
  }
}
