package dev.counterfoil.auditclient;

import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Hands the events of a feed to the audit log ({@code POST /audit/v1/events}), in their order and
 * with the same numbers, until it says that they are durable. While the audit log is away or asks
 * for patience they wait, and the feed fills.
 *
 * <p>An event that the audit log does not take lies in its quarantine and is counted here; it holds
 * up no other.
 */
public final class Delivery implements AutoCloseable {
  /** Most events of a batch. */
  static final int BATCH_MAX = 1000;

  /** Most bytes of a batch: a quarter of what a monitor takes by default. */
  static final int BATCH_BYTES_MAX = 1 << 20;

  private static final System.Logger LOG = System.getLogger(Delivery.class.getName());

  /** Where few were delivered, those that come meanwhile go together: each request costs both. */
  private static final Duration GATHER = Duration.ofMillis(20);

  /**
   * Request header: the number of the last event that the audit log said it has. If it has not, it
   * was put back to a time before.
   */
  public static final String TOLD = "Counterfoil-Told";

  private static final int FEW = BATCH_MAX / 4;

  /** How often the last event is delivered again, while there is no other. */
  private static final Duration ASK_EVERY = Duration.ofSeconds(5);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration BACK_OFF_MIN = Duration.ofMillis(250);
  private static final Duration BACK_OFF_MAX = Duration.ofSeconds(30);
  private static final int ANSWER_BYTES_MAX = 4 << 20;
  private static final int SAID_MAX = 200;

  private final EventFeed feed;
  private final URI uri;
  private final AccessToken tokens;
  private final HttpClient http;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final Thread thread;

  /** By the one thread that delivers. */
  private @Nullable NumberedEvent last;

  private long askedAtNanos;
  private volatile Optional<String> problem = Optional.empty();

  /** Gives the access token of scope {@code counterfoil:audit-report}. */
  @FunctionalInterface
  public interface AccessToken {
    /**
     * A token that is good now.
     *
     * @param rejected whether the last one was rejected, so that a new one must be had
     */
    String accessToken(boolean rejected) throws IOException;
  }

  private Delivery(EventFeed feed, URI monitor, AccessToken tokens, HttpClient http, String name) {
    this.feed = feed;
    this.uri = URI.create(monitor + "/audit/v1/events");
    this.tokens = tokens;
    this.http = http;
    this.thread = new Thread(this::deliver, name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Starts to deliver.
   *
   * @param monitor the monitor's URL, without a path
   * @param name of the thread
   */
  public static Delivery start(
      EventFeed feed, URI monitor, AccessToken tokens, HttpClient http, String name) {
    return new Delivery(feed, monitor, tokens, http, name);
  }

  /** Events that were delivered since the start. */
  public long delivered() {
    return delivered.get();
  }

  /** Events that the audit log did not take, since the start: they lie in its quarantine. */
  public long refused() {
    return refused.get();
  }

  /** Why nothing is delivered now; empty when all is well. */
  public Optional<String> problem() {
    return problem;
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void deliver() {
    Duration backOff = BACK_OFF_MIN;
    boolean rejected = false;
    while (true) {
      String why;
      try {
        List<NumberedEvent> batch = feed.waiting(BATCH_MAX, BATCH_BYTES_MAX);
        if (batch.isEmpty()) {
          if (isClosing()) {
            return;
          }
          feed.await(LOOK_EVERY);
          redeliverLast();
          continue;
        }
        HttpResponse<byte[]> answer = post(batch, tokens.accessToken(rejected));
        if (answer.statusCode() == 200) {
          taken(batch, answer.body());
          feed.acknowledge(batch.get(batch.size() - 1).number() + 1);
          backOff = BACK_OFF_MIN;
          rejected = false;
          if (batch.size() < FEW) {
            boolean unused = rests(GATHER);
          }
          continue;
        }
        boolean again = answer.statusCode() == 401 && !rejected;
        rejected = answer.statusCode() == 401;
        if (again) {
          continue;
        }
        why = "status " + answer.statusCode() + code(answer.body());
        backOff = longer(backOff, answer);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
        backOff = longer(backOff, null);
      } catch (RuntimeException e) {
        // The token source is the service's own. The message stays out of the log: it may hold the
        // token.
        why = e.getClass().getName();
        backOff = longer(backOff, null);
      }
      failed(why);
      if (rests(backOff)) {
        return;
      }
    }
  }

  private boolean rests(Duration pause) {
    try {
      return closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static Duration longer(Duration before, @Nullable HttpResponse<byte[]> answer) {
    Duration doubled = before.multipliedBy(2);
    Duration next = doubled.compareTo(BACK_OFF_MAX) > 0 ? BACK_OFF_MAX : doubled;
    if (answer == null) {
      return next;
    }
    // RFC 9110 10.2.3, in seconds; never longer than we would wait of ourselves.
    long asked = answer.headers().firstValueAsLong("Retry-After").orElse(0);
    return asked < 1 || asked > BACK_OFF_MAX.toSeconds() ? next : Duration.ofSeconds(asked);
  }

  private HttpResponse<byte[]> post(List<NumberedEvent> batch, String token)
      throws IOException, InterruptedException {
    StringBuilder body = new StringBuilder(batch.size() * 800);
    for (NumberedEvent event : batch) {
      body.append(event.line()).append('\n');
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8));
    NumberedEvent before = last;
    if (before != null) {
      request.header(TOLD, Long.toString(before.number()));
    }
    askedAtNanos = System.nanoTime();
    return BoundedBody.send(http, request.build(), ANSWER_BYTES_MAX, TIMEOUT);
  }

  /**
   * Delivers the last event again: an audit log that has it takes it for a repetition, and one that
   * was put back to a time before tells its operator.
   */
  private void redeliverLast() throws InterruptedException {
    NumberedEvent before = last;
    if (before == null || System.nanoTime() - askedAtNanos < ASK_EVERY.toNanos()) {
      return;
    }
    askedAtNanos = System.nanoTime();
    try {
      if (post(List.of(before), tokens.accessToken(false)).statusCode() == 401) {
        post(List.of(before), tokens.accessToken(true));
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "the audit log does not answer: {0}", e.getClass());
    }
  }

  private void taken(List<NumberedEvent> batch, byte[] body) throws IOException {
    List<JsonObject> out;
    try {
      out = StrictJson.object(body, ANSWER_BYTES_MAX).objects("refused");
      Set<Long> lines = new HashSet<>();
      for (JsonObject one : out) {
        lines.add(one.number("line"));
        LOG.log(
            System.Logger.Level.ERROR,
            "the audit log does not take an event: {0}: {1}",
            PlainText.of(one.string("code"), SAID_MAX),
            PlainText.of(one.string("detail"), SAID_MAX));
      }
      for (int line = batch.size(); line > 0; line--) {
        if (!lines.contains((long) line)) {
          last = batch.get(line - 1);
          break;
        }
      }
    } catch (FormatException e) {
      throw new IOException("the audit log's answer is not understood: " + e.getMessage(), e);
    }
    refused.addAndGet(out.size());
    delivered.addAndGet(batch.size());
    if (problem.isPresent()) {
      problem = Optional.empty();
      LOG.log(System.Logger.Level.INFO, "audit events are delivered again");
    }
  }

  private static String code(byte[] body) {
    try {
      return " " + PlainText.of(StrictJson.object(body, 1 << 16).string("code"), SAID_MAX);
    } catch (FormatException e) {
      return "";
    }
  }

  private void failed(String why) {
    if (problem.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "audit events wait, since {0} does not take them: {1}. Check the monitor and this"
              + " client''s key and scope",
          uri,
          why);
    }
    problem = Optional.of(why);
  }

  /** Delivers what waits as far as the audit log takes it, and stops. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(2 * TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }
}
