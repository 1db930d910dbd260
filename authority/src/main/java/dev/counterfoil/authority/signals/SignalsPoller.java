package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.settings.UpstreamEntry.SignalsPollEntry;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.signals.PolledEvents;
import dev.counterfoil.signals.sending.SendingRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Polls a provider for its events (RFC 8936), one request at a time, and has them acted on as if
 * they had been posted. An event is acknowledged by the request after it was acted on durably: a
 * crash in between has the provider give it once more.
 */
public final class SignalsPoller implements AutoCloseable {
  /** A provider may hold a request for long, until it has events. */
  private static final Duration ANSWER_TIME_MAX = Duration.ofMinutes(2);

  /** Between two requests, whatever the provider answers: what it sends is its to choose. */
  private static final Duration PAUSE_MIN = Duration.ofMillis(100);

  /** After an answer without events from a provider that does not hold requests. */
  private static final Duration PAUSE_EMPTY = Duration.ofSeconds(5);

  /** What takes longer was held. */
  private static final Duration HELD_MIN = Duration.ofSeconds(1);

  private static final int WHY_MAX = 200;

  /** RFC 6750 2.1. */
  private static final Pattern BEARER = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private static final System.Logger LOG = System.getLogger(SignalsPoller.class.getName());

  private final SignalsReceiver receiver;
  private final SignalsPollEntry entry;
  private final GuardedAsks asks;
  private final InstantSource clock;
  private final LinePace failureLines = new LinePace(2, Duration.ofHours(1));
  private final Thread thread;
  private List<String> acknowledged = List.of();
  private JsonObject faults = JsonObject.builder().build();
  private volatile Instant lastSuccess;
  private volatile String problem = "it was not asked yet";

  private SignalsPoller(
      SignalsReceiver receiver, SignalsPollEntry entry, GuardedAsks asks, InstantSource clock) {
    this.receiver = receiver;
    this.entry = entry;
    this.asks = asks;
    this.clock = clock;
    this.lastSuccess = clock.instant();
    this.thread = Thread.ofVirtual().name("signals-poll").unstarted(this::pollAgainAndAgain);
  }

  /**
   * Begins to poll the provider of a receiver.
   *
   * @param guard where may be asked
   */
  public static SignalsPoller start(
      SignalsReceiver receiver, OutboundGuard guard, InstantSource clock) {
    SignalsPoller poller =
        new SignalsPoller(
            receiver,
            receiver.upstream().signalsPoll().orElseThrow(),
            new GuardedAsks(
                GuardedConnections.ofHost(),
                guard::objection,
                ANSWER_TIME_MAX,
                PolledEvents.BYTES_MAX),
            clock);
    poller.thread.start();
    return poller;
  }

  /** The provider's name here. */
  public String upstream() {
    return receiver.upstream().name();
  }

  /** Since an answer of the provider was read and acted on, or since the start. */
  public double ageSeconds() {
    return Duration.between(lastSuccess, clock.instant()).toMillis() / 1_000.0;
  }

  /** How it is. */
  public JsonObject health() {
    String why = problem;
    return JsonObject.builder()
        .put("name", upstream())
        .put("polled_at", lastSuccess.getEpochSecond())
        .put("problem", why.isEmpty() ? null : why)
        .build();
  }

  private void pollAgainAndAgain() {
    try {
      int failures = 0;
      while (true) {
        Instant begun = clock.instant();
        boolean isEmpty = false;
        try {
          isEmpty = poll();
          lastSuccess = clock.instant();
          problem = "";
          failures = 0;
        } catch (IOException | RuntimeException e) {
          failures++;
          failed(e);
        }
        Thread.sleep(pause(failures, isEmpty, Duration.between(begun, clock.instant())));
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * How long the provider is left alone.
   *
   * @param failures how often it failed since it last answered
   * @param isEmpty whether it gave nothing
   * @param took how long it took to say so
   */
  static Duration pause(int failures, boolean isEmpty, Duration took) {
    if (failures > 0) {
      return SendingRules.pause(failures - 1);
    }
    return isEmpty && took.compareTo(HELD_MIN) < 0 ? PAUSE_EMPTY : PAUSE_MIN;
  }

  /**
   * Asks once.
   *
   * @return whether there was nothing
   * @throws IOException when there is no answer, or what it has cannot be acted on now
   */
  private boolean poll() throws IOException, InterruptedException {
    boolean isAcknowledging = !acknowledged.isEmpty() || !faults.names().isEmpty();
    JsonObject.Builder request =
        JsonObject.builder()
            .put("maxEvents", PolledEvents.EVENTS_MAX)
            .put("returnImmediately", false);
    if (!acknowledged.isEmpty()) {
      request.put("ack", acknowledged);
    }
    if (!faults.names().isEmpty()) {
      request.put("setErrs", faults);
    }
    GuardedAsks.Answer answer =
        asks.ask(
            "POST",
            entry.endpoint(),
            Map.of(
                "Authorization",
                "Bearer " + token(),
                "Content-Type",
                "application/json",
                "Accept",
                "application/json"),
            request.build().toString().getBytes(StandardCharsets.UTF_8));
    if (answer.status() != 200) {
      throw new IOException("it answers " + answer.status());
    }
    // It has heard what was acknowledged. A new answer begins a new list.
    acknowledged = List.of();
    faults = JsonObject.builder().build();
    PolledEvents events;
    try {
      events = PolledEvents.parse(answer.body());
    } catch (FormatException e) {
      throw new IOException("its answer is none: " + e.getMessage(), e);
    }
    actOn(events);
    return events.sets().isEmpty() && !isAcknowledging;
  }

  private void actOn(PolledEvents events) throws IOException {
    List<String> taken = new ArrayList<>();
    JsonObject.Builder refused = JsonObject.builder();
    try {
      for (Map.Entry<String, String> one : events.sets().entrySet()) {
        Optional<SignalsReceiver.Refused> refusal =
            receiver.accept(
                one.getValue(), Optional.of(one.getKey()), new Asked(entry.endpoint().getHost()));
        if (refusal.isPresent()) {
          refused.put(one.getKey(), refusal.get().json());
        } else {
          taken.add(one.getKey());
        }
      }
    } catch (RequestRefusedException e) {
      throw new IOException("its events cannot be acted on now: " + e.error().description(), e);
    } finally {
      acknowledged = List.copyOf(taken);
      faults = refused.build();
    }
  }

  private String token() throws IOException {
    String token =
        new String(SecretFile.at(entry.token()).read(), StandardCharsets.US_ASCII).strip();
    if (!BEARER.matcher(token).matches()) {
      throw new IOException("secret file " + entry.token() + " has no bearer token");
    }
    return token;
  }

  private void failed(Exception e) {
    String why = e instanceof IOException ? String.valueOf(e.getMessage()) : "it failed here";
    problem = why.length() > WHY_MAX ? why.substring(0, WHY_MAX) : why;
    if (!Thread.currentThread().isInterrupted() && failureLines.take(System.nanoTime())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "events of the provider " + upstream() + " are not heard: " + problem,
          e instanceof IOException ? null : e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
