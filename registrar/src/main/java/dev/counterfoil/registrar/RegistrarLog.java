package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The key log as its registrar writes it, and what it says so far. What is recorded counts when its
 * entry is durable, and is answered when it stands under the published checkpoint. Belongs to the
 * registrar's thread.
 */
final class RegistrarLog {
  private final RegistrarConfiguration configuration;
  private final EntryLog log;
  private final StatementKeys statementKeys;
  private final InstantSource clock;
  private final KeyLogBegun begun;
  private final @Nullable RevocationWriter revocations;
  private final RevocationRoom room = new RevocationRoom();
  private KeyLogState state;
  private boolean isFull;
  private Consumer<KeyLogEvent> before = _ -> {};

  RegistrarLog(
      RegistrarConfiguration configuration,
      EntryLog log,
      KeyLogState state,
      StatementKeys statementKeys,
      InstantSource clock,
      KeyLogBegun begun,
      @Nullable RevocationWriter revocations) {
    this.configuration = configuration;
    this.log = log;
    this.state = state;
    this.statementKeys = statementKeys;
    this.clock = clock;
    this.begun = begun;
    this.revocations = revocations;
  }

  /** Whom to tell of each change before it is recorded. */
  void onEntry(Consumer<KeyLogEvent> told) {
    before = told;
  }

  /** What the log says. */
  KeyLogState state() {
    return state;
  }

  /** Number of entries: of changes that were ever recorded. */
  long size() {
    return log.size();
  }

  /** The registrar's time. */
  Instant now() {
    return clock.instant();
  }

  /** Signs a head of the log with the time of now, so that verifiers know that it is fresh. */
  void signHead() {
    log.publish();
  }

  /** Records what gives trust: signed, and bound to its place in the log. */
  Answer give(List<KeyLogEvent.Gives> events) throws FormatException, GeneralSecurityException {
    Optional<StatementSigner> signer = signer();
    if (signer.isEmpty()) {
      return noDelegation();
    }
    List<byte[]> entries = new ArrayList<>();
    for (KeyLogEvent.Gives event : events) {
      entries.add(
          KeyLogEntry.of(
              event,
              clock.instant(),
              KeyLog.origin(configuration.process().issuer().toString()),
              log.size() + entries.size(),
              signer.get()));
    }
    events.forEach(before);
    return record(entries);
  }

  /** Records what takes trust away. */
  Answer takeBack(KeyLogEvent.Takes event) throws FormatException {
    return takeBack(List.of(event));
  }

  /** The same of several, under one checkpoint. */
  Answer takeBack(List<? extends KeyLogEvent.Takes> events) throws FormatException {
    Instant now = clock.instant();
    events.forEach(before);
    return record(events.stream().map(event -> KeyLogEntry.of(event, now)).toList());
  }

  /**
   * Revokes tokens: in the open revocation log, and where none is open, in the next; or in the key
   * log itself, where the configuration wants no others.
   *
   * @param until when the last of the tokens has expired
   */
  Answer revoke(KeyLogEvent.Takes event, Instant until) throws IOException, FormatException {
    if (revocations == null || !revocations.takes(state)) {
      return takeBack(event);
    }
    if (state.revocationLogs().open().isEmpty()) {
      Answer stated = takeBack(new KeyLogEvent.RevocationLogStated(revocations.begin(state)));
      if (state.revocationLogs().open().isEmpty()) {
        revocations.end();
        return stated;
      }
    }
    before.accept(event);
    EntryLog.Outcome outcome = revocations.append(event, until);
    if (outcome == EntryLog.Outcome.FULL) {
      return full();
    }
    isFull = false;
    state.revoke(List.of(KeyLogEntry.of(event, clock.instant())));
    return outcome == EntryLog.Outcome.PUBLISHED && log.publish() ? changed(true) : unpublished();
  }

  /** Ends the open revocation log where it is time; what cannot be recorded now is done later. */
  void keepRevocations() throws IOException, FormatException {
    if (RevocationRoom.alarm(state.revocationCount()) > 0) {
      // Those that are over alarm nobody.
      state.forget(clock.instant());
    }
    room.warn(state.revocationCount());
    if (revocations == null) {
      return;
    }
    Optional<KeyLogEvent.RevocationLogEnded> due = revocations.due(state);
    if (due.isPresent()) {
      Answer _ = takeBack(due.get());
      if (state.revocationLogs().open().isEmpty()) {
        revocations.end();
      }
    }
  }

  /**
   * Makes entries durable and publishes a checkpoint over them, and only then they count. What a
   * verifier would refuse never gets that far.
   */
  Answer record(List<byte[]> entries) throws FormatException {
    boolean takes = true;
    for (byte[] entry : entries) {
      takes &= KeyLogEntry.takes(entry);
    }
    // What takes trust away is never refused, and comes in numbers: no copy is made for it.
    KeyLogState next = takes ? state : state.copy();
    if (!takes) {
      for (byte[] entry : entries) {
        next.apply(entry);
      }
    }
    EntryLog.Outcome outcome = log.append(entries);
    if (outcome == EntryLog.Outcome.FULL) {
      return full();
    }
    isFull = false;
    begun.mark();
    if (takes) {
      for (byte[] entry : entries) {
        next.apply(entry);
      }
    }
    state = next;
    return outcome == EntryLog.Outcome.PUBLISHED ? changed(true) : unpublished();
  }

  /** Why not everything is recorded that is asked for; empty while all is. */
  Optional<String> obstacle() {
    if (isFull) {
      return Optional.of("its disk is full, and it records nothing more. Make room on its disk");
    }
    return log.isPublished()
        ? Optional.empty()
        : Optional.of(
            "what it records takes no effect, as the key log's folder cannot be written. Make room on its disk");
  }

  private Answer full() {
    isFull = true;
    return new Answer.Refused(
        Code.DISK_FULL, "the registrar has used up its reserve. Make room on its disk");
  }

  static Answer unpublished() {
    return new Answer.Refused(
        Code.DISK_FULL,
        "it is recorded, and takes effect as soon as the key log's folder can be"
            + " written. Make room on its disk");
  }

  /** Nothing to record; but what was recorded before may wait to be published. */
  Answer unchanged() {
    return log.isPublished() || log.publish() ? changed(false) : unpublished();
  }

  Answer changed(boolean changed) {
    return done(JsonObject.builder().put("changed", changed).put("version", size()).build());
  }

  static Answer done(JsonObject result) {
    return new Answer.Done(result);
  }

  static Answer.Refused noDelegation() {
    return new Answer.Refused(
        Code.NO_KEY,
        "no delegation of the root is valid now. Hold a ceremony for"
            + " ceremony-request.json in the registrar's folder (docs/operate/root.md)");
  }

  /** Signs with the key that the standing delegation names; empty when none stands. */
  Optional<StatementSigner> signer() {
    return delegation().flatMap(standing -> statementKeys.of(standing.statementKey()));
  }

  /** The delegation that stands now; empty when there is none, or its window does not hold. */
  Optional<Delegation> delegation() {
    return state.root().reachesPin() ? state.delegation(clock.instant()) : Optional.empty();
  }
}
