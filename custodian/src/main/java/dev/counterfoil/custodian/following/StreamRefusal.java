package dev.counterfoil.custodian.following;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a log's counterfoils do not come, for health and for one line of the process's log. Who never
 * had any says so at once, who had some after a while.
 */
final class StreamRefusal {
  /** As long as a restart of the issuer takes, nobody need be told that nothing comes. */
  private static final Duration LASTS_AFTER = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger(StreamRefusal.class.getName());

  private final String log;
  private @Nullable Instant since;
  private boolean said;
  private boolean streamed;
  private @Nullable String standing;

  StreamRefusal(String log) {
    this.log = log;
  }

  /** A stream was given. */
  synchronized void given() {
    if (said) {
      LOG.log(System.Logger.Level.INFO, "log {0}: its counterfoils arrive again", log);
    }
    since = null;
    said = false;
    streamed = true;
    standing = null;
  }

  /** None was given. */
  synchronized void refused(String why, Instant now) {
    Instant first = since == null ? now : since;
    since = first;
    boolean lasts = !now.isBefore(first.plus(LASTS_AFTER));
    if (lasts || !streamed) {
      standing = why;
    }
    if (lasts && !said) {
      said = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "log {0}: its counterfoils do not arrive, and nothing new is held: {1}",
          log,
          why);
    }
  }

  /** Why none is given; empty while one may be. */
  synchronized Optional<String> standing() {
    return Optional.ofNullable(standing);
  }
}
