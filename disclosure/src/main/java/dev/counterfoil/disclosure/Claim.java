package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * One sentence of a public statement, with how sure it is.
 *
 * @param id stays the same over all versions, such as {@code C1}
 * @param state how sure it is
 * @param text the sentence; never changed, only taken back
 * @param evidence what it rests on: references that a reader can follow
 * @param reason why it was withdrawn, or what would decide a hypothesis; empty for a confirmed
 *     claim
 */
public record Claim(String id, State state, String text, List<String> evidence, String reason) {
  /** How sure a claim is. */
  public enum State {
    /** Rests on evidence that is named. */
    CONFIRMED,
    /** One possible explanation, and said to be no more than that. */
    HYPOTHESIS,
    /** Taken back; it stays in every later version, so that nobody has to remember it. */
    WITHDRAWN;

    /** Whether a claim of this state may be of that state in the next version. */
    boolean mayBecome(State next) {
      return switch (this) {
        case CONFIRMED -> next != HYPOTHESIS;
        case HYPOTHESIS -> true;
        case WITHDRAWN -> next == WITHDRAWN;
      };
    }
  }

  /** Longest text, in characters. */
  public static final int TEXT_MAX = 2000;

  public Claim {
    evidence = List.copyOf(evidence);
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
      case HYPOTHESIS -> {
        if (reason.isBlank()) {
          throw new IllegalArgumentException(
              "hypothesis " + id + " does not say what would decide it");
        }
      }
      case WITHDRAWN -> {
        if (reason.isBlank()) {
          throw new IllegalArgumentException("claim " + id + " is withdrawn without a reason");
        }
      }
    }
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
    return new Claim(id, State.WITHDRAWN, text, evidence, why);
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("id", id)
        .put("state", state.name().toLowerCase(Locale.ROOT))
        .put("text", text)
        .put("evidence", evidence)
        .put("reason", reason)
        .build();
  }

  static Claim parse(JsonObject json) throws FormatException {
    json.allowOnly("id", "state", "text", "evidence", "reason");
    return new Claim(
        json.string("id"),
        State.valueOf(json.string("state").toUpperCase(Locale.ROOT)),
        json.string("text"),
        json.strings("evidence"),
        json.string("reason"));
  }
}
