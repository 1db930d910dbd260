package dev.counterfoil.verifier.reporting;

import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the last acknowledgement to the monitor, on a thread of its own: neither a flood of
 * sightings nor a monitor that is slow holds up what an emergency waits for, nor the keys. Only the
 * last one counts, so none is kept besides.
 */
final class AcknowledgementSender {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Longest time for which changes are collected. */
  private static final Duration COLLECT_MAX = Duration.ofMillis(200);

  private static final Duration BACK_OFF_MIN = Duration.ofMillis(250);
  private static final Duration BACK_OFF_MAX = Duration.ofSeconds(30);
  private static final int ANSWER_BYTES_MAX = 64 * 1024;
  private static final System.Logger LOG = System.getLogger(AcknowledgementSender.class.getName());

  private final URI uri;
  private final AccessTokenSource tokens;
  private final HttpClient http;
  private final InstantSource clock;
  private final AtomicReference<@Nullable Acknowledgement> next = new AtomicReference<>();
  private final Semaphore news = new Semaphore(0);
  private final Thread sender;
  private volatile boolean closing;
  private volatile boolean mentionsUnsent;
  private volatile @Nullable Acknowledgement sent;
  private final Supplier<Optional<Duration>> unsent;
  private boolean failing;

  /**
   * Starts one.
   *
   * @param unsent for how long sightings have waited; asked when one is sent, and not when it is
   *     made
   */
  AcknowledgementSender(
      URI monitor,
      AccessTokenSource tokens,
      HttpClient http,
      InstantSource clock,
      Supplier<Optional<Duration>> unsent) {
    this.unsent = unsent;
    this.uri = URI.create(monitor + "/acknowledgements");
    this.tokens = tokens;
    this.http = http;
    this.clock = clock;
    this.sender = new Thread(this::send, "counterfoil-acknowledgements");
    sender.setDaemon(true);
    sender.start();
  }

  void send(Acknowledgement acknowledgement) {
    next.set(acknowledgement);
    news.release();
  }

  /** Whether the last one said that sightings wait. */
  boolean mentionsUnsent() {
    return mentionsUnsent;
  }

  /** Says the last one again, since what waits has changed. */
  void again() {
    Acknowledgement last = sent;
    if (last != null) {
      next.compareAndSet(null, last.again(clock.instant()));
      news.release();
    }
  }

  private void send() {
    Duration backOff = BACK_OFF_MIN;
    try {
      while (!closing) {
        news.acquire();
        // One change of a key log seldom comes alone, and a thousand processes hear of it at once:
        // what comes in this moment is said in one word, and not by all in the same millisecond.
        TimeUnit.MILLISECONDS.sleep(
            closing ? 0 : ThreadLocalRandom.current().nextLong(COLLECT_MAX.toMillis()));
        news.drainPermits();
        Acknowledgement last = next.getAndSet(null);
        if (last == null) {
          continue;
        }
        if (deliver(last)) {
          sent = last;
          backOff = BACK_OFF_MIN;
        } else {
          // Unless a newer one came meanwhile.
          next.compareAndSet(null, last);
          boolean newer = news.tryAcquire(backOff.toMillis(), TimeUnit.MILLISECONDS);
          news.release();
          backOff = backOff.multipliedBy(2);
          backOff = backOff.compareTo(BACK_OFF_MAX) > 0 ? BACK_OFF_MAX : backOff;
          if (newer && !closing) {
            TimeUnit.MILLISECONDS.sleep(BACK_OFF_MIN.toMillis());
          }
        }
      }
      Acknowledgement last = sent;
      if (last != null) {
        deliver(last.left(clock.instant()));
      }
    } catch (InterruptedException e) {
      // Closed while it waited for the monitor.
      Thread.currentThread().interrupt();
    }
  }

  /** Sends one; gives whether it need not be sent again. */
  private boolean deliver(Acknowledgement acknowledgement) {
    @Nullable String problem;
    try {
      int status = post(acknowledgement, tokens.accessToken(false));
      if (status == 401) {
        status = post(acknowledgement, tokens.accessToken(true));
      }
      if (status / 100 == 2) {
        if (failing) {
          failing = false;
          LOG.log(Level.INFO, "the monitor takes acknowledgements again");
        }
        return true;
      }
      problem = "status " + status;
      if (status == 400 || status == 404 || status == 405 || status == 413) {
        // Not this one, however often: a monitor of another version. The next one is tried.
        failed(problem);
        return true;
      }
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    } catch (RuntimeException e) {
      // The token source is the service's own; its message may hold the token.
      problem = e.getClass().getName();
    }
    failed(problem);
    return false;
  }

  private int post(Acknowledgement acknowledgement, String accessToken) throws IOException {
    // Before it is asked: what ends meanwhile is said once more.
    mentionsUnsent = true;
    Acknowledgement now = acknowledgement.waiting(unsent.get());
    mentionsUnsent = now.unsent().isPresent();
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + accessToken)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    now.toJson().toString(), StandardCharsets.UTF_8))
            .build();
    return HttpReadSide.send(http, request, ANSWER_BYTES_MAX, TIMEOUT).statusCode();
  }

  private void failed(String problem) {
    if (closing) {
      // A farewell, to a monitor that may end as well: nobody misses this process.
      LOG.log(Level.DEBUG, "the last acknowledgement could not be sent to {0}: {1}", uri, problem);
    } else if (!failing) {
      failing = true;
      LOG.log(
          Level.WARNING,
          "acknowledgements cannot be sent to {0}, so that operators count this process as silent: {1}",
          uri,
          problem);
    }
  }

  /** Says that this process leaves, and stops. */
  void close() throws InterruptedException {
    closing = true;
    news.release();
    sender.join(TIMEOUT.toMillis());
    sender.interrupt();
  }
}
