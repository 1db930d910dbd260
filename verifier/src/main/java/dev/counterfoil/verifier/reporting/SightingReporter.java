package dev.counterfoil.verifier.reporting;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends sightings to the monitor in batches, in the background, and what its verifier acknowledges.
 * A request never waits for it: when the monitor is away or slow, sightings are kept up to a bound,
 * and those past it are counted as lost and the count reported.
 *
 * <p>Sightings of tokens that nobody has signed cost an attacker nothing to cause, so they may fill
 * only half of the buffer: a flood of garbage does not push out what matters. Those of forged
 * tokens with a good signature go before all that wait, also before a batch that the monitor has no
 * room for.
 *
 * <p>A batch is {@code POST}ed as {@code
 * {"v":1,"reporter":…,"sequence":…,"lost":…,"sightings":[…]}}. The sequence grows by one with each
 * batch and starts at the reporter's start in epoch milliseconds, so that it grows over restarts
 * too. A batch that is sent again keeps its number and its bytes, also where others overtake it: a
 * proxy may refuse what the monitor recorded. {@code lost} counts from the reporter's start.
 *
 * <p>A batch that the monitor refuses for good is sent in halves, and those in halves again: one
 * sighting that it does not take costs the others nothing.
 */
public final class SightingReporter implements SightingSink, AutoCloseable {
  /** Most sightings in one batch. */
  public static final int BATCH_MAX = 256;

  /** Longest batch, in bytes: a quarter of what a monitor takes by default. */
  private static final int BATCH_BYTES_MAX = 1024 * 1024;

  /**
   * Room that a batch keeps for one more sighting: thirteen texts of {@link Sighting#TEXT_MAX} at
   * six bytes for a character, and evidence.
   */
  private static final int SIGHTING_BYTES_MAX = 128 * 1024;

  /** Most sightings that wait. */
  public static final int WAITING_MAX = 16 * 1024;

  /** Longest time for which a batch is collected. */
  private static final Duration COLLECT = Duration.ofMillis(200);

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration BACK_OFF_MIN = Duration.ofMillis(250);
  private static final Duration BACK_OFF_MAX = Duration.ofSeconds(30);
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  /** After so long without a sighting taken this process raises the alarm itself. */
  static final Duration ALARM_AFTER = Duration.ofMinutes(1);

  private static final Duration ALARM_EVERY = Duration.ofMinutes(10);

  private static final System.Logger LOG = System.getLogger(SightingReporter.class.getName());

  private final URI uri;
  private final String reporter;
  private final AccessTokenSource tokens;
  private final HttpClient http;

  /** An empty one only wakes the sender; forged ones stand first. */
  private final LinkedBlockingDeque<Optional<Sighting>> waiting =
      new LinkedBlockingDeque<>(WAITING_MAX);

  private final AtomicLong lost = new AtomicLong();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread sender;
  private final AcknowledgementSender acknowledgements;
  private long sequence;

  /** Numbers of batches that were refused for good: they go to others, so that none is missing. */
  private final Deque<Long> free = new ArrayDeque<>();

  /** Since when something waits that was taken from the queue; empty while nothing does. */
  private volatile OptionalLong unsentSinceNanos = OptionalLong.empty();

  private volatile long failingSinceNanos;
  private volatile boolean failing;
  private long alarmAtNanos;
  private boolean refusing;

  /**
   * Starts a reporter.
   *
   * @param monitor the monitor's URL, without {@code /sightings}
   * @param reporter the name of this process, unlike that of any other process of the same client:
   *     operators see it when a key is revoked
   * @param tokens gives the access token of scope {@code counterfoil:sightings}
   */
  public SightingReporter(
      URI monitor,
      String reporter,
      AccessTokenSource tokens,
      HttpClient http,
      InstantSource clock) {
    this.uri = URI.create(monitor + "/sightings");
    this.reporter = reporter;
    this.tokens = tokens;
    this.http = http;
    this.sequence = clock.instant().toEpochMilli();
    this.acknowledgements = new AcknowledgementSender(monitor, tokens, http, clock, this::unsent);
    this.sender = new Thread(this::send, "counterfoil-sightings");
    sender.setDaemon(true);
    sender.start();
  }

  /**
   * Starts a reporter that proves itself as a client of the issuer ({@link
   * PrivateKeyJwtTokenSource}).
   *
   * @param issuer the issuer's URL, as the policy has it
   * @throws IOException when the client's key cannot be read; the message says what to do
   */
  public static SightingReporter start(
      ReportingClient client, String issuer, InstantSource clock, SecureRandom random)
      throws IOException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    return new SightingReporter(
        client.monitor(),
        client.instance(),
        new PrivateKeyJwtTokenSource(
            issuer,
            client.clientId(),
            client.clientKey(),
            Map.of("scope", "counterfoil:sightings", "audience", client.audience()),
            http,
            clock,
            random),
        http,
        clock);
  }

  @Override
  public void report(Sighting sighting) {
    boolean kept =
        isForged(sighting)
            ? waiting.offerFirst(Optional.of(sighting))
            : (isHonoured(sighting) || waiting.size() < WAITING_MAX / 2)
                && waiting.offerLast(Optional.of(sighting));
    if (!kept) {
      lost.incrementAndGet();
    }
  }

  private static boolean isHonoured(Sighting sighting) {
    return sighting.isAccepted() || sighting.isUnrecorded();
  }

  /** Whether its signature is good, and it was refused all the same. */
  private static boolean isForged(Sighting sighting) {
    return !isHonoured(sighting) && (sighting.signed() || sighting.evidence() != null);
  }

  @Override
  public void acknowledge(Acknowledgement acknowledgement) {
    acknowledgements.send(acknowledgement);
  }

  @Override
  public String instance() {
    return reporter;
  }

  /** Sightings that were not reported, and will not be, since the start. */
  public long lost() {
    return lost.get();
  }

  private void send() {
    try {
      while (true) {
        // Without a time limit: an idle service's thread sleeps.
        Optional<Sighting> first = isClosing() ? waiting.poll() : waiting.take();
        if (first == null) {
          return;
        }
        if (first.isPresent()) {
          OptionalLong collected = OptionalLong.of(System.nanoTime());
          if (unsentSinceNanos.isEmpty()) {
            unsentSinceNanos = collected;
          }
          deliver(collect(first.get()), true);
          delivered(collected);
        }
      }
    } catch (InterruptedException e) {
      // Closed while it waited: what is left was offered to the monitor as long as close() allows.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * One batch more went out. What the next one takes has waited since this one was collected;
   * behind more than one there may be older ones.
   */
  private void delivered(OptionalLong collected) {
    if (waiting.size() < BATCH_MAX) {
      unsentSinceNanos = waiting.isEmpty() ? OptionalLong.empty() : collected;
      if (acknowledgements.mentionsUnsent() && unsent().isEmpty()) {
        acknowledgements.again();
      }
    }
  }

  /** For how long a sighting has waited; empty where that is no longer than any does. */
  private Optional<Duration> unsent() {
    OptionalLong since = unsentSinceNanos;
    return since.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(System.nanoTime() - since.getAsLong()))
            .filter(waited -> waited.compareTo(Acknowledgement.UNSENT_AT_ONCE) >= 0);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  /** The JSON of sightings that fit into one batch. */
  private List<String> collect(Sighting first) throws InterruptedException {
    long deadline = System.nanoTime() + COLLECT.toNanos();
    return collect(first, () -> next(isClosing() ? 0 : deadline - System.nanoTime()));
  }

  /** Gives the next sighting, or null when none comes. */
  private interface Source {
    @Nullable Sighting next() throws InterruptedException;
  }

  private static List<String> collect(Sighting first, Source source) throws InterruptedException {
    List<String> batch = new ArrayList<>();
    int length = 0;
    for (@Nullable Sighting next = first; next != null; ) {
      String json = next.toJson().toString();
      batch.add(json);
      length += json.getBytes(StandardCharsets.UTF_8).length + 1;
      next =
          batch.size() < BATCH_MAX && length < BATCH_BYTES_MAX - SIGHTING_BYTES_MAX
              ? source.next()
              : null;
    }
    return batch;
  }

  /** The next one within a time; null when none comes, or this closes. */
  private @Nullable Sighting next(long nanos) throws InterruptedException {
    Optional<Sighting> next = waiting.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    return next == null ? null : next.orElse(null);
  }

  /** The first one if it is forged; null when none is there. */
  private @Nullable Sighting nextForged() {
    Optional<Sighting> first = waiting.peekFirst();
    return first != null && first.filter(SightingReporter::isForged).isPresent()
        ? waiting.removeFirst().orElse(null)
        : null;
  }

  /**
   * Sends a batch until it is taken, refused for good, or the reporter closes.
   *
   * @param yields whether forged ones that come meanwhile go before it
   */
  private void deliver(List<String> batch, boolean yields) throws InterruptedException {
    Long freed = free.poll();
    long number = freed == null ? sequence++ : freed;
    String body = body(number, batch);
    Duration backOff = BACK_OFF_MIN;
    boolean rejected = false;
    boolean isLastTry = isClosing();
    while (true) {
      boolean isUntaken = false;
      @Nullable String problem = null;
      try {
        int status = post(body, tokens.accessToken(rejected));
        if (status / 100 == 2) {
          succeeded();
          return;
        }
        if (status == 400 || status == 413 || status == 422) {
          free.add(number);
          refused(batch, status, yields);
          return;
        }
        boolean again = status == 401 && !rejected;
        rejected = status == 401;
        if (again) {
          continue;
        }
        isUntaken = status == 503 || status == 429;
        problem = "status " + status;
      } catch (IOException e) {
        problem = String.valueOf(e.getMessage());
      } catch (RuntimeException e) {
        // The token source is the service's own: what it throws must not end this thread. The
        // message stays out of the log, since it may hold the token.
        problem = e.getClass().getName();
      }
      failed(problem);
      if (closing.await(backOff.toMillis(), TimeUnit.MILLISECONDS)) {
        if (isLastTry) {
          lost.addAndGet(batch.size());
          return;
        }
        // The monitor may have come back since the last try.
        isLastTry = true;
        continue;
      }
      backOff = backOff.multipliedBy(2);
      backOff = backOff.compareTo(BACK_OFF_MAX) > 0 ? BACK_OFF_MAX : backOff;
      Sighting forged = yields && isUntaken ? nextForged() : null;
      if (forged != null) {
        deliver(collect(forged, this::nextForged), false);
      }
    }
  }

  /** Sends the halves of a batch that was refused for good; one sighting alone is lost. */
  private void refused(List<String> batch, int status, boolean yields) throws InterruptedException {
    if (batch.size() > 1) {
      int half = batch.size() / 2;
      deliver(batch.subList(0, half), yields);
      deliver(batch.subList(half, batch.size()), yields);
      return;
    }
    lost.incrementAndGet();
    if (!refusing) {
      refusing = true;
      LOG.log(
          Level.ERROR,
          "the monitor refuses a sighting for good, it is counted as lost: status {0}. Check that"
              + " the monitor is of this version.",
          status);
    }
  }

  /** The bytes of a batch, the same however often it is sent, so that it is recorded once. */
  private String body(long number, List<String> batch) {
    String head =
        JsonObject.builder()
            .put("v", 1)
            .put("reporter", reporter)
            .put("sequence", number)
            .put("lost", lost.get())
            .build()
            .toString();
    // The sightings are JSON already, written once to be measured.
    return head.substring(0, head.length() - 1)
        + ",\"sightings\":["
        + String.join(",", batch)
        + "]}";
  }

  private int post(String body, String accessToken) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + accessToken)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
            .build();
    HttpResponse<byte[]> response = HttpReadSide.send(http, request, ANSWER_BYTES_MAX, TIMEOUT);
    return response.statusCode();
  }

  private void succeeded() {
    refusing = false;
    if (failing) {
      failing = false;
      LOG.log(Level.INFO, "the monitor takes sightings again; lost so far: {0}", lost.get());
    }
  }

  private void failed(String problem) {
    long now = System.nanoTime();
    if (unsent().isPresent() && !acknowledgements.mentionsUnsent()) {
      acknowledgements.again();
    }
    if (!failing) {
      failingSinceNanos = now;
      alarmAtNanos = now + ALARM_AFTER.toNanos();
      failing = true;
      LOG.log(
          Level.WARNING,
          "sightings cannot be sent to {0} and wait: {1}. Check the monitor and this client''s key.",
          uri,
          problem);
    } else if (now - alarmAtNanos >= 0) {
      // The monitor cannot raise it: this service's own log is the only place left.
      alarmAtNanos = now + ALARM_EVERY.toNanos();
      LOG.log(
          Level.ERROR,
          "ALARM: the monitor has taken no sighting for {0} seconds; {1} wait, {2} are lost. What"
              + " this service sees of forged tokens is not found: {3}",
          untakenFor().toSeconds(),
          waiting.size(),
          lost.get(),
          problem);
    }
  }

  /** How long the monitor has taken nothing of what waits; zero while it takes all. */
  private Duration untakenFor() {
    return failing ? Duration.ofNanos(System.nanoTime() - failingSinceNanos) : Duration.ZERO;
  }

  /** Sends what waits, once, and stops. */
  @Override
  public void close() {
    closing.countDown();
    // Where there is no room for it, the sender does not sleep.
    boolean unused = waiting.offer(Optional.empty());
    try {
      sender.join(2 * TIMEOUT.toMillis());
      acknowledgements.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.interrupt();
  }
}
