package dev.counterfoil.verifier;

import dev.counterfoil.verifier.reading.AnswerTooLongException;
import dev.counterfoil.verifier.reading.AuthorityAway;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an authority that stands still from taking a service down with it. After two reads in a row
 * that got no answer nobody asks, for a while each time, and then one asks for all: the others are
 * answered at once. Until then only so many requests wait at a time for an authority that is quiet.
 *
 * <p>Each origin (scheme, host, port) is judged by itself: logs may be read at a mirror.
 */
final class ReadCircuit implements ReadSide {
  /** Reads in a row without an answer after which nobody asks for a while. */
  static final int FAILURES_MAX = 2;

  /** How long nobody asks. */
  static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  /** Requests that wait at a time for an authority that is quiet. */
  static final int WAITING_MAX = 64;

  /** An authority is quiet when it was asked and has answered nothing for so long. */
  static final Duration QUIET_AFTER = Duration.ofMillis(500);

  private static final System.Logger LOG = System.getLogger(ReadCircuit.class.getName());

  private final ReadSide network;
  private final InstantSource clock;
  private final ConcurrentHashMap<String, Origin> origins = new ConcurrentHashMap<>();

  ReadCircuit(ReadSide network, InstantSource clock) {
    this.network = network;
    this.clock = clock;
  }

  /** What is known of one origin. Its methods hold its lock for moments only. */
  private static final class Origin {
    private final String name;
    private int failures;
    private boolean told;
    private Instant failedAt = Instant.MIN;
    private long failedNanos;
    private Instant since = Instant.MIN;
    private String reason = "";
    private int reading;
    private long quietSince;
    private int waiting;

    Origin(String name) {
      this.name = name;
    }

    /** Begins a read, or says why nobody asks now; of those that come when it is time, one asks. */
    synchronized void begin(Instant now) throws IOException {
      if (failures >= FAILURES_MAX) {
        if (isSoon(now)) {
          throw new IOException(name + " does not answer (" + reason + ")");
        }
        pauseFrom(now);
      }
      if (reading++ == 0) {
        quietSince = System.nanoTime();
      }
    }

    private void pauseFrom(Instant now) {
      failedAt = now;
      failedNanos = System.nanoTime();
    }

    /** By the time of day, and should that be set meanwhile, by the time that really passes. */
    private boolean isSoon(Instant now) {
      return !now.isBefore(failedAt)
          && now.isBefore(failedAt.plus(ASK_AGAIN))
          && System.nanoTime() - failedNanos < 2 * ASK_AGAIN.toNanos();
    }

    synchronized void answered() {
      reading--;
      quietSince = System.nanoTime();
      failures = 0;
      if (told) {
        told = false;
        LOG.log(Level.INFO, "{0} answers again", name);
      }
    }

    synchronized void failed(Instant now, Exception failure) {
      reading--;
      failures = Math.min(failures + 1, FAILURES_MAX);
      pauseFrom(now);
      if (failures < FAILURES_MAX) {
        return;
      }
      if (!told) {
        told = true;
        since = now;
        reason = String.valueOf(failure.getMessage());
        LOG.log(
            Level.WARNING,
            "{0} does not answer: tokens that were not seen before are refused as undecided, at"
                + " once, until it does: {1}",
            name,
            reason);
      }
    }

    /** Nobody wants the answer any more, which says nothing of who was asked: the next one asks. */
    synchronized void givenUp() {
      reading--;
      failedAt = Instant.MIN;
    }

    /** It answers other reads: the next one that is wanted is tried at once. */
    synchronized void heard() {
      failures = Math.min(failures, FAILURES_MAX - 1);
    }

    synchronized boolean isAway() {
      return failures >= FAILURES_MAX;
    }

    synchronized boolean mayWait() {
      boolean quiet = reading > 0 && System.nanoTime() - quietSince > QUIET_AFTER.toNanos();
      if (quiet && waiting >= WAITING_MAX) {
        return false;
      }
      waiting++;
      return true;
    }

    synchronized void hasWaited() {
      waiting--;
    }

    synchronized @Nullable AuthorityAway away() {
      return isAway() ? new AuthorityAway(URI.create(name), since, reason) : null;
    }
  }

  private Origin origin(URI uri) {
    return origins.computeIfAbsent(uri.getScheme() + "://" + uri.getRawAuthority(), Origin::new);
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    Origin origin = origin(uri);
    origin.begin(clock.instant());
    try {
      byte[] body = network.get(uri, bytesMax);
      origin.answered();
      return body;
    } catch (FileNotFoundException | AnswerTooLongException e) {
      origin.answered();
      throw e;
    } catch (IOException | RuntimeException e) {
      if (e instanceof HttpReadSide.StatusException status && status.isAnswer()) {
        origin.answered();
      } else if (Thread.currentThread().isInterrupted()) {
        // A client that hangs up has its request's thread interrupted, on WebFlux.
        origin.givenUp();
      } else {
        origin.failed(clock.instant(), e);
      }
      throw e;
    }
  }

  /** Waits without a thread of the caller's, and so is not counted. */
  @Override
  public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
    return network.await(uri, bytesMax, hold);
  }

  @Override
  public Optional<Duration> clockAhead(URI uri) {
    return network.clockAhead(uri);
  }

  /** Whether nobody asks there now. */
  boolean isAway(URI uri) {
    return origin(uri).isAway();
  }

  /** Something else was read there. */
  void heard(URI uri) {
    origin(uri).heard();
  }

  /**
   * Whether one more request may wait for what is read there; one that may calls {@link #hasWaited}
   * when it is through.
   */
  boolean mayWait(URI uri) {
    return origin(uri).mayWait();
  }

  void hasWaited(URI uri) {
    origin(uri).hasWaited();
  }

  /** The origins that do not answer. */
  List<AuthorityAway> away() {
    return origins.values().stream().map(Origin::away).filter(Objects::nonNull).toList();
  }
}
