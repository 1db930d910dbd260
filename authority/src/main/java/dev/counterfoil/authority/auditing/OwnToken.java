package dev.counterfoil.authority.auditing;

import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The token with which the authority itself reports to the monitor: what was presented to it, and
 * what it does. It comes from the signer like every other, is recorded like every other, and needs
 * no credential.
 */
public final class OwnToken implements AccessTokenSource {
  /**
   * How long a client waits for a signer; the record may be on disk afterwards all the same. Longer
   * than a signer waits for a level (its {@code release-wait} is 4 s at most), so that the client
   * hears what came of it; twice as long, as with spares, is less than the shortest {@code
   * read-timeout} of 10 s.
   */
  public static final Duration SIGNER_TIME_MAX = Duration.ofMillis(4_500);

  /** RFC 9068 2.1. */
  public static final String ACCESS_TOKEN = "at+jwt";

  /** The {@code client_id} under which the authority reports. */
  public static final String CLIENT_ID = "counterfoil-authority";

  /** What the monitor calls itself. */
  private static final String MONITOR_AUDIENCE = "counterfoil-monitor";

  /** What the authority needs to report. */
  public static final String REPORT_SCOPE = "counterfoil:sightings counterfoil:audit-report";

  private static final Duration LIFE_MAX = Duration.ofMinutes(5);
  private static final Duration MARGIN_MAX = Duration.ofSeconds(30);

  private record Held(String token, Instant replaceAt) {
    /** Leaves the token out. */
    @Override
    public String toString() {
      return "Held[replaceAt=" + replaceAt + "]";
    }
  }

  private final Signers signers;
  private final String tenant;
  private final String scope;
  private final Duration life;
  private final InstantSource clock;
  private @Nullable Held held;

  /**
   * A source of tokens for the monitor.
   *
   * @param tenant whose events they are for
   * @param scope what they permit
   * @param tokenLife of the domain's tokens: its keys may sign no longer one
   */
  public OwnToken(
      Signers signers, String tenant, String scope, Duration tokenLife, InstantSource clock) {
    this.signers = signers;
    this.tenant = tenant;
    this.scope = scope;
    this.life = tokenLife.compareTo(LIFE_MAX) < 0 ? tokenLife : LIFE_MAX;
    this.clock = clock;
  }

  @Override
  public synchronized String accessToken(boolean rejected) throws IOException {
    Instant now = clock.instant();
    Held last = held;
    if (last != null && !rejected && now.isBefore(last.replaceAt())) {
      return last.token();
    }
    Duration fourth = life.dividedBy(4);
    Duration margin = fourth.compareTo(MARGIN_MAX) < 0 ? fourth : MARGIN_MAX;
    Held fresh = new Held(ask(now), now.plus(life).minus(margin));
    held = fresh;
    return fresh.token();
  }

  private String ask(Instant now) throws IOException {
    IssueRequest request =
        new IssueRequest(
            ACCESS_TOKEN,
            tenant,
            CLIENT_ID,
            CLIENT_ID,
            List.of(MONITOR_AUDIENCE),
            scope,
            (int) life.toSeconds(),
            null,
            null,
            new IssueRequest.Ground("authority", ""),
            "local",
            now.toEpochMilli());
    try {
      return signers.token(request, SIGNER_TIME_MAX, "a token for the monitor");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", e);
    }
  }
}
