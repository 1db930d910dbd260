package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.care.ClockCheck;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Raises an alarm when this machine's clock differs from the others', and says when that is over:
 * once it has agreed with them for {@link #RIGHT_FOR}. Also of an alarm of before this start.
 * Belongs to one thread.
 */
final class ClockAlarm {
  /** A clock that is set in steps agrees now and then on its way. */
  static final Duration RIGHT_FOR = Duration.ofMinutes(1);

  private static final System.Logger LOG = System.getLogger(ClockAlarm.class.getName());

  private final String domain;
  private final ClockCheck clocks;
  private final Alarm.Sink alarms;
  private final FollowedIssuer.ClockListener over;
  private boolean isOff;
  private boolean isOver;
  private @Nullable Instant agreesSince;

  ClockAlarm(
      String domain, ClockCheck clocks, Alarm.Sink alarms, FollowedIssuer.ClockListener over) {
    this.domain = domain;
    this.clocks = clocks;
    this.alarms = alarms;
    this.over = over;
  }

  /** Looks once. */
  void look(Instant now) {
    Optional<String> off = clocks.obstacle();
    if (off.isPresent()) {
      isOver = false;
      if (!isOff) {
        raise(now, off.get());
      }
    }
    isOff = off.isPresent();
    if (!clocks.agrees()) {
      agreesSince = null;
      return;
    }
    Instant since = agreesSince;
    if (since == null || now.isBefore(since)) {
      agreesSince = now;
    } else if (!isOver && !now.isBefore(since.plus(RIGHT_FOR))) {
      isOver = true;
      LOG.log(
          System.Logger.Level.INFO,
          "the clock agrees with the others'' of {0}: {1}",
          domain,
          since);
      over.right(domain, since);
    }
  }

  private void raise(Instant now, String off) {
    alarms.raise(
        new Alarm(
            Alarm.Kind.CLOCK_OFF,
            domain,
            // One that is over does not grow when the clock is wrong again.
            "clock " + now.truncatedTo(ChronoUnit.SECONDS),
            "",
            OptionalLong.empty(),
            now,
            "When this was raised, "
                + off
                + ". While that lasts, the custodian dates its statements wrongly, and deletes"
                + " no counterfoil.",
            JsonObject.builder()
                .put("clock_off_s", clocks.off().orElse(Duration.ZERO).toSeconds())
                .build()));
  }
}
