package dev.counterfoil.authority.connect;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.grants.SessionLasts;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.signin.SignInListener;
import dev.counterfoil.signin.sessions.Session;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Ends what people allowed, and has the access tokens revoked that came of it: at once, and where
 * the registrar is away, again and again until it has done so, also after a restart.
 */
public final class GrantEnds implements SignInListener, AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final String SESSION_ENDED = "the session ended";
  private static final String CLIENT_ENDED = "the client was disabled or removed";

  /** Events of single grants that end with one client; one more says how many ended beside. */
  static final int OF_CLIENT_MAX = 1_000;

  /** A failure that took so long is a registrar that does not answer: it is not asked for each. */
  static final Duration SLOW = Duration.ofSeconds(1);

  /** Those who end something do not wait for it again meanwhile. */
  private static final Duration SILENT_FOR = Duration.ofSeconds(10);

  /** Ticks between two looks at what has expired. */
  private static final int TIDY_EVERY = 20;

  private static final System.Logger LOG = System.getLogger(GrantEnds.class.getName());

  private final Grants grants;
  private final Revoking revoking;
  private final AuthorityAudit audit;
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;

  /** Until it is known who holds sessions, all of them last. */
  private volatile SessionLasts lasting = (subject, session) -> true;

  private volatile Runnable telling = () -> {};

  /** Hears of sessions that were ended, before it is forgotten that they were. */
  private volatile Ended ended = (subject, session, why) -> {};

  /** The registrar, while it does not answer. */
  private volatile @Nullable Silence silence;

  /**
   * That the registrar did not answer.
   *
   * @param sinceNanos by {@link System#nanoTime}
   */
  private record Silence(long sinceNanos, String failure) {}

  /** Has the tokens of a group revoked. */
  @FunctionalInterface
  public interface Revoking {
    /**
     * Revokes them; it is on the registrar's disk when this returns.
     *
     * @return why it has to be tried again; null when it is done
     */
    @Nullable String revoke(Grants.Ended ended) throws InterruptedException;
  }

  private GrantEnds(Grants grants, Revoking revoking, AuthorityAudit audit) {
    this.grants = grants;
    this.revoking = revoking;
    this.audit = audit;
    this.thread = Thread.ofVirtual().name("ended-grants").unstarted(this::carryOnAll);
  }

  /** Begins with those that wait. */
  public static GrantEnds start(Grants grants, Revoking revoking, AuthorityAudit audit) {
    GrantEnds ends = new GrantEnds(grants, revoking, audit);
    ends.thread.start();
    return ends;
  }

  /**
   * Goes on with what a crash broke off.
   *
   * @param isClient whether a client is registered and admitted: grants of others end
   * @param sessions who ends sessions, and knows which last
   * @param teller has clients told that sessions ended
   */
  public void resume(Predicate<String> isClient, SessionHolder sessions, Runnable teller) {
    for (String client : grants.clients()) {
      if (!isClient.test(client)) {
        grants.endClient(client, this::clientEnds);
      }
    }
    grants
        .endingSessions()
        .forEach(
            (session, subject) -> {
              sessions.end(subject, session);
              ended.session(subject, session, SESSION_ENDED);
              grants.sessionEnded(session);
              endGrants(subject, SESSION_ENDED, one -> isOnlyOf(one, session));
            });
    // What is to be revoked is with the next tick: a registrar that is away holds up no start.
    this.lasting = sessions::lasts;
    this.telling = teller;
  }

  /** Hears of a session that was ended; it keeps that before it returns. */
  @FunctionalInterface
  public interface Ended {
    void session(String subject, String session, String why);
  }

  /** Sets what hears of ended sessions from now on, perhaps twice of one. */
  public void announce(Ended to) {
    this.ended = to;
  }

  /** Holds people's sessions. */
  public interface SessionHolder {
    /** Ends one, where it lasts; nobody is told of it. */
    void end(String subject, String session);

    /** Whether one lasts. */
    boolean lasts(String subject, String session);
  }

  @Override
  public void sessionEnds(Session session) {
    grants.sessionEnds(session.subject(), session.id());
  }

  /** A session ended: so do the grants that do not outlive it, and its clients are told. */
  @Override
  public void sessionEnded(Session session) {
    sessionEnded(session, SESSION_ENDED);
  }

  @Override
  public void sessionHeldByTwo(Session session) {
    sessionEnded(session, "the session's secret was used by two");
  }

  private void sessionEnded(Session session, String why) {
    // Who has to hear is on disk first; the grants say no more who that was.
    ended.session(session.subject(), session.id(), why);
    grants.sessionEnded(session.id());
    telling.run();
    end(session.subject(), why, one -> isOnlyOf(one, session.id()));
  }

  private static boolean isOnlyOf(Grant grant, String session) {
    return grant.allowed().session().equals(session) && !grant.allowed().isOffline();
  }

  @Override
  public void consentWithdrawn(String subject, String clientId) {
    grants.withdrawn(subject, clientId);
    telling.run();
    end(subject, "the person took it back", one -> one.allowed().clientId().equals(clientId));
  }

  @Override
  public void personRecovered(String subject) {
    end(subject, "the person came back by recovery", one -> true);
  }

  /**
   * A person is removed, disabled or reset: once before their sessions end, so that the reason is
   * this one, and once after, for what was begun on them meanwhile.
   *
   * @param why what happened to the person
   * @return why access tokens are not revoked yet, which is tried again; empty when all are
   */
  public Optional<String> personEnded(String subject, String why) {
    var _ = endGrants(subject, why, one -> true);
    // Also where none ended: those of sessions that ended before may not be revoked yet.
    return revokeEnded();
  }

  /**
   * Has everything revoked that ended.
   *
   * @return why access tokens are not revoked yet, which is tried again; empty when all are
   */
  public Optional<String> revokeEnded() {
    return Optional.ofNullable(revokeAll());
  }

  /**
   * What came of one grant ends: its refresh tokens and access tokens.
   *
   * @return why access tokens are not revoked yet, which is tried again; empty when all are
   */
  public Optional<String> grantEnded(String subject, String grant, String why) {
    var _ = endGrants(subject, why, one -> one.id().equals(grant));
    return Optional.ofNullable(revokeAll());
  }

  /** A client is removed or disabled: its grants end one by one. */
  public void clientEnded(String clientId) {
    if (grants.endClient(clientId, this::clientEnds) > 0) {
      revokeAll();
    }
  }

  // What ended at another authority, of what began here before that.

  /** The same of a person who was ended at another authority. */
  public void personEnded(String subject, String why, Instant before) {
    end(subject, why, one -> one.begunAt().isBefore(before));
  }

  /** A person took back at another authority what they allowed a client. */
  public void consentEnded(String subject, String clientId, Instant before) {
    Predicate<Grant> which =
        one -> one.allowed().clientId().equals(clientId) && one.begunAt().isBefore(before);
    // What was said before this process began is said again: clients are told once.
    if (grants.ofSubject(subject).stream().anyMatch(which)) {
      grants.withdrawn(subject, clientId);
      telling.run();
      end(subject, "the person took it back", which);
    }
  }

  /** A client was ended at another authority. */
  public void clientEnded(String clientId, Instant before) {
    if (grants.endClient(clientId, before, this::clientEnds) > 0) {
      revokeAll();
    }
  }

  private void clientEnds(List<Grant> ending) {
    // Side by side: one write to the disk takes many, and the grants count until all are written.
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      ending.stream()
          .limit(OF_CLIENT_MAX)
          .map(one -> event(Operation.GRANT_END, one).message(CLIENT_ENDED))
          .forEach(draft -> writers.execute(() -> audit.recordContainment(draft)));
    }
    if (ending.size() > OF_CLIENT_MAX) {
      Grant.Allowed allowed = ending.getLast().allowed();
      audit.recordContainment(
          EventDraft.of(Operation.GRANT_END)
              .part(AuthorityAudit.PART)
              .tenant(allowed.tenant())
              .client(allowed.clientId())
              .entity("client", allowed.clientId())
              .message(
                  CLIENT_ENDED + ": " + (ending.size() - OF_CLIENT_MAX) + " more grants ended"));
    }
  }

  /** A client gives up a refresh token (RFC 7009 2.1), and with it the access tokens. */
  public void givenUp(Grant grant) {
    end(grant.allowed().subject(), "the client gave it up", one -> one.id().equals(grant.id()));
  }

  private void end(String subject, String why, Predicate<Grant> which) {
    if (endGrants(subject, why, which)) {
      revokeAll();
    }
  }

  /** Whether any ended. */
  private boolean endGrants(String subject, String why, Predicate<Grant> which) {
    List<Grant> ending = grants.ofSubject(subject).stream().filter(which).toList();
    for (Grant one : ending) {
      audit.recordContainment(event(Operation.GRANT_END, one).message(why));
    }
    return !ending.isEmpty() && grants.end(subject, ending::contains) > 0;
  }

  /** A code or refresh token was used twice: two parties hold it. */
  void replayed(Grants.Turn turn, Asked asked) {
    Grant grant = turn.grant();
    asked.inTheNameOf(grant.allowed().tenant(), grant.allowed().subject());
    audit.recordContainment(
        asked
            .draft(Operation.CREDENTIAL_REUSE)
            .entity(turn.isCode() ? "code" : "refresh token", grant.id())
            .message(
                (turn.isCode() ? "a code" : "a refresh token")
                    + " was used a second time: the grant and its tokens end"));
    asked.told();
    turn.end();
    revokeAll();
  }

  private static EventDraft event(Operation operation, Grant grant) {
    return EventDraft.of(operation)
        .part(AuthorityAudit.PART)
        .tenant(grant.allowed().tenant())
        .user(grant.allowed().subject())
        .client(grant.allowed().clientId())
        .entity("grant", grant.id());
  }

  /** Why one is not revoked yet; null when all are. */
  private @Nullable String revokeAll() {
    @Nullable Silence present = silence;
    if (present != null
        && System.nanoTime() - present.sinceNanos < SILENT_FOR.toNanos()
        && !grants.toRevoke().isEmpty()) {
      return present.failure;
    }
    return revokeAllThatWait();
  }

  private @Nullable String revokeAllThatWait() {
    @Nullable String last = null;
    try {
      for (Grants.Ended ended : grants.toRevoke()) {
        long asked = System.nanoTime();
        @Nullable String failure = revoking.revoke(ended);
        if (failure == null) {
          silence = null;
          grants.revoked(ended);
          continue;
        }
        last = failure;
        if (failureLines.take(System.nanoTime())) {
          LOG.log(
              System.Logger.Level.WARNING,
              "the tokens of group {0} are not revoked yet. The authority tries again: {1}",
              ended.group(),
              failure);
        }
        if (System.nanoTime() - asked > SLOW.toNanos()) {
          silence = new Silence(System.nanoTime(), failure);
          break;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      last = "this process ends";
    }
    return last;
  }

  private void carryOnAll() {
    try {
      for (int tick = 0; !end.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS); tick++) {
        carryOn(tick % TIDY_EVERY == 0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void carryOn(boolean tidies) {
    try {
      revokeAllThatWait();
      telling.run();
      if (tidies) {
        grants.sessionsRanOut(lasting);
        grants.tidy();
      }
    } catch (IOException | RuntimeException e) {
      if (failureLines.take(System.nanoTime())) {
        LOG.log(System.Logger.Level.ERROR, "looking after what people allowed failed", e);
      }
    }
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
