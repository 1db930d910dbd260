package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One sentence of a public statement, with how sure it is.
 *
 * @param id stays the same over all versions, such as {@code C1}
 * @param state how sure it is
 * @param text the sentence; never changed, only taken back
 * @param evidence what it rests on: references that a reader can follow
 * @param reason why it was withdrawn, what would decide it, or what is done to find out; empty for
 *     a confirmed claim
 * @param scope its numbers, with their bounds
 * @param reviewBy when it must have been looked at again
 */
public record Claim(
    String id,
    State state,
    String text,
    List<String> evidence,
    String reason,
    List<Measure> scope,
    Optional<Instant> reviewBy) {
  /** How sure a claim is. */
  public enum State {
    /** Rests on evidence that is named. */
    CONFIRMED,
    /** The explanation for which most speaks, and said to be no more than that. */
    LEADING_HYPOTHESIS,
    /** One possible explanation, and said to be no more than that. */
    HYPOTHESIS,
    /** A question that has no answer yet. */
    UNKNOWN,
    /** Taken back; it stays in every later version, so that nobody has to remember it. */
    WITHDRAWN;

    /** Whether a claim of this state may be of that state in the next version. */
    public boolean mayBecome(State next) {
      return switch (this) {
        case CONFIRMED -> next == CONFIRMED || next == WITHDRAWN;
        case LEADING_HYPOTHESIS, HYPOTHESIS, UNKNOWN -> true;
        case WITHDRAWN -> next == WITHDRAWN;
      };
    }

    /** As files and command lines spell it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads one. */
    public static State of(String text) throws FormatException {
      for (State one : values()) {
        if (one.text().equals(text)) {
          return one;
        }
      }
      throw new FormatException(
          "a claim is confirmed, leading-hypothesis, hypothesis, unknown or withdrawn");
    }
  }

  /** Longest text, in characters. */
  public static final int TEXT_MAX = 2000;

  /** Most items of evidence, and most numbers. */
  public static final int ITEMS_MAX = 100;

  public Claim {
    evidence = List.copyOf(evidence);
    scope = List.copyOf(scope);
    if (evidence.size() > ITEMS_MAX
        || scope.size() > ITEMS_MAX
        || evidence.stream().anyMatch(item -> item.isBlank() || item.length() > TEXT_MAX)
        || scope.stream().map(Measure::name).distinct().count() < scope.size()) {
      throw new IllegalArgumentException(
          "a claim has at most 100 items of evidence and 100 numbers, each named once");
    }
    if (id.isBlank() || text.isBlank() || text.length() > TEXT_MAX || reason.length() > TEXT_MAX) {
      throw new IllegalArgumentException(
          "a claim has a name and a sentence of at most 2,000 characters");
    }
    switch (state) {
      case CONFIRMED -> {
        if (evidence.isEmpty()) {
          throw new IllegalArgumentException("claim " + id + " is confirmed without evidence");
        }
      }
      case HYPOTHESIS, LEADING_HYPOTHESIS -> {
        if (reason.isBlank()) {
          throw new IllegalArgumentException(
              "hypothesis " + id + " does not say what would decide it");
        }
      }
      case UNKNOWN -> {
        if (reason.isBlank()) {
          throw new IllegalArgumentException(
              "unknown " + id + " does not say what is done to find out");
        }
      }
      case WITHDRAWN -> {
        if (reason.isBlank()) {
          throw new IllegalArgumentException("claim " + id + " is withdrawn without a reason");
        }
      }
    }
  }

  /** A claim without numbers, and without a date for a review. */
  public Claim(String id, State state, String text, List<String> evidence, String reason) {
    this(id, state, text, evidence, reason, List.of(), Optional.empty());
  }

  /** A claim that rests on evidence. */
  public static Claim confirmed(String id, String text, List<String> evidence) {
    return new Claim(id, State.CONFIRMED, text, evidence, "");
  }

  /** A claim that is one possible explanation. */
  public static Claim hypothesis(String id, String text, String decidedBy) {
    return new Claim(id, State.HYPOTHESIS, text, List.of(), decidedBy);
  }

  /** The same claim, taken back. */
  public Claim withdrawn(String why) {
    return new Claim(id, State.WITHDRAWN, text, evidence, why, scope, Optional.empty());
  }

  /** Whether the day of its review has passed. */
  public boolean isOverdue(Instant now) {
    return reviewBy.filter(day -> !now.isBefore(day)).isPresent();
  }

  /** As it stands in statements (spec/notice.md). */
  public JsonObject toJson() {
    JsonObject json =
        JsonObject.builder()
            .put("id", id)
            .put("state", state.text())
            .put("text", text)
            .put("evidence", evidence)
            .put("reason", reason)
            .build();
    if (!scope.isEmpty()) {
      json = json.with("scope", scope.stream().map(Measure::toJson).toList());
    }
    return reviewBy.isEmpty() ? json : json.with("review_by", reviewBy.get().getEpochSecond());
  }

  /** Reads one; IllegalArgumentException where it breaks a rule above. */
  public static Claim parse(JsonObject json) throws FormatException {
    json.allowOnly("id", "state", "text", "evidence", "reason", "scope", "review_by");
    List<Measure> scope = new ArrayList<>();
    for (JsonObject one : json.has("scope") ? json.objects("scope") : List.<JsonObject>of()) {
      scope.add(Measure.parse(one));
    }
    Optional<Long> reviewBy = json.optionalNumber("review_by");
    if (reviewBy.filter(day -> day < 0 || day > SignedDisclosure.EPOCH_SECOND_MAX).isPresent()) {
      throw new FormatException("member review_by is no day");
    }
    return new Claim(
        json.string("id"),
        State.of(json.string("state")),
        json.string("text"),
        json.strings("evidence"),
        json.string("reason"),
        scope,
        reviewBy.map(Instant::ofEpochSecond));
  }
}
