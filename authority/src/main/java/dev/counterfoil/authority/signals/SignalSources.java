package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.PersonChanges.Change;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.Subjects;
import dev.counterfoil.signals.sending.EventSender;
import dev.counterfoil.signals.sending.Streams;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Where events come from: what changes for people, and sessions that end. What changed stands in
 * the directory until the streams have it, so that a crash leaves no change untold.
 */
public final class SignalSources implements GrantEnds.Ended, AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int IN_ONE_LOOK_MAX = 500;
  private static final System.Logger LOG = System.getLogger(SignalSources.class.getName());

  private final Directory directory;
  private final Streams streams;
  private final EventSender sender;
  private final String issuer;
  private final InstantSource clock;
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;

  private SignalSources(
      Directory directory,
      Streams streams,
      EventSender sender,
      String issuer,
      InstantSource clock) {
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
      String issuer,
      InstantSource clock) {
    SignalSources sources = new SignalSources(directory, streams, sender, issuer, clock);
    directory.changes().onChange(sources.wake::release);
    sources.thread.start();
    return sources;
  }

  private void passOnAll() {
    try {
      while (true) {
        wake.drainPermits();
        boolean isMore = false;
        try {
          isMore = passOn();
        } catch (RuntimeException e) {
          if (failureLines.take(System.nanoTime())) {
            LOG.log(System.Logger.Level.ERROR, "passing on what changed for people failed", e);
          }
        }
        if (!isMore) {
          var _ = wake.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  /** Passes some on; whether there may be more. A crash between the two steps tells one again. */
  private boolean passOn() {
    List<Change> changes = directory.changes().next();
    for (Change change : changes) {
      event(change, issuer).ifPresent(streams::tell);
      directory.changes().done(change);
    }
    if (!changes.isEmpty()) {
      sender.wake();
    }
    return changes.size() >= IN_ONE_LOOK_MAX;
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

  /** Of a person who is gone nothing is told: that they are gone ends all sessions. */
  @Override
  public void session(String subject, String session, String why) {
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
            clock.instant()));
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
