package dev.counterfoil.drills.rotation;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Everybody who looks at tokens in the drill {@code rotation}: our verifier, and those that we did
 * not write. Each has a queue and threads of its own, so that nobody waits for another.
 */
final class VerifierPanel implements AutoCloseable {
  /** Our own. */
  static final String OURS = "Counterfoil's verifier";

  private static final int QUEUE_MAX = 20_000;
  private static final int OUR_THREADS = 8;
  private static final int REASONS_MAX = 10;

  /** A token is shown as long as it has so much of its life before it. */
  private static final Duration LIFE_LEFT = Duration.ofSeconds(3);

  /**
   * A good token.
   *
   * @param because why it is shown, for people
   * @param expires the end of its life
   */
  record Shown(RotatingDomain domain, int purpose, String token, Instant expires, String because) {
    /** Leaves the token out. */
    @Override
    public String toString() {
      return "Shown[" + domain.name() + " " + purpose + " " + because + "]";
    }
  }

  /** What one verifier said. */
  static final class Count {
    private final LongAdder asked = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder missed = new LongAdder();
    private final List<String> reasons = new ArrayList<>();

    long asked() {
      return asked.sum();
    }

    long refused() {
      return refused.sum();
    }

    /** Tokens that were too old when their turn came: nothing is known of them. */
    long missed() {
      return missed.sum();
    }

    synchronized List<String> reasons() {
      return List.copyOf(reasons);
    }

    private synchronized void refuse(Shown shown, String reason) {
      refused.increment();
      if (reasons.size() < REASONS_MAX) {
        reasons.add(
            shown.domain.name()
                + " "
                + shown.domain.tokenType(shown.purpose)
                + ", "
                + shown.because
                + ": "
                + reason);
      }
    }
  }

  private interface Asking {
    /** What each said: ok, or why not. */
    List<String> ask(Shown shown) throws IOException;
  }

  private final InstantSource clock;
  private final Optional<Duration> freshCaches;
  private final Instant began;
  private final Map<String, Count> counts = new LinkedHashMap<>();
  private final List<BlockingQueue<Shown>> queues = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger pending = new AtomicInteger();
  private volatile Optional<String> broke = Optional.empty();

  /**
   * Opens the panel.
   *
   * @param strangers verifiers that we did not write
   * @param freshCaches after what time they are replaced; empty for never
   */
  VerifierPanel(
      List<StrangerProcess> strangers, Optional<Duration> freshCaches, InstantSource clock) {
    this.clock = clock;
    this.freshCaches = freshCaches;
    this.began = clock.instant();
    seat(
        List.of(OURS),
        shown ->
            List.of(
                shown
                    .domain
                    .refusal(shown.token, shown.domain.tokenType(shown.purpose))
                    .orElse("ok")),
        OUR_THREADS);
    for (StrangerProcess stranger : strangers) {
      seat(stranger.names(), shown -> stranger.verdicts(jwks(shown), shown.token), 1);
    }
  }

  private void seat(List<String> names, Asking asking, int count) {
    BlockingQueue<Shown> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    queues.add(queue);
    names.forEach(name -> counts.put(name, new Count()));
    for (int i = 0; i < count; i++) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("panel-" + names.getFirst())
              .start(() -> work(names, asking, queue)));
    }
  }

  /** An address that was not used before has verifiers, and caches, of its own. */
  private URI jwks(Shown shown) {
    URI jwks = shown.domain.jwks(shown.purpose);
    return freshCaches
        .map(
            every ->
                URI.create(
                    jwks + "?since=" + Duration.between(began, clock.instant()).dividedBy(every)))
        .orElse(jwks);
  }

  private void work(List<String> names, Asking asking, BlockingQueue<Shown> queue) {
    try {
      while (true) {
        Shown shown = queue.take();
        show(names, asking, shown);
        pending.decrementAndGet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      broke = Optional.of(names + ": " + e.getMessage());
    }
  }

  private void show(List<String> names, Asking asking, Shown shown) throws IOException {
    if (clock.instant().plus(LIFE_LEFT).isAfter(shown.expires)) {
      names.forEach(name -> count(name).missed.increment());
      return;
    }
    List<String> verdicts = asking.ask(shown);
    for (int i = 0; i < names.size(); i++) {
      Count count = count(names.get(i));
      count.asked.increment();
      if (!verdicts.get(i).equals("ok")) {
        count.refuse(shown, verdicts.get(i));
      }
    }
  }

  /** Shows a token to everybody, soon. */
  void show(Shown shown) {
    for (BlockingQueue<Shown> queue : queues) {
      pending.incrementAndGet();
      if (!queue.offer(shown)) {
        broke = Optional.of("more tokens are to be looked at than anybody can");
      }
    }
  }

  /** Waits until everything that was shown was looked at. */
  void settle(Duration within) throws IOException, InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (pending.get() > 0) {
      if (broke.isPresent() || System.nanoTime() > end) {
        throw new IOException(broke.orElse("verifiers have not ended in " + within));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    if (broke.isPresent()) {
      throw new IOException(broke.get());
    }
  }

  /** What a verifier said. */
  Count count(String name) {
    return Objects.requireNonNull(counts.get(name));
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
