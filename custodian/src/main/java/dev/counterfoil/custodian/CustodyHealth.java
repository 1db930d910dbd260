package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.MirroredLog;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.log.care.Scrubber;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** How far every log is followed and held, for people and for what watches a custodian. */
final class CustodyHealth {
  private static final String NOT_FOLLOWED =
      "no published checkpoint of it was read for "
          + FollowedLogView.AGE_MAX.toSeconds()
          + " seconds";

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

  /** Why not every log is followed and held, and the clock right: a sentence for each reason. */
  List<String> unready() {
    Instant now = clock.instant();
    List<String> why = new ArrayList<>();
    issuers.forEach(issuer -> unready(issuer, now, why));
    return why;
  }

  private static void unready(FollowedIssuer issuer, Instant now, List<String> why) {
    String domain = "domain " + issuer.name() + ": ";
    if (issuer.keySet().isEmpty()) {
      why.add(domain + "its key log was not read yet, from " + issuer.issuer());
    }
    if (issuer.isClockWrong()) {
      why.add(domain + "this machine's clock differs from that of its witnesses. Set it");
    }
    for (LogFollower log : issuer.ofRecords()) {
      String name = domain + "log " + log.log().name() + ": ";
      log.refusal()
          .ifPresent(reason -> why.add(name + "its counterfoils do not arrive: " + reason));
      if (!isFresh(log.view(), now)) {
        why.add(name + NOT_FOLLOWED);
      }
    }
    for (MirroredLog log : issuer.mirrors().values()) {
      if (!isFresh(log.view(), now)) {
        why.add(domain + "log " + log.log().name() + ": " + NOT_FOLLOWED);
      }
    }
  }

  private static boolean isFresh(Optional<FollowedLogView> view, Instant now) {
    return view.filter(seen -> FollowedLogView.isFresh(seen.asOf(), now)).isPresent();
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
      FollowedIssuer issuer, StatedLog log, long held, Optional<FollowedLogView> view) {
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
