package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.record.NoticeState;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends what is due. The log says what was sent: a notice without its entry is sent again after a
 * crash, under the same name, so that none is lost; one with its entry never is. What cannot be
 * recorded, on a full disk, is not sent again while the process runs.
 *
 * <p>Each channel has threads of its own, so that a slow one holds up no other.
 */
public final class Outbox implements AutoCloseable {
  /** So many notices go out on a channel at one time. */
  private static final int AT_ONCE = 4;

  /** So many wait on a channel; the others are due again at the next step. */
  private static final int QUEUED_MAX = 64;

  private final Map<String, NoticeChannel> channels;
  private final Contacts contacts;
  private final Duration escalateAfter;
  private final InstantSource clock;
  private final Map<String, ExecutorService> workers = new HashMap<>();
  private final Map<Attempt, Future<?>> running = new ConcurrentHashMap<>();

  /** What became of attempts, until the log has it: why it failed; empty where it went out. */
  private final Map<Attempt, Optional<String>> unrecorded = new ConcurrentHashMap<>();

  private record Attempt(String code, String channel) {}

  /** A notice, and where its file comes from. */
  public record Waiting(NoticeState state, FileSource file) {}

  /** Makes the file of a notice, with its receipt. */
  @FunctionalInterface
  public interface FileSource {
    SignedDisclosure make() throws IOException;
  }

  /** Where it is recorded what became of an attempt. */
  public interface Ledger {
    /** All notices. */
    List<Waiting> notices() throws IOException;

    /** It went out. */
    void sent(NoticeState notice, String channel) throws IOException;

    /** It did not. */
    void failed(NoticeState notice, String channel, String why) throws IOException;
  }

  public Outbox(
      Map<String, NoticeChannel> channels,
      Contacts contacts,
      Duration escalateAfter,
      InstantSource clock) {
    this.channels = Map.copyOf(channels);
    this.contacts = contacts;
    this.escalateAfter = escalateAfter;
    this.clock = clock;
    for (String name : this.channels.keySet()) {
      workers.put(
          name,
          Executors.newFixedThreadPool(
              AT_ONCE, Thread.ofPlatform().daemon().name("notices-" + name + "-", 0).factory()));
    }
  }

  /**
   * Begins what is due now, and returns; one that fails holds up no other.
   *
   * @throws IOException when what became of an earlier attempt could not be recorded; that is tried
   *     again
   */
  public void step(Ledger ledger) throws IOException, InterruptedException {
    List<IOException> failures = new ArrayList<>();
    for (Attempt attempt : Set.copyOf(running.keySet())) {
      Future<?> one = running.get(attempt);
      if (one != null && one.isDone()) {
        running.remove(attempt);
        ended(one, failures);
      }
    }
    for (Waiting one : ledger.notices()) {
      NoticeState state = one.state();
      Contacts.Contact contact = contacts.of(state.notice().tenant());
      for (String name : NoticePlan.due(state, contact, escalateAfter, clock.instant())) {
        begin(new Attempt(state.code(), name), one, contact, ledger);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  private void begin(Attempt attempt, Waiting one, Contacts.Contact contact, Ledger ledger) {
    NoticeChannel channel = channels.get(attempt.channel());
    ExecutorService worker = workers.get(attempt.channel());
    long waiting =
        running.keySet().stream()
            .filter(other -> other.channel().equals(attempt.channel()))
            .count();
    if (channel == null
        || worker == null
        || running.containsKey(attempt)
        || waiting >= QUEUED_MAX) {
      return;
    }
    running.put(
        attempt,
        worker.submit(
            () -> {
              send(attempt, channel, one, contact, ledger);
              return true;
            }));
  }

  private void send(
      Attempt attempt, NoticeChannel channel, Waiting one, Contacts.Contact contact, Ledger ledger)
      throws IOException, InterruptedException {
    Optional<String> failure = unrecorded.get(attempt);
    if (failure == null) {
      failure = failure(channel, one, contact);
      unrecorded.put(attempt, failure);
    }
    if (failure.isPresent()) {
      ledger.failed(one.state(), attempt.channel(), failure.get());
    } else {
      ledger.sent(one.state(), attempt.channel());
    }
    unrecorded.remove(attempt);
  }

  private static Optional<String> failure(
      NoticeChannel channel, Waiting one, Contacts.Contact contact) throws InterruptedException {
    try {
      channel.send(one.state().notice(), one.file().make(), contact);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** An attempt that broke off was not recorded, and is due again. */
  private static void ended(Future<?> one, List<IOException> failures) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> failures.add(failure);
        case RuntimeException fault -> throw fault;
        case Error fault -> throw fault;
        case null, default -> failures.add(new IOException("a notice did not go out", e));
      }
    }
  }

  /** Waits until nothing is on its way. */
  void awaitIdle() throws InterruptedException {
    for (Future<?> one : running.values()) {
      try {
        one.get();
      } catch (ExecutionException e) {
        // The next step says it.
      }
    }
  }

  /** Ends; what is on its way and not recorded is sent again after the next start. */
  @Override
  public void close() {
    workers.values().forEach(ExecutorService::shutdownNow);
  }
}
