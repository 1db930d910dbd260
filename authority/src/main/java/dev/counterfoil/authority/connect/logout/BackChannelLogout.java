package dev.counterfoil.authority.connect.logout;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.grants.LogoutNotice;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.http.outbound.GuardedAsks;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients that sessions ended, behind the back of those who ended them: what has to be told
 * stands in the journal of the grants, is tried until it is told, and is tried again after a crash.
 * A client may be told twice.
 */
public final class BackChannelLogout implements AutoCloseable {
  /** Most requests at once. */
  static final int AT_ONCE = 16;

  /** Of these, to one client: one that answers slowly holds up nobody else. */
  static final int AT_CLIENT = 2;

  /** A token is sent again while it holds for so long still. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private static final System.Logger LOG = System.getLogger(BackChannelLogout.class.getName());

  private final Grants grants;
  private final Function<String, Optional<Client>> clients;
  private final LogoutTokens tokens;
  private final GuardedAsks posts;
  private final InstantSource clock;
  private final Map<String, Attempts> attempts = new HashMap<>();
  private final Set<String> running = new HashSet<>();
  private final Map<String, Integer> atClients = new HashMap<>();
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private final LongAdder givenUp = new LongAdder();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("logout-", 0).factory());
  private boolean isClosed;

  /**
   * Attempts for a notice.
   *
   * @param count how many there were
   * @param nextAt when the next is due
   * @param token that was sent last; null for none
   * @param tokenUntil how long it holds
   */
  private record Attempts(int count, Instant nextAt, @Nullable String token, Instant tokenUntil) {
    static final Attempts NONE = new Attempts(0, Instant.MIN, null, Instant.MIN);

    /** Leaves the token out. */
    @Override
    public String toString() {
      return "Attempts[" + count + "]";
    }
  }

  /**
   * Tells clients.
   *
   * @param clients those that are registered
   */
  public BackChannelLogout(
      Grants grants,
      Function<String, Optional<Client>> clients,
      LogoutTokens tokens,
      GuardedAsks posts,
      InstantSource clock) {
    this.grants = grants;
    this.clients = clients;
    this.tokens = tokens;
    this.posts = posts;
    this.clock = clock;
  }

  /** Begins what is due, and does not wait for it. */
  public synchronized void look() {
    if (isClosed) {
      return;
    }
    List<LogoutNotice> waiting = grants.toTell();
    if (attempts.size() > waiting.size()) {
      // Of clients that were removed meanwhile: they are told nothing more.
      attempts
          .keySet()
          .retainAll(waiting.stream().map(LogoutNotice::id).collect(Collectors.toSet()));
    }
    Instant now = clock.instant();
    for (LogoutNotice notice : waiting) {
      if (running.size() >= AT_ONCE) {
        return;
      }
      int atClient = atClients.getOrDefault(notice.clientId(), 0);
      Attempts before = attempts.getOrDefault(notice.id(), Attempts.NONE);
      if (atClient >= AT_CLIENT || now.isBefore(before.nextAt) || !running.add(notice.id())) {
        continue;
      }
      atClients.put(notice.clientId(), atClient + 1);
      threads.execute(() -> tell(notice, before));
    }
  }

  private void tell(LogoutNotice notice, Attempts before) {
    @Nullable Attempts after = null;
    try {
      after = attempt(notice, before);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "telling a client that a session ended failed", e);
      after = new Attempts(before.count + 1, clock.instant().plus(MARGIN), null, Instant.MIN);
    } finally {
      ended(notice, after);
    }
    look();
  }

  private synchronized void ended(LogoutNotice notice, @Nullable Attempts after) {
    running.remove(notice.id());
    atClients.computeIfPresent(notice.clientId(), (id, count) -> count == 1 ? null : count - 1);
    if (after == null) {
      attempts.remove(notice.id());
    } else {
      attempts.put(notice.id(), after);
    }
  }

  /** One attempt; null when there is no next. */
  private @Nullable Attempts attempt(LogoutNotice notice, Attempts before)
      throws InterruptedException {
    Optional<Client> client = clients.apply(notice.clientId());
    Optional<String> uri =
        client.flatMap(one -> one.registration().signIn().protocol().backChannelLogoutUri());
    if (uri.isEmpty()) {
      grants.told(notice);
      return null;
    }
    @Nullable String token = before.token;
    Instant until = before.tokenUntil;
    OptionalInt status = OptionalInt.empty();
    String failure = "";
    try {
      // 1. A token that is recorded. A crash behind this leaves one that nobody has.
      if (token == null || clock.instant().plus(MARGIN).isAfter(until)) {
        until = clock.instant().plus(LogoutTokens.LIFE);
        token = tokens.issue(client.orElseThrow(), notice);
      }
      // 2. The client has it. A crash behind this tells it once more.
      status =
          OptionalInt.of(
              posts.post(
                  URI.create(uri.get()),
                  "application/x-www-form-urlencoded",
                  ("logout_token=" + token).getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
    }
    // 3. It is on the record that it heard.
    int count = before.count + 1;
    Duration age = Duration.between(notice.at(), clock.instant());
    return switch (LogoutRetries.after(status, count, age)) {
      case LogoutRetries.Next.Told told -> {
        grants.told(notice);
        yield null;
      }
      case LogoutRetries.Next.GiveUp give -> {
        givenUp.increment();
        LOG.log(
            System.Logger.Level.WARNING,
            "client {0} is not told that session {1} ended: {2} {3}. It ends when the client ends"
                + " it",
            notice.clientId(),
            notice.session(),
            give.why(),
            failure);
        grants.told(notice);
        yield null;
      }
      case LogoutRetries.Next.Again again -> {
        if (count > 1 && failureLines.take(System.nanoTime())) {
          LOG.log(
              System.Logger.Level.WARNING,
              "client {0} could not be told yet that a session ended: {1}. The authority tries"
                  + " again",
              notice.clientId(),
              failure.isEmpty() ? "it answers " + status.orElse(0) : failure);
        }
        yield new Attempts(count, clock.instant().plus(again.pause()), token, until);
      }
    };
  }

  /** How many have to hear still. */
  public int waiting() {
    return grants.toTell().size();
  }

  /** How many were given up since the start. */
  public long givenUp() {
    return givenUp.sum();
  }

  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
    }
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.log(System.Logger.Level.WARNING, "a request to a client does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
