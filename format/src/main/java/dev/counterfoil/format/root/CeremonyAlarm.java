package dev.counterfoil.format.root;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How urgent the root's next ceremony is, by the end of the last window that it signed. Anybody who
 * mirrors a key log can tell.
 */
public enum CeremonyAlarm {
  /** Windows are there for more than 60 days. */
  NONE(null),
  /** At most 60 days are left. */
  PLAN(Duration.ofDays(60)),
  /** At most 30 days are left. */
  DUE(Duration.ofDays(30)),
  /** At most 10 days are left. */
  URGENT(Duration.ofDays(10)),
  /** No window holds: no key counts. */
  ENDED(Duration.ZERO);

  private final Optional<Duration> left;

  CeremonyAlarm(@org.jspecify.annotations.Nullable Duration left) {
    this.left = Optional.ofNullable(left);
  }

  /** The alarm when windows hold until a time; none when no window holds. */
  static CeremonyAlarm of(Instant now, Optional<Instant> until) {
    if (until.isEmpty()) {
      return ENDED;
    }
    Duration rest = Duration.between(now, until.get());
    CeremonyAlarm alarm = NONE;
    for (CeremonyAlarm one : List.of(PLAN, DUE, URGENT)) {
      if (rest.compareTo(one.left.orElseThrow()) <= 0) {
        alarm = one;
      }
    }
    return alarm;
  }

  /**
   * What to say to people.
   *
   * @param until until when windows hold without a gap
   */
  public String text(Optional<Instant> until) {
    return switch (this) {
      case NONE -> "the root has delegated until " + until.map(Instant::toString).orElse("-");
      case PLAN, DUE, URGENT ->
          "the root's last window ends "
              + until.map(Instant::toString).orElse("")
              + ", in less than "
              + left.orElseThrow().toDays()
              + " days: hold the next ceremony (docs/operate/root.md)";
      case ENDED ->
          "no window of the root holds, so no key counts: hold a ceremony, and have the registrar record it (docs/operate/root.md)";
    };
  }
}
