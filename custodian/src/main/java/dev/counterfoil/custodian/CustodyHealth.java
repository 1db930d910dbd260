package dev.counterfoil.custodian;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.log.Scrubber;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** How far every log is followed and held, for people and for what watches a custodian. */
final class CustodyHealth {
  /** Longest time without a checkpoint after which a log counts as not followed. */
  static final Duration VIEW_AGE_MAX = Duration.ofSeconds(10);

  private final List<FollowedIssuer> issuers;
  private final Function<StatedLog, Optional<Scrubber.Difference>> damage;
  private final InstantSource clock;

  /**
   * Of what a custodian follows.
   *
   * @param damage what was found in a log and could not be repaired
   */
  CustodyHealth(
      List<FollowedIssuer> issuers,
      Function<StatedLog, Optional<Scrubber.Difference>> damage,
      InstantSource clock) {
    this.issuers = issuers;
    this.damage = damage;
    this.clock = clock;
  }

  /** Whether every log is followed, and the clock right. */
  boolean isReady() {
    Instant now = clock.instant();
    return issuers.stream().allMatch(issuer -> isReady(issuer, now));
  }

  private static boolean isReady(FollowedIssuer issuer, Instant now) {
    return issuer.keySet().isPresent()
        && !issuer.isClockWrong()
        && issuer.ofRecords().stream().allMatch(log -> isFresh(log.view(), now))
        && issuer.mirrors().values().stream().allMatch(log -> isFresh(log.view(), now));
  }

  private static boolean isFresh(Optional<LogView> view, Instant now) {
    return view.isPresent() && view.get().asOf().plus(VIEW_AGE_MAX).isAfter(now);
  }

  /** How far each log is held, for people. */
  List<JsonObject> status() {
    List<JsonObject> all = new ArrayList<>();
    for (FollowedIssuer issuer : issuers) {
      all.add(keyLog(issuer));
      for (LogFollower follower : issuer.ofRecords()) {
        long held = follower.custody().vouchedSize();
        all.add(status(issuer, follower.log(), held, follower.view()));
      }
      for (MirroredLog mirror : issuer.mirrors().values()) {
        all.add(status(issuer, mirror.log(), mirror.vouchedSize(), mirror.view()));
      }
    }
    return all;
  }

  private static JsonObject keyLog(FollowedIssuer issuer) {
    JsonObject.Builder status =
        JsonObject.builder()
            .put("domain", issuer.name())
            .put("log", KeyLog.NAME)
            .put(
                "held", issuer.keyLog().vouched().map(held -> held.checkpoint().size()).orElse(0L));
    issuer.clockOff().ifPresent(off -> status.put("clock_off_s", off.toSeconds()));
    return status.build();
  }

  private JsonObject status(
      FollowedIssuer issuer, StatedLog log, long held, Optional<LogView> view) {
    JsonObject.Builder status =
        JsonObject.builder().put("domain", issuer.name()).put("log", log.name()).put("held", held);
    damage.apply(log).ifPresent(found -> status.put("damage", found.description()));
    view.ifPresent(
        seen ->
            status
                .put("checkpoint", seen.checkpointSize())
                .put("as_of_ms", seen.asOf().toEpochMilli()));
    return status.build();
  }
}
