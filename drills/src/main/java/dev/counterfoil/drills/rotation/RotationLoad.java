package dev.counterfoil.drills.rotation;

import dev.counterfoil.drills.rotation.VerifierPanel.Shown;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that ask for tokens at a steady rate, of every ring of every domain. The first token of
 * each key is shown to the panel at once, the last token of the key before it towards the end of
 * its life, and of all others some.
 */
final class RotationLoad implements AutoCloseable {
  /** Waiting for an answer, most of the time. */
  private static final int CLIENTS_OF_DOMAIN = 48;

  /** One token in so many is an access token over HTTP; the others are asked of the signer. */
  private static final int HTTP_ONE_IN = 5;

  /** An RSA signature costs as much as twenty others. */
  private static final int RSA_ONE_IN = 20;

  private static final int FAILURES_MAX = 10;
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** The last token of a key is shown when so much of its life is left. */
  private static final Duration LAST_LOOK = Duration.ofSeconds(10);

  private final List<RotatingDomain> domains;
  private final RotationPace pace;
  private final VerifierPanel panel;
  private final InstantSource clock;
  private final List<Ring> rings = new ArrayList<>();
  private final List<Thread> clients = new ArrayList<>();
  private final AtomicLong turn = new AtomicLong();
  private final LongAdder tokens = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final List<String> failures = new ArrayList<>();
  private final Queue<LastLook> lastLooks = new ConcurrentLinkedQueue<>();
  private final long began = System.nanoTime();
  private final long everyNanos;
  private final long checkOneIn;
  private volatile boolean ending;

  /** A token that is to be shown later. */
  private record LastLook(Instant at, Shown shown) {}

  /** Keys that follow each other. */
  private final class Ring {
    private final RotatingDomain domain;
    private final int purpose;
    private final String algorithm;
    private final Set<String> headers = new HashSet<>();
    private volatile String header = "";
    private volatile String last = "";

    Ring(RotatingDomain domain, int purpose, String algorithm) {
      this.domain = domain;
      this.purpose = purpose;
      this.algorithm = algorithm;
    }

    /** Takes note of a token; a header that was not there before is another key's. */
    void take(String token) {
      if (!token.startsWith(header) || header.isEmpty()) {
        news(token);
      } else {
        last = token;
      }
    }

    private synchronized void news(String token) {
      String itsHeader = token.substring(0, token.indexOf('.') + 1);
      if (!headers.add(itsHeader)) {
        // Asked for before the key changed, and answered after.
        return;
      }
      String before = last;
      header = itsHeader;
      last = token;
      show(token, "first of its key");
      if (!before.isEmpty()) {
        Instant now = clock.instant();
        lastLooks.add(
            new LastLook(
                now.plus(RotatingDomain.LIFE).minus(LAST_LOOK),
                new Shown(
                    domain,
                    purpose,
                    before,
                    now.plus(RotatingDomain.LIFE),
                    "last of the key before")));
      }
    }

    private void show(String token, String because) {
      panel.show(
          new Shown(domain, purpose, token, clock.instant().plus(RotatingDomain.LIFE), because));
    }

    synchronized int keys() {
      return headers.size();
    }
  }

  /** Starts. */
  RotationLoad(
      List<RotatingDomain> domains, RotationPace pace, VerifierPanel panel, InstantSource clock) {
    this.domains = List.copyOf(domains);
    this.pace = pace;
    this.panel = panel;
    this.clock = clock;
    // A little more than is promised: clients wait for each other.
    this.everyNanos = TimeUnit.SECONDS.toNanos(100) / (pace.tokensPerSecond() * 103L);
    this.checkOneIn = Math.max(1, pace.tokensPerSecond() / pace.checksPerSecond());
    for (RotatingDomain domain : domains) {
      for (int purpose = 0; purpose < pace.purposes(); purpose++) {
        for (String algorithm : pace.algorithms()) {
          rings.add(new Ring(domain, purpose, algorithm));
        }
      }
    }
    for (int i = 0; i < CLIENTS_OF_DOMAIN * domains.size(); i++) {
      clients.add(Thread.ofVirtual().name("load-" + i).start(this::ask));
    }
    clients.add(Thread.ofVirtual().name("last-looks").start(this::lookAgain));
  }

  private void lookAgain() {
    try {
      while (!ending) {
        Thread.sleep(LOOK_EVERY);
        LastLook next = lastLooks.peek();
        while (next != null && !clock.instant().isBefore(next.at)) {
          panel.show(next.shown);
          lastLooks.remove();
          next = lastLooks.peek();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() {
    while (!ending) {
      long mine = turn.getAndIncrement();
      long due = began + mine * everyNanos;
      for (long left = due - System.nanoTime();
          left > 0 && !ending;
          left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      Ring ring = ring(mine);
      try {
        String token =
            mine % HTTP_ONE_IN == 0
                ? ring.domain.overHttp()
                : ring.domain.fromSigner(ring.purpose, ring.algorithm);
        tokens.increment();
        ring.take(token);
        if (mine % checkOneIn == 1) {
          ring.show(token, "one of many");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException e) {
        fail(e);
      }
    }
  }

  /** All domains in turn, in each the access tokens over HTTP, or all rings in turn. */
  private Ring ring(long mine) {
    int algorithms = pace.algorithms().size();
    int ofDomain = pace.purposes() * algorithms;
    int domain = (int) (mine / HTTP_ONE_IN % domains.size());
    if (mine % HTTP_ONE_IN == 0) {
      return rings.get(domain * ofDomain);
    }
    long ofSigner = mine / HTTP_ONE_IN / domains.size() * (HTTP_ONE_IN - 1) + mine % HTTP_ONE_IN;
    int purpose = (int) (ofSigner % pace.purposes());
    long round = ofSigner / pace.purposes();
    int algorithm = algorithms > 1 && round % RSA_ONE_IN == 0 ? 1 : 0;
    return rings.get(domain * ofDomain + purpose * algorithms + algorithm);
  }

  private synchronized void fail(IOException e) {
    if (ending) {
      return;
    }
    failed.increment();
    if (failures.size() < FAILURES_MAX) {
      failures.add(String.valueOf(e.getMessage()));
    }
  }

  /** How often a key took over from the one before. */
  int rotations() {
    return rings.stream().mapToInt(ring -> Math.max(0, ring.keys() - 1)).sum();
  }

  /** Rings of which nobody got a token. */
  long silentRings() {
    return rings.stream().filter(ring -> ring.keys() == 0).count();
  }

  /** How many keys signed. */
  int keys() {
    return rings.stream().mapToInt(Ring::keys).sum();
  }

  int rings() {
    return rings.size();
  }

  long tokens() {
    return tokens.sum();
  }

  /** Requests that got no token. */
  long failed() {
    return failed.sum();
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Stops asking; what was to be shown later is shown now. */
  void end() throws InterruptedException {
    ending = true;
    for (Thread client : clients) {
      client.join();
    }
    lastLooks.forEach(look -> panel.show(look.shown));
    lastLooks.clear();
  }

  @Override
  public void close() {
    ending = true;
    clients.forEach(Thread::interrupt);
  }
}
