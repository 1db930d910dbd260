package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.connect.grants.GrantRules;
import dev.counterfoil.directory.Endings;
import dev.counterfoil.directory.Endings.Ending;
import dev.counterfoil.directory.Endings.Kind;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.signin.SignInListener;
import dev.counterfoil.signin.sessions.Session;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * What ends for a person or client at one authority ends at all. It is written into the shared
 * database before it takes effect here; each authority looks there twice a second, and at its start
 * at everything that may concern what it holds.
 */
public final class SharedEnds implements SignInListener, AutoCloseable {
  /** After that long without a look, what people allowed is not honoured here. */
  static final Duration STALE_AFTER = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofMillis(500);

  /**
   * Of those that are written at one time a later one may be seen first: so many are read again.
   */
  private static final int OVERLAP = 1_000;

  /** Most that wait for a database that is away; what people ask for then is refused. */
  private static final int UNWRITTEN_MAX = 10_000;

  /** Looks of which one reads all of the overlap again, whether or not it seems changed. */
  private static final int WHOLE_EVERY = 60;

  /** Clocks of two authorities may differ by so much. */
  private static final Duration SKEW = Duration.ofSeconds(2);

  private static final Duration KEPT = GrantRules.LIFE_MAX.plusDays(1);
  private static final int FORGET_EVERY = 7_200;
  private static final System.Logger LOG = System.getLogger(SharedEnds.class.getName());

  private final Endings endings;
  private final int own;
  private final GrantEnds grants;
  private final InstantSource clock;
  private final Runnable clients;
  private final LinePace lines = new LinePace(10, Duration.ofMinutes(1));
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private volatile BiConsumer<String, Instant> sessions = (subject, before) -> {};
  private volatile BiConsumer<String, String> session = (subject, id) -> {};
  private volatile long lookedAt = System.nanoTime();

  /** What the database did not take yet. */
  private final Queue<Ending> unwritten = new LinkedBlockingQueue<>();

  /** Touched by the thread alone. */
  private final TreeSet<Long> seen = new TreeSet<>();

  private long looks;

  /**
   * Looks at nothing yet.
   *
   * @param own this authority's number
   * @param clients reads the clients again where another authority changed them
   */
  public SharedEnds(
      Endings endings, int own, GrantEnds grants, Runnable clients, InstantSource clock) {
    this.endings = endings;
    this.own = own;
    this.grants = grants;
    this.clients = clients;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("shared-ends").unstarted(this::lookAgainAndAgain);
  }

  /**
   * Ends what ended while this process was away, and goes on.
   *
   * @param sessionsOf ends those sessions of a person that began before a time
   * @param sessionOf ends the session of a person that has a handle
   */
  public void start(BiConsumer<String, Instant> sessionsOf, BiConsumer<String, String> sessionOf) {
    sessions = sessionsOf;
    session = sessionOf;
    look();
    thread.start();
  }

  /** Whether it is known what the others ended. */
  public boolean isFresh() {
    return System.nanoTime() - lookedAt < STALE_AFTER.toNanos();
  }

  private void lookAgainAndAgain() {
    try {
      for (int turn = 1; !end.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS); turn++) {
        try {
          look();
          if (turn % FORGET_EVERY == 0) {
            endings.forget(clock.instant().minus(KEPT));
          }
        } catch (RuntimeException e) {
          if (lines.take(System.nanoTime())) {
            LOG.log(
                System.Logger.Level.WARNING,
                "it is not known what other authorities ended: the database does not answer."
                    + " What people allowed is refused after "
                    + STALE_AFTER.toSeconds()
                    + " seconds: "
                    + e.getMessage());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    writeAll();
    long now = System.nanoTime();
    clients.run();
    Instant since = clock.instant().minus(KEPT);
    long last = seen.isEmpty() ? 0 : seen.last() - OVERLAP;
    boolean isWhole = ++looks % WHOLE_EVERY == 0;
    if (!isWhole
        && !seen.isEmpty()
        && endings.extent(own, since, last).equals(new Endings.Extent(seen.size(), seen.last()))) {
      lookedAt = now;
      return;
    }
    Set<Long> present = new HashSet<>();
    List<Ending> page;
    do {
      page = endings.since(own, since, last);
      for (Ending one : page) {
        present.add(one.id());
        if (!seen.contains(one.id())) {
          carryOut(one);
          // Only now: what fails is carried out at the next look.
          seen.add(one.id());
        }
        last = one.id();
      }
    } while (page.size() == Endings.PAGE_MAX);
    // What is forgotten since is not counted again.
    seen.retainAll(present);
    if (!seen.isEmpty()) {
      seen.headSet(seen.last() - OVERLAP, true).clear();
    }
    lookedAt = now;
  }

  private void carryOut(Ending one) {
    Instant before = one.at().plus(SKEW);
    switch (one.kind()) {
      case PERSON -> {
        grants.personEnded(one.whose(), one.why(), before);
        sessions.accept(one.whose(), before);
        grants.personEnded(one.whose(), one.why(), before);
      }
      case SESSIONS -> sessions.accept(one.whose(), before);
      case SESSION -> session.accept(one.whose(), one.clientId());
      case CONSENT -> grants.consentEnded(one.whose(), one.clientId(), before);
      case CLIENT -> grants.clientEnded(one.whose(), before);
    }
  }

  private void write(Kind kind, String whose, String clientId, String why) {
    if (unwritten.size() >= UNWRITTEN_MAX) {
      throw new IllegalStateException(
          "the database takes nothing, and too much waits for it already: nothing is ended");
    }
    unwritten.add(new Ending(0, kind, whose, clientId, why, own, clock.instant()));
    try {
      writeAll();
    } catch (RuntimeException e) {
      // It ends here, and is written when the database answers.
      LOG.log(
          System.Logger.Level.WARNING,
          "what ended is not told to the other authorities yet: {0}",
          e.getMessage());
    }
  }

  private synchronized void writeAll() {
    for (Ending one = unwritten.peek(); one != null; one = unwritten.peek()) {
      endings.add(one);
      unwritten.remove();
    }
  }

  /** A person is removed, disabled or reset. */
  public void person(String subject, String why) {
    write(Kind.PERSON, subject, "", why);
  }

  /** An administrator ends a session, wherever it is. */
  public void session(String subject, String session) {
    write(Kind.SESSION, subject, session, "");
  }

  /** A client is removed or disabled. */
  public void client(String clientId) {
    write(Kind.CLIENT, clientId, "", "");
  }

  // A session is at one authority, with all that was issued on it.

  @Override
  public void sessionEnds(Session session) {
    grants.sessionEnds(session);
  }

  @Override
  public void sessionEnded(Session session) {
    grants.sessionEnded(session);
  }

  @Override
  public void sessionHeldByTwo(Session session) {
    grants.sessionHeldByTwo(session);
  }

  @Override
  public void otherSessionsEnded(String subject) {
    write(Kind.SESSIONS, subject, "", "");
  }

  @Override
  public void personRecovered(String subject) {
    write(Kind.PERSON, subject, "", "the person came back by recovery");
    grants.personRecovered(subject);
  }

  @Override
  public void consentWithdrawn(String subject, String clientId) {
    write(Kind.CONSENT, subject, clientId, "");
    grants.consentWithdrawn(subject, clientId);
  }

  @Override
  public void close() {
    end.countDown();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
