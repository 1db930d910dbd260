package dev.counterfoil.registrar.signers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How much one signer has the key log say that gives trust, against what the keys' times need:
 * beyond many times that, somebody is told. Every entry stays, and every verifier mirrors all of
 * them; whoever holds one signer could fill the key log unseen.
 *
 * <p>Who goes on and on has no more stated than many times what the times need: so much passes
 * however long a thief was there before, and no honest signer is ever kept from its next key.
 *
 * <p>What takes trust away is not counted. An operator who takes something of the signer's back
 * begins the count anew. Not safe for concurrent use.
 */
final class StatingQuota {
  /** At once, beside what the rings need: record logs, replacements, pauses. */
  private static final int AT_ONCE = 64;

  /** Each key so many times, as when rings are configured anew while their keys are stated. */
  private static final int TIMES = 8;

  /** After so many times its room nothing more is stated at once. */
  private static final int DEBT_TIMES = 3;

  private static final double FRACTIONS = 1000;

  private final double roomMax;
  private final double perSecond;
  private double room;
  private Instant seen;
  private boolean isExceeded;

  /** When it was counted beyond its room. */
  private Optional<Instant> exceededAt = Optional.empty();

  /**
   * Begins with all of its room.
   *
   * @param purposes whose rings need keys, each one for every usage period
   */
  StatingQuota(Purposes purposes, Instant now) {
    double rings = 0;
    double rate = 0;
    for (Purpose purpose : purposes.all()) {
      int count = purpose.rings().size();
      rings += count;
      rate += (double) count / Math.max(1, purpose.schedule().usage().toSeconds());
    }
    this.roomMax = AT_ONCE + TIMES * rings;
    this.perSecond = TIMES * rate;
    this.room = roomMax;
    this.seen = now;
  }

  /** Entries became durable, whatever was answered; a command that changed nothing makes none. */
  void count(long entries, Instant now) {
    passTo(now);
    room = Math.max(-DEBT_TIMES * roomMax, room - entries);
    if (entries > 0 && room < 0) {
      isExceeded = true;
      exceededAt = Optional.of(now);
    }
  }

  /**
   * Whether more was stated than is needed, and neither an operator nor half of it in time came.
   */
  boolean isExceeded(Instant now) {
    passTo(now);
    return isExceeded;
  }

  /** When more than its room was stated last; empty where nobody knows. */
  Optional<Instant> exceededAt() {
    return exceededAt;
  }

  /**
   * Whether so much more was stated that the next has to wait for its time. Not by a clock that was
   * put back, which would make nobody wait for an end.
   */
  boolean isUsedUp(Instant now) {
    passTo(now);
    return !now.isBefore(seen) && room < 1 - DEBT_TIMES * roomMax;
  }

  /** Only time that was never seen makes room: a clock that goes to and fro makes none. */
  private void passTo(Instant now) {
    if (!now.isAfter(seen)) {
      return;
    }
    double seconds = Duration.between(seen, now).toMillis() / 1000.0;
    room = Math.min(roomMax, room + seconds * perSecond);
    seen = now;
    isExceeded &= room < roomMax / 2;
  }

  /** An operator took something back. */
  void makeRoom() {
    room = roomMax;
    isExceeded = false;
  }

  /** How many eighths of its room are left: what is kept is written when they change. */
  long eighths() {
    return (long) Math.ceil(8 * room / roomMax);
  }

  /** What is kept over a restart. */
  JsonObject.Builder toJson() {
    JsonObject.Builder kept =
        JsonObject.builder()
            .put("room_thousandths", (long) Math.floor(room * FRACTIONS))
            .put("seen", seen.toEpochMilli())
            .put("exceeded", isExceeded);
    exceededAt.ifPresent(at -> kept.put("exceeded_at", at.toEpochMilli()));
    return kept;
  }

  /** Takes up what was kept; configuration and clock may have changed since. */
  void resume(JsonObject kept, Instant now) throws FormatException {
    double left = kept.number("room_thousandths") / FRACTIONS;
    isExceeded = kept.truth("exceeded");
    exceededAt = kept.optionalNumber("exceeded_at").map(Instant::ofEpochMilli);
    Instant keptAt = Instant.ofEpochMilli(kept.number("seen"));
    seen = keptAt.isBefore(now) ? keptAt : now;
    room = Math.clamp(left, -DEBT_TIMES * roomMax, roomMax);
  }
}
