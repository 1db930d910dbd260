package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The registrar's revocation logs: short-lived logs beside the key log, which take the revocations
 * of single tokens and of groups (spec/keylog.md, Revocation logs). One is open at most; its size
 * stands under each head of the key log. Belongs to the registrar's thread.
 *
 * <p>An entry is durable here before a head says so. A crash between the two leaves entries that
 * the next start's first head names.
 */
final class RevocationWriter implements AutoCloseable {
  /** How long a log takes revocations: as long as the longest token lives. */
  static final Duration OPEN_FOR = Duration.ofHours(1);

  /**
   * How long its files stay after the last token that it names has expired: for custodians that
   * were away, who keep them for auditors.
   */
  static final Duration KEPT_FOR = Duration.ofDays(7);

  private final RevocationFolders folders;
  private final NoteSigner keyLog;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final boolean isWanted;
  private @Nullable Open open;

  /** The log that takes revocations. */
  private static final class Open {
    private final long number;
    private final EntryLog log;
    private Instant until = Instant.EPOCH;

    Open(long number, EntryLog log) {
      this.number = number;
      this.log = log;
    }
  }

  /**
   * Writes none yet.
   *
   * @param keyLog the key log's key
   * @param isWanted whether revocations go here; where not, into the key log itself
   */
  RevocationWriter(
      RevocationFolders folders,
      NoteSigner keyLog,
      InstantSource clock,
      RandomGenerator random,
      boolean isWanted) {
    this.folders = folders;
    this.keyLog = keyLog;
    this.clock = clock;
    this.random = random;
    this.isWanted = isWanted;
  }

  /** Adds the line about the open log to a head's other lines. */
  EntryLog.HeadLine headLine(EntryLog.HeadLine others) {
    return checkpoint -> {
      List<SignedNote.NoteSignature> lines = new ArrayList<>(others.sign(checkpoint));
      Optional<RevocationTip> tip = tip();
      if (tip.isPresent()) {
        lines.add(tip.get().sign(checkpoint.text(), keyLog));
      }
      return lines;
    };
  }

  /** How large the open log is now; empty where none is open. */
  Optional<RevocationTip> tip() {
    Open now = open;
    return now == null
        ? Optional.empty()
        : Optional.of(
            new RevocationTip(
                now.number,
                now.log.tree().size(),
                now.log.tree().root(),
                clock.instant().truncatedTo(ChronoUnit.SECONDS)));
  }

  /**
   * Takes up the logs that may name tokens that have not expired.
   *
   * @param state as the key log has it, which takes in what stands in them
   * @throws LogRewoundException when one is not what the key log or its own head says
   */
  void takeUp(KeyLogState state) throws IOException {
    RevocationLogs logs = state.revocationLogs();
    for (RevocationLogs.Ended ended : logs.ended()) {
      try (EntryLog log = read(ended.number(), state)) {
        if (log.size() != ended.size() || !log.tree().root().equals(ended.root())) {
          throw new LogRewoundException(
              "revocation log "
                  + ended.number()
                  + " is not what the key log records of it. It has "
                  + log.size()
                  + " entries of "
                  + ended.size(),
              log.size(),
              ended.size());
        }
      }
    }
    if (logs.open().isPresent()) {
      long number = logs.open().getAsLong();
      Open taken = new Open(number, read(number, state));
      open = taken;
      // What it names is in the state now; nothing of it is over before the longest of all.
      taken.until = latest(state);
    }
  }

  private static Instant latest(KeyLogState state) {
    Instant latest = Instant.EPOCH;
    for (var token : state.revokedTokens()) {
      latest = token.until().isAfter(latest) ? token.until() : latest;
    }
    for (var group : state.revokedGroups()) {
      latest = group.until().isAfter(latest) ? group.until() : latest;
    }
    return latest;
  }

  private EntryLog read(long number, KeyLogState state) throws IOException {
    EntryLog log = open(number);
    boolean isRead = false;
    try {
      List<byte[]> entries = new ArrayList<>();
      log.scan((index, entry) -> entries.add(entry));
      state.revoke(entries);
      isRead = true;
      return log;
    } catch (FormatException e) {
      throw new LogDamagedException(
          "revocation log " + number + " has an entry that is none: " + e.getMessage(), e);
    } finally {
      if (!isRead) {
        log.close();
      }
    }
  }

  private EntryLog open(long number) throws IOException {
    NoteKey key = RevocationLogs.key(keyLog.key(), number);
    NoteSigner signer =
        new NoteSigner() {
          @Override
          public NoteKey key() {
            return key;
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            return keyLog.sign(message);
          }
        };
    // Its own checkpoint says no time: a head of the key log does.
    return EntryLog.open(
        folders.journal(number),
        folders.published(number),
        JournalOptions.REVOCATIONS,
        signer,
        _ -> List.of(),
        random);
  }

  /** Whether a revocation goes into a revocation log. */
  boolean takes(KeyLogState state) {
    return isWanted || state.revocationLogs().open().isPresent();
  }

  /**
   * Opens the next log, before the key log states it.
   *
   * @return its number
   */
  long begin(KeyLogState state) throws IOException {
    long number = state.revocationLogs().last() + 1;
    folders.clear(
        log -> log >= number || state.revocationLogs().isLive(log),
        clock.instant().minus(OPEN_FOR).minus(KEPT_FOR));
    open = new Open(number, open(number));
    return number;
  }

  /** Gives up a log that could not be stated, or has ended. */
  void end() throws IOException {
    Open ended = open;
    open = null;
    if (ended != null) {
      ended.log.close();
      ended.log.giveUpReserve();
    }
  }

  /** Records in the open log. */
  EntryLog.Outcome append(KeyLogEvent.Takes event, Instant until) {
    Open now = open;
    if (now == null) {
      throw new IllegalStateException("no revocation log is open");
    }
    EntryLog.Outcome outcome = now.log.append(List.of(KeyLogEntry.of(event, clock.instant())));
    if (outcome != EntryLog.Outcome.FULL && until.isAfter(now.until)) {
      now.until = until;
    }
    return outcome;
  }

  /** The end of the open log, when it has taken revocations for long enough, or no more shall. */
  Optional<KeyLogEvent.RevocationLogEnded> due(KeyLogState state) {
    Open now = open;
    if (now == null
        || now.log.size() == 0
        || (isWanted
            && clock.instant().isBefore(state.revocationLogs().openSince().plus(OPEN_FOR)))) {
      return Optional.empty();
    }
    return Optional.of(
        new KeyLogEvent.RevocationLogEnded(
            now.number, now.log.tree().size(), now.log.tree().root(), now.until));
  }

  /**
   * What a line about revocations that the key log's key signed once has against the logs that
   * there are; empty when nothing.
   */
  Optional<String> objection(RevocationTip tip, KeyLogState state) {
    RevocationLogs logs = state.revocationLogs();
    Optional<RevocationTip> mine = tip();
    if (tip.number() > logs.last()) {
      return Optional.of("revocation log " + tip.number() + " is not known here");
    }
    if (mine.isPresent() && mine.get().number() == tip.number()) {
      return switch (Extension.judge(checkpoint(tip), checkpoint(mine.get()))) {
        case SAME, EXTENDS, UNPROVEN, MISFIT -> Optional.empty();
        case OLDER ->
            Optional.of(
                "revocation log %d had %d entries, and here are %d"
                    .formatted(tip.number(), tip.size(), mine.get().size()));
        case FORKED ->
            Optional.of(
                "revocation log %d had other entries than the %d that are here"
                    .formatted(tip.number(), mine.get().size()));
      };
    }
    return logs.ended(tip.number())
        .filter(ended -> ended.size() < tip.size())
        .map(
            ended ->
                "revocation log %d had %d entries, and ended with %d"
                    .formatted(tip.number(), tip.size(), ended.size()));
  }

  private static Checkpoint checkpoint(RevocationTip tip) {
    return new Checkpoint(RevocationLogs.path(tip.number()), tip.size(), tip.root());
  }

  @Override
  public void close() throws IOException {
    Open last = open;
    open = null;
    if (last != null) {
      last.log.close();
    }
  }
}
