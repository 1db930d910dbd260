package dev.counterfoil.disclosure.weaknesses;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A reported weakness, and all that was decided of it. Immutable.
 *
 * @param id such as {@code V-2026-0001}
 * @param report as it came
 * @param moves the first is its receipt
 * @param embargoUntil before which nothing is published
 */
public record Weakness(String id, WeaknessReport report, List<Move> moves, Instant embargoUntil) {
  /** A reporter hears from a person within this time. */
  public static final Duration ACKNOWLEDGED_WITHIN = Duration.ofDays(3);

  /** What is not remedied then is published all the same, unless the two agree otherwise. */
  public static final Duration EMBARGO = Duration.ofDays(90);

  private static final Duration EMBARGO_MAX = Duration.ofDays(365);

  /** A step, and why. */
  public record Move(WeaknessState state, Instant at, String by, String why) {}

  public Weakness {
    moves = List.copyOf(moves);
  }

  /** One that came in. */
  public static Weakness received(String id, WeaknessReport report, Instant at, String by) {
    return new Weakness(
        id, report, List.of(new Move(WeaknessState.RECEIVED, at, by, "")), at.plus(EMBARGO));
  }

  /** How far it is. */
  public WeaknessState state() {
    return moves.getLast().state();
  }

  /** When it came in. */
  public Instant receivedAt() {
    return moves.getFirst().at();
  }

  /** Why it may not go to a state; empty where it may. */
  public Optional<String> objection(WeaknessState next, Instant now) {
    if (!state().next().contains(next)) {
      return Optional.of(
          "%s is %s, and can become %s"
              .formatted(
                  id,
                  state().text(),
                  state().next().isEmpty()
                      ? "nothing else"
                      : String.join(
                          " or ", state().next().stream().map(WeaknessState::text).toList())));
    }
    if (next == WeaknessState.PUBLISHED
        && state() == WeaknessState.VERIFIED
        && now.isBefore(embargoUntil)) {
      return Optional.of(
          "%s has no remedy, and its embargo ends at %s: agree on another end with the reporter (--embargo)"
              .formatted(id, embargoUntil));
    }
    return Optional.empty();
  }

  /** The same one step further. */
  public Weakness moved(Move move) {
    List<Move> more = new ArrayList<>(moves);
    more.add(move);
    return new Weakness(id, report, more, embargoUntil);
  }

  /**
   * The same with another end of its embargo.
   *
   * @throws FormatException when it lies more than a year after the receipt
   */
  public Weakness embargoed(Instant until) throws FormatException {
    if (until.isAfter(receivedAt().plus(EMBARGO_MAX))) {
      throw new FormatException("an embargo ends at most a year after the receipt");
    }
    return new Weakness(id, report, moves, until);
  }

  /**
   * What is due next, and by when; empty where nothing is.
   *
   * @param stage acknowledge or publish
   */
  public record Due(String stage, Instant at) {}

  /** Its clock. */
  public Optional<Due> due() {
    if (state().isOver()) {
      return Optional.empty();
    }
    return Optional.of(
        state() == WeaknessState.RECEIVED
            ? new Due("acknowledge", receivedAt().plus(ACKNOWLEDGED_WITHIN))
            : new Due("publish", embargoUntil));
  }

  /** For people and programs. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("id", id)
        .put("state", state().text())
        .put("report", report.toJson())
        .put("embargo_until", embargoUntil.toString())
        .put("due", due().map(one -> one.at().toString()).orElse(null))
        .put("due_stage", due().map(Due::stage).orElse(null))
        .put(
            "moves",
            moves.stream()
                .map(
                    move ->
                        JsonObject.builder()
                            .put("state", move.state().text())
                            .put("at", move.at().toString())
                            .put("by", move.by())
                            .put("why", move.why())
                            .build())
                .toList())
        .build();
  }
}
