package dev.counterfoil.keycloak;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.keycloak.crypto.SignatureException;

/**
 * Hands in digests in batches, one request after another. A digest goes with the next one, together
 * with all that came meanwhile: nothing waits for a batch to fill.
 *
 * <p>After a request without an answer nobody waits for the door: digests are kept or refused at
 * once, and one thread tries the door until it answers. A digest that is handed in twice has one
 * position, so the last one serves for trying.
 */
final class Recorder implements AutoCloseable {
  /** Most tokens that wait. */
  static final int WAITING_MAX = 10_000;

  /**
   * How long the next request waits after one, for each token that the last one had: the more
   * tokens come, the more go together. A request costs both ends a third of a millisecond of
   * processor time, and a token costs Keycloak a whole one.
   */
  private static final Duration PAUSE_FOR_EACH = Duration.ofNanos(300_000);

  private static final Duration PAUSE_MAX = Duration.ofMillis(5);

  /** How often the door is tried while it is away. */
  private static final Duration TRY_AFTER = Duration.ofMillis(500);

  /** How long the door may be silent because nothing was asked, before it is tried. */
  private static final Duration SILENT_MAX = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(Recorder.class);

  /** How a token's digest came through. */
  enum Outcome {
    RECORDED,
    /** Kept, to be handed in late. */
    RELEASED
  }

  /** A token whose caller waits. */
  private static final class Waiting {
    private final byte[] digest;
    private final CompletableFuture<Outcome> done = new CompletableFuture<>();

    Waiting(byte[] digest) {
      this.digest = digest;
    }
  }

  private final RecordDoorway door;
  private final @Nullable KeptDigests kept;
  private final Duration patience;
  private final Duration releaseFor;
  private final InstantSource clock;
  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_MAX);
  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder recorded = new LongAdder();
  private final LongAdder released = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  private volatile DoorState state;
  private volatile byte @Nullable [] lastDigest;

  /**
   * Starts its threads.
   *
   * @param kept where digests are kept while the door is away; null: tokens are refused then
   * @param timeout of a request to the door
   * @param releaseFor how long since the door was last reachable digests are kept
   */
  Recorder(
      RecordDoorway door,
      @Nullable KeptDigests kept,
      Duration timeout,
      Duration releaseFor,
      InstantSource clock) {
    this.door = door;
    this.kept = kept;
    this.patience = timeout.multipliedBy(2);
    this.releaseFor = releaseFor;
    this.clock = clock;
    this.state = DoorState.unknown(kept == null ? null : kept.last());
    threads.add(new Thread(this::send, "counterfoil-record"));
    threads.add(new Thread(this::watch, "counterfoil-record-door"));
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Returns when a token may be released.
   *
   * @throws SignatureException when it may not
   */
  Outcome record(byte[] digest) throws SignatureException {
    long began = System.nanoTime();
    Waiting waiting = new Waiting(digest);
    lastDigest = digest;
    if (!queue.offer(waiting)) {
      throw refusal(WAITING_MAX + " tokens wait for the record door already");
    }
    try {
      Outcome outcome = waiting.done.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      (outcome == Outcome.RECORDED ? recorded : released).increment();
      waitedNanos.add(System.nanoTime() - began);
      return outcome;
    } catch (TimeoutException e) {
      throw refusal("the record door takes too long");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw refusal(cause == null ? "unknown" : String.valueOf(cause.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refusal("interrupted");
    } finally {
      waiting.done.cancel(false);
    }
  }

  private SignatureException refusal(String why) {
    refused.increment();
    return new SignatureException("token is not recorded, so it is not released: " + why);
  }

  /** Why a token cannot be released now; null when one has to be tried. */
  @Nullable String refusing() {
    DoorState now = state;
    boolean released = now.asks() || (keeps(now) && kept != null && kept.hasRoom());
    return released ? null : now.why();
  }

  private boolean keeps(DoorState now) {
    return kept != null && now.releases(clock.instant(), releaseFor);
  }

  private void send() {
    while (!Thread.currentThread().isInterrupted()) {
      List<Waiting> batch = new ArrayList<>();
      try {
        batch.add(queue.take());
        queue.drainTo(batch, RecordDoorway.COUNT_MAX - 1);
        // Those whose caller went away are no longer to be released.
        batch.removeIf(waiting -> waiting.done.isDone());
        if (!batch.isEmpty()) {
          settle(batch);
          TimeUnit.NANOSECONDS.sleep(pause(batch.size()).toNanos());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        refuse(batch, "Keycloak stops");
      } catch (RuntimeException e) {
        LOG.error("Recording failed", e);
        refuse(batch, "an error of this extension; Keycloak's log has it");
      }
    }
  }

  /** A token alone is followed at once by the next. */
  private static Duration pause(int tokens) {
    Duration pause = PAUSE_FOR_EACH.multipliedBy(tokens - 1L);
    return pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX;
  }

  private void settle(List<Waiting> batch) throws InterruptedException {
    List<byte[]> digests = batch.stream().map(waiting -> waiting.digest).toList();
    if (state.asks()) {
      try {
        door.record(digests);
        reached();
        batch.forEach(waiting -> waiting.done.complete(Outcome.RECORDED));
        return;
      } catch (DoorException e) {
        failed(e);
      }
    }
    int keptNow = keep(digests);
    batch.subList(0, keptNow).forEach(waiting -> waiting.done.complete(Outcome.RELEASED));
    refuse(batch.subList(keptNow, batch.size()), state.why());
  }

  private int keep(List<byte[]> digests) {
    DoorState now = state;
    Instant last = now.last();
    if (kept == null || last == null || !keeps(now)) {
      return 0;
    }
    try {
      return kept.add(digests, last);
    } catch (IOException e) {
      LOG.errorf("Digests cannot be kept, and their tokens are refused: %s", e.getMessage());
      return 0;
    }
  }

  private static void refuse(List<Waiting> batch, String why) {
    batch.forEach(waiting -> waiting.done.completeExceptionally(new SignatureException(why)));
  }

  private void reached() {
    Instant now = clock.instant();
    change(before -> before.reached(now));
  }

  private void failed(DoorException e) {
    String why = String.valueOf(e.getMessage());
    change(before -> e.refuses() ? before.refused(why) : before.missed(why));
  }

  private synchronized void change(UnaryOperator<DoorState> step) {
    DoorState before = state;
    state = step.apply(before);
    if (state.kind() == before.kind()) {
      return;
    }
    switch (state.kind()) {
      case REACHABLE -> LOG.info("The record door is reachable. Tokens are recorded.");
      case UNKNOWN -> {}
      case AWAY ->
          LOG.warnf(
              "The record door is away: %s. %s",
              state.why(),
              keeps(state)
                  ? "Tokens are released unrecorded until "
                      + String.valueOf(state.last()).replaceFirst("\\.\\d+", "")
                      + " + "
                      + releaseFor
                      + ", and handed in late"
                  : "Tokens are refused until it answers");
      case REFUSING ->
          LOG.errorf("The record door refuses this source: %s. Tokens are refused", state.why());
    }
  }

  private void watch() {
    try {
      while (true) {
        try {
          look();
        } catch (IOException e) {
          LOG.errorf("Kept digests cannot be handed in: %s", e.getMessage());
        } catch (RuntimeException e) {
          LOG.error("Trying the record door failed", e);
        }
        TimeUnit.NANOSECONDS.sleep(TRY_AFTER.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tries the door when there is a reason to, with what is kept if anything is. */
  private void look() throws IOException, InterruptedException {
    DoorState now = state;
    Instant last = now.last();
    if (now.kind() == DoorState.Kind.REACHABLE
        && last != null
        && clock.instant().isBefore(last.plus(SILENT_MAX))
        && waitingLate() == 0) {
      return;
    }
    try {
      if (waitingLate() > 0) {
        handIn();
        return;
      }
      byte[] digest = lastDigest;
      if (digest != null) {
        door.record(List.of(digest));
        reached();
      } else {
        door.check();
        change(before -> before.asks() ? before : DoorState.unknown(before.last()));
      }
    } catch (DoorException e) {
      failed(e);
    }
  }

  private void handIn() throws IOException, InterruptedException {
    KeptDigests from = kept;
    while (from != null && from.size() > 0) {
      List<byte[]> digests = from.first(RecordDoorway.COUNT_MAX);
      door.record(digests);
      reached();
      from.handedIn(digests.size());
      late.add(digests.size());
      if (from.size() == 0) {
        LOG.infof("All %d digests that were kept are handed in", late.sum());
      }
    }
  }

  DoorState state() {
    return state;
  }

  /** Digests that are kept and not handed in yet. */
  int waitingLate() {
    return kept == null ? 0 : kept.size();
  }

  /** Tokens that wait for the door. */
  int waiting() {
    return queue.size();
  }

  long recorded() {
    return recorded.sum();
  }

  /** Released unrecorded. */
  long released() {
    return released.sum();
  }

  long refused() {
    return refused.sum();
  }

  /** Handed in late. */
  long late() {
    return late.sum();
  }

  /** How long the tokens that were released waited, in nanoseconds. */
  long waitedNanos() {
    return waitedNanos.sum();
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    List<Waiting> left = new ArrayList<>();
    queue.drainTo(left);
    refuse(left, "Keycloak stops");
    if (kept != null) {
      try {
        kept.close();
      } catch (IOException e) {
        LOG.warnf("The kept digests' file does not close: %s", e.getMessage());
      }
    }
  }
}
