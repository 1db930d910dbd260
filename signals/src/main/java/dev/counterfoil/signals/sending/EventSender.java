package dev.counterfoil.signals.sending;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.signals.StreamSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Has events signed and sends them. Each stream has a thread while something is to be done for it,
 * so that a receiver which is slow holds up nobody else.
 */
public final class EventSender implements AutoCloseable {
  /** Most events of a stream that are signed at one time. */
  static final int BATCH = 256;

  /** Most requests to one receiver at once. */
  static final int AT_ONCE = 16;

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int TIDY_EVERY = 3_600;
  private static final int ERROR_MAX = 300;
  private static final System.Logger LOG = System.getLogger(EventSender.class.getName());

  private final Streams streams;
  private final Deliveries deliveries;
  private final SetIssuer issuer;
  private final GuardedAsks asks;
  private final Function<SignalStream, Receiver> receivers;
  private final String name;
  private final InstantSource clock;
  private final Set<String> running = new HashSet<>();
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("signals-", 0).factory());
  private final Semaphore wake = new Semaphore(0);
  private final AtomicReference<CountDownLatch> ready =
      new AtomicReference<>(new CountDownLatch(1));
  private volatile boolean isClosed;
  private final Thread looking;

  /** Has an event recorded and signed. */
  @FunctionalInterface
  public interface SetIssuer {
    /**
     * A token for a stream.
     *
     * @throws IOException when there is none now; the message says why
     */
    String issue(SignalStream stream, OutgoingEvent delivery)
        throws IOException, InterruptedException;
  }

  /** What became of the client of a stream. */
  public enum Receiver {
    ADMITTED,
    DISABLED,
    GONE
  }

  private EventSender(
      Streams streams,
      SetIssuer issuer,
      GuardedAsks asks,
      Function<SignalStream, Receiver> receivers,
      String name,
      InstantSource clock) {
    this.streams = streams;
    this.deliveries = streams.deliveries();
    this.issuer = issuer;
    this.asks = asks;
    this.receivers = receivers;
    this.name = name;
    this.clock = clock;
    this.looking = Thread.ofVirtual().name("signals").unstarted(this::lookAgainAndAgain);
  }

  /**
   * Begins with what waits.
   *
   * @param asks for addresses that receivers registered
   * @param receivers what became of a stream's client
   * @param name of this authority among those that share the tables
   */
  public static EventSender start(
      Streams streams,
      SetIssuer issuer,
      GuardedAsks asks,
      Function<SignalStream, Receiver> receivers,
      String name,
      InstantSource clock) {
    EventSender sender = new EventSender(streams, issuer, asks, receivers, name, clock);
    sender.looking.start();
    return sender;
  }

  /** Looks at once: something waits. */
  public void wake() {
    wake.release();
  }

  private void lookAgainAndAgain() {
    try {
      for (int tick = 0; !isClosed; tick++) {
        wake.drainPermits();
        try {
          look();
          if (tick % TIDY_EVERY == 0) {
            streams.tidy();
          }
        } catch (RuntimeException e) {
          report("looking for events to send failed", e);
        }
        var _ = wake.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    for (String client : deliveries.due()) {
      synchronized (running) {
        if (isClosed || !running.add(client)) {
          continue;
        }
      }
      threads.execute(() -> work(client));
    }
  }

  private void work(String client) {
    try {
      while (!isClosed && step(client)) {
        // Until nothing is due, or the receiver is away.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      report("sending events to client " + client + " failed", e);
    } finally {
      synchronized (running) {
        running.remove(client);
      }
    }
  }

  private void report(String what, RuntimeException failure) {
    if (!isClosed && failureLines.take(System.nanoTime())) {
      LOG.log(System.Logger.Level.ERROR, what, failure);
    }
  }

  /** Signs and sends some; whether there may be more. */
  private boolean step(String client) throws InterruptedException {
    Optional<SignalStream> found = streams.ofClient(client);
    if (found.isEmpty() || found.get().status() != SignalStream.Status.ENABLED) {
      return false;
    }
    SignalStream stream = found.get();
    Receiver receiver = receivers.apply(stream);
    if (receiver == Receiver.GONE) {
      streams.remove(stream.id());
    }
    if (receiver != Receiver.ADMITTED || !deliveries.claim(stream.id(), name)) {
      return false;
    }
    List<OutgoingEvent> next = deliveries.next(stream, BATCH);
    if (next.isEmpty()) {
      return false;
    }
    AtomicReference<@Nullable String> unsigned = new AtomicReference<>();
    AtomicReference<@Nullable String> failure = new AtomicReference<>();
    List<OutgoingEvent> signed = sign(stream, next, unsigned);
    boolean isPushed = stream.settings().push().isPresent();
    if (isPushed) {
      push(stream, signed, failure);
    } else if (!signed.isEmpty()) {
      announceReady();
    }
    boolean isAway = failure.get() != null;
    @Nullable String why = isAway ? failure.get() : unsigned.get();
    if (why == null) {
      return true;
    }
    int failures = deliveries.failures(stream.id());
    // A signer that was just replaced is back in seconds, and its receivers wait for that news.
    Duration pause = isAway ? SendingRules.pause(failures) : SendingRules.PAUSE_FIRST;
    deliveries.failed(
        stream.id(), why, clock.instant().plus(pause), SendingRules.deadBefore(clock.instant()));
    if (failures > 0 && failureLines.take(System.nanoTime())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "events do not reach client {0}: {1}. The authority tries again. See: counterfoil signals"
              + " list",
          client,
          why);
    }
    return false;
  }

  /** A crash behind this leaves tokens that nobody has: the events are signed again. */
  private List<OutgoingEvent> sign(
      SignalStream stream, List<OutgoingEvent> next, AtomicReference<@Nullable String> failure)
      throws InterruptedException {
    List<Callable<@Nullable OutgoingEvent>> tasks = new ArrayList<>();
    List<OutgoingEvent> all = new ArrayList<>();
    List<OutgoingEvent> fresh = new ArrayList<>();
    boolean isPolled = stream.settings().push().isEmpty();
    for (OutgoingEvent one : next) {
      if (one.token() != null) {
        // Signed before: to be sent again, or to be polled from now on.
        (isPolled ? fresh : all).add(one);
        continue;
      }
      tasks.add(
          () -> {
            try {
              return one.signed(issuer.issue(stream, one));
            } catch (IOException e) {
              failure.set(shortened(e));
              return null;
            }
          });
    }
    for (@Nullable OutgoingEvent one : together(tasks)) {
      if (one != null) {
        fresh.add(one);
      }
    }
    deliveries.signed(fresh, fresh.stream().map(EventSender::jti).toList(), isPolled);
    all.addAll(fresh);
    return all;
  }

  private static String jti(OutgoingEvent one) {
    try {
      return CompactToken.parse(Objects.requireNonNull(one.token())).claims().string("jti");
    } catch (FormatException e) {
      throw new IllegalStateException("the signer answered with what is no token", e);
    }
  }

  private void push(
      SignalStream stream, List<OutgoingEvent> signed, AtomicReference<@Nullable String> failure)
      throws InterruptedException {
    StreamSettings.Push push = stream.settings().push().orElseThrow();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/secevent+jwt");
    headers.put("Accept", "application/json");
    push.authorization().ifPresent(text -> headers.put("Authorization", text));
    Semaphore atOnce = new Semaphore(AT_ONCE);
    List<OutgoingEvent> taken = Collections.synchronizedList(new ArrayList<>());
    Map<OutgoingEvent, Deliveries.Refusal> refused =
        Collections.synchronizedMap(new LinkedHashMap<>());
    List<Callable<@Nullable Void>> tasks = new ArrayList<>();
    for (OutgoingEvent one : signed) {
      tasks.add(
          () -> {
            atOnce.acquire();
            try {
              if (failure.get() == null) {
                post(push, headers, one, taken, refused, failure);
              }
            } finally {
              atOnce.release();
            }
            return null;
          });
    }
    var _ = together(tasks);
    // A crash before this sends them once more.
    deliveries.tried(stream.id(), taken, refused);
  }

  private void post(
      StreamSettings.Push push,
      Map<String, String> headers,
      OutgoingEvent one,
      List<OutgoingEvent> taken,
      Map<OutgoingEvent, Deliveries.Refusal> refused,
      AtomicReference<@Nullable String> failure)
      throws InterruptedException {
    byte[] body = Objects.requireNonNull(one.token()).getBytes(StandardCharsets.US_ASCII);
    try {
      GuardedAsks.Answer answer = asks.ask("POST", push.endpoint(), headers, body);
      switch (SendingRules.after(answer.status(), one.attempts())) {
        case SendingRules.Next.Taken yes -> taken.add(one);
        case SendingRules.Next.Refused no ->
            refused.put(
                one, new Deliveries.Refusal(no.pause().map(clock.instant()::plus), why(answer)));
        case SendingRules.Next.Away away -> failure.set("it answers " + answer.status());
      }
    } catch (IOException e) {
      failure.set(shortened(e));
    }
  }

  /** RFC 8935 2.3: what the receiver says is wrong, as far as it is one. */
  private static String why(GuardedAsks.Answer answer) {
    try {
      return "it answers "
          + answer.status()
          + StrictJson.object(answer.body(), 4_096)
              .optionalString("err")
              .filter(code -> code.matches("[a-z_]{1,40}"))
              .map(code -> " " + code)
              .orElse("");
    } catch (FormatException e) {
      return "it answers " + answer.status();
    }
  }

  private static String shortened(IOException e) {
    String text = String.valueOf(e.getMessage());
    return text.length() > ERROR_MAX ? text.substring(0, ERROR_MAX) : text;
  }

  private <T extends @Nullable Object> List<T> together(List<Callable<T>> tasks)
      throws InterruptedException {
    List<T> results = new ArrayList<>();
    for (Future<T> one : threads.invokeAll(tasks)) {
      try {
        results.add(one.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    return results;
  }

  /** Opens with the next events that are ready to be polled. */
  public CountDownLatch nextReady() {
    return ready.get();
  }

  private void announceReady() {
    ready.getAndSet(new CountDownLatch(1)).countDown();
  }

  @Override
  public void close() {
    isClosed = true;
    looking.interrupt();
    announceReady();
    threads.shutdownNow();
    try {
      looking.join();
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.log(System.Logger.Level.WARNING, "a request to a receiver does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
