package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.PersonChanges.Change;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.Subjects;
import dev.counterfoil.signals.sending.EventSender;
import dev.counterfoil.signals.sending.Streams;
import dev.counterfoil.verifier.RefusalCode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where events come from: what changes for people, sessions that end, keys that are taken back, and
 * tokens that nobody issued. What changed stands in the directory until the streams have it, so
 * that a crash leaves no change untold.
 */
public final class SignalSources implements GrantEnds.Ended, AutoCloseable {
  /** Shorter than it is remembered which events were told. */
  private static final Duration KEYS_TOLD_FOR = Duration.ofDays(3);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int AGAIN_MAX = 10_000;
  private static final System.Logger LOG = System.getLogger(SignalSources.class.getName());

  private final Directory directory;
  private final Streams streams;
  private final EventSender sender;
  private final PublishedKeys published;
  private final String issuer;
  private final InstantSource clock;
  private final Queue<Runnable> again = new ConcurrentLinkedQueue<>();
  private final Set<String> toldKeys = new HashSet<>();
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private volatile String lastForged = "";
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;

  private SignalSources(
      Directory directory,
      Streams streams,
      EventSender sender,
      PublishedKeys published,
      String issuer,
      InstantSource clock) {
    this.published = published;
    this.directory = directory;
    this.streams = streams;
    this.sender = sender;
    this.issuer = issuer;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("signal-sources").unstarted(this::passOnAll);
  }

  /** Begins with what a process before has not passed on. */
  public static SignalSources start(
      Directory directory,
      Streams streams,
      EventSender sender,
      PublishedKeys published,
      String issuer,
      InstantSource clock) {
    SignalSources sources = new SignalSources(directory, streams, sender, published, issuer, clock);
    directory.changes().onChange(sources.wake::release);
    sources.thread.start();
    return sources;
  }

  private void passOnAll() {
    try {
      while (true) {
        wake.drainPermits();
        attempt(this::tellOfKeys);
        attempt(this::passOn);
        attempt(this::tellThoseAgain);
        var _ = wake.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  /** Passes on what comes of one source. */
  @FunctionalInterface
  private interface Passing {
    void run() throws InterruptedException;
  }

  /** What fails of one source holds up no other. */
  private void attempt(Passing passing) throws InterruptedException {
    try {
      passing.run();
    } catch (RuntimeException e) {
      if (failureLines.take(System.nanoTime())) {
        LOG.log(System.Logger.Level.ERROR, "passing on what changed failed", e);
      }
    }
  }

  /** Passes some on. A crash between the two steps tells one again. */
  private void passOn() {
    List<Change> changes = directory.changes().next();
    for (Change change : changes) {
      event(change, issuer).ifPresent(streams::tell);
      directory.changes().done(change);
    }
    if (!changes.isEmpty()) {
      sender.wake();
      // There may be more.
      wake.release();
    }
  }

  /** The key log is durable, and says everything again: what was told is told once. */
  private void tellOfKeys() throws InterruptedException {
    Optional<KeySet> keys = published.current().map(PublishedKeys.Published::set);
    if (keys.isEmpty()) {
      return;
    }
    for (SecurityEvent event : keyEvents(keys.get(), clock.instant())) {
      if (!toldKeys.contains(event.id())) {
        streams.tell(event);
        toldKeys.add(event.id());
        sender.wake();
      }
    }
  }

  /** What is told of keys; nothing that happened long ago. Pure. */
  static List<SecurityEvent> keyEvents(KeySet keys, Instant now) {
    Instant since = now.minus(KEYS_TOLD_FOR);
    List<SecurityEvent> events = new ArrayList<>();
    for (KeySet.RevokedKey key : keys.revokedKeys()) {
      if (key.at().isAfter(since)) {
        events.add(
            ofKey(
                "key-revoked-" + key.kid() + "-" + key.log() + "-" + key.from(),
                EventTypes.KEY_COMPROMISED,
                key.kid(),
                JsonObject.builder()
                    .put("issuer", keys.issuer())
                    .put("log", key.log())
                    .put("from_position", key.from())
                    .build(),
                key.at()));
      }
    }
    for (KeySet.WithdrawnKey key : keys.withdrawals()) {
      if (key.reason() == WithdrawalReason.COMPROMISED && key.at().isAfter(since)) {
        events.add(
            ofKey(
                "key-withdrawn-" + key.kid(),
                EventTypes.KEY_WITHDRAWN,
                key.kid(),
                JsonObject.builder().put("issuer", keys.issuer()).build(),
                key.at()));
      }
    }
    return events;
  }

  /**
   * That a token was presented here which a key of this issuer signed and no log has. It is told
   * once an hour for each key, as the thief of a key can make any number of such tokens. Empty for
   * every other sighting. Pure.
   */
  static Optional<SecurityEvent> neverIssued(Sighting sighting, String issuer) {
    @Nullable String kid = sighting.token().kid();
    @Nullable Hash digest = sighting.token().digest();
    // There is evidence only of what the named key signed.
    if (kid == null
        || digest == null
        || sighting.evidence() == null
        || !sighting.outcome().equals(RefusalCode.NEVER_ISSUED.text())) {
      return Optional.empty();
    }
    return Optional.of(
        ofKey(
            "never-issued-" + kid + "-" + sighting.seenAt().truncatedTo(ChronoUnit.HOURS),
            EventTypes.TOKEN_NEVER_ISSUED,
            kid,
            JsonObject.builder().put("issuer", issuer).put("digest", digest.base64Url()).build(),
            sighting.seenAt()));
  }

  /** Hears of tokens that are presented here. A request waits: what is told of them comes later. */
  void sighted(Sighting sighting) {
    neverIssued(sighting, issuer)
        .filter(event -> !event.id().equals(lastForged) && again.size() < AGAIN_MAX)
        .ifPresent(
            event -> {
              lastForged = event.id();
              again.add(
                  () -> {
                    streams.tell(event);
                    sender.wake();
                  });
              wake.release();
            });
  }

  private static SecurityEvent ofKey(
      String id, String type, String kid, JsonObject detail, Instant at) {
    return new SecurityEvent(id, "", type, Subjects.opaque(kid), detail.with("kid", kid), at);
  }

  /** What is told of a change; empty for nothing. Pure. */
  static Optional<SecurityEvent> event(Change change, String issuer) {
    JsonObject person = Subjects.person(issuer, change.subject());
    JsonObject nothing = JsonObject.builder().build();
    return switch (change.kind()) {
      case DISABLED -> told(change, EventTypes.ACCOUNT_DISABLED, person, nothing);
      case ENABLED -> told(change, EventTypes.ACCOUNT_ENABLED, person, nothing);
      case REMOVED -> told(change, EventTypes.ACCOUNT_PURGED, person, nothing);
      // RISC 1.0 2.5: the subject is the identifier as it was.
      case EMAIL ->
          told(
              change,
              EventTypes.IDENTIFIER_CHANGED,
              Subjects.email(change.was()),
              change.becomes().isEmpty()
                  ? nothing
                  : JsonObject.builder().put("new-value", change.becomes()).build());
      case CREDENTIAL ->
          told(
              change,
              EventTypes.CREDENTIAL_CHANGE,
              person,
              JsonObject.builder()
                  .put("credential_type", change.was())
                  .put("change_type", change.becomes())
                  .build());
    };
  }

  private static Optional<SecurityEvent> told(
      Change change, String type, JsonObject subject, JsonObject detail) {
    return Optional.of(
        new SecurityEvent(
            "person-" + change.id() + "-" + change.at().toEpochMilli(),
            change.tenant(),
            type,
            subject,
            detail,
            change.at()));
  }

  /**
   * A database that is away holds up no session's end: the event is told when it is back, unless
   * this process ends before.
   */
  @Override
  public void session(String subject, String session, String why) {
    Instant at = clock.instant();
    try {
      tellOfSession(subject, session, why, at);
    } catch (RuntimeException e) {
      if (failureLines.take(System.nanoTime())) {
        LOG.log(System.Logger.Level.ERROR, "receivers do not hear yet that a session ended", e);
      }
      if (again.size() < AGAIN_MAX) {
        again.add(() -> tellOfSession(subject, session, why, at));
      }
    }
  }

  private void tellThoseAgain() {
    for (Runnable one = again.peek(); one != null; one = again.peek()) {
      one.run();
      again.poll();
    }
  }

  /** Of a person who is gone nothing is told: that they are gone ends all sessions. */
  private void tellOfSession(String subject, String session, String why, Instant at) {
    Optional<Person> person = directory.bySubject(subject);
    if (person.isEmpty()) {
      return;
    }
    streams.tell(
        new SecurityEvent(
            "session-" + session,
            person.get().tenant(),
            EventTypes.SESSION_REVOKED,
            Subjects.session(issuer, subject, session),
            JsonObject.builder()
                .put("reason_admin", JsonObject.builder().put("en", why).build())
                .build(),
            at));
    sender.wake();
  }

  @Override
  public void close() {
    directory.changes().onChange(() -> {});
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
