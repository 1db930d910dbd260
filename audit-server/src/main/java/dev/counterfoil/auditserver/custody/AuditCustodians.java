package dev.counterfoil.auditserver.custody;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.log.LogWitnesses;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the audit log's custodians say that they hold. Their words count by their keys in the
 * configuration; one who falls behind is a finding, and so is one who holds another log than this
 * one, or more of it. Safe for concurrent use.
 */
public final class AuditCustodians {
  /** How long a custodian may lack an event, for a restart or a network that is away. */
  public static final Duration TOLERATED = Duration.ofSeconds(60);

  /** Longest wait of a bundle for words that come once a second. */
  private static final Duration WORD_WAIT_MAX = Duration.ofSeconds(3);

  /** While a bundle is begun another one may come, of more than it has. */
  private static final int COUNTS_KEPT = 2;

  /** Pause between two looks at who is behind. */
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final List<CosignerKey> keys = new ArrayList<>();

  /** Who may read the records, and whose counts he tells: each key's caller. */
  private final Map<CosignerKey, String> clients = new HashMap<>();

  private final Auditor auditor;
  private final Cosigning cosigning;
  private final Consumer<Behind> toldOf;
  private final Consumer<String> contradicted;
  private final InstantSource clock;

  /** Sizes of the log at the last looks, the oldest first. */
  private final Deque<Mark> marks = new ArrayDeque<>();

  private final Set<String> behind = new HashSet<>();
  private long heldSize = -1;
  private @Nullable SignedNote held;

  /** The newest word of each custodian, and his newest on the counts, the last one first. */
  private final Map<CosignerKey, SignedNote> words = new HashMap<>();

  private final Map<CosignerKey, List<HeldWord.Counted>> counted = new HashMap<>();

  /** One statement at a time is counted for: exports count too, and do not wait for custodians. */
  private final Semaphore comparing = new Semaphore(1);

  /** The largest state that each custodian's counts were of, right or wrong. */
  private final Map<CosignerKey, Long> compared = new ConcurrentHashMap<>();

  private record Mark(Instant at, long size) {}

  /**
   * One whose word counts.
   *
   * @param client as whom it reads the records
   */
  public record Custodian(CosignerKey key, Caller client) {}

  /**
   * One that has not stated for longer than {@link #TOLERATED} that it holds newer events.
   *
   * @param custodian its name
   * @param log the audit log's
   * @param size what it stated last
   * @param problem what was wrong with its last word
   */
  public record Behind(String custodian, String log, long size, String problem) {}

  /**
   * Custodians of a log.
   *
   * @param custodians whose word counts, and as whose clients they read
   * @param behind told once when one falls behind
   * @param contradicted told when one holds another log, or more of it
   */
  public AuditCustodians(
      List<Custodian> custodians,
      Auditor auditor,
      Consumer<Behind> behind,
      Consumer<String> contradicted,
      InstantSource clock) {
    this.auditor = auditor;
    this.toldOf = behind;
    this.contradicted = contradicted;
    this.clock = clock;
    List<Cosigner> cosigners = new ArrayList<>();
    for (Custodian custodian : custodians) {
      CosignerKey key = custodian.key();
      clients.put(key, custodian.client().name());
      keys.add(key);
      cosigners.add(new Cosigner(key.name(), key, Cosigner.Kind.CUSTODIAN, false));
    }
    // No witness is among them, so that nothing is published here.
    this.cosigning = auditor.cosigning(cosigners, 0);
  }

  /** Whether there are any. */
  public boolean areAny() {
    return !cosigning.standings().isEmpty();
  }

  /**
   * Whether a caller is one of them. All three must fit: tenant and scope alone are words of any
   * domain's issuer.
   */
  boolean admits(Caller caller) {
    return caller.tenant().equals(KeyCeiling.OWN_TENANT) && clients.containsValue(caller.name());
  }

  /** Whether a note counts: see {@link Cosigning#judge}. */
  boolean take(SignedNote note) throws IOException {
    NoteKey log = auditor.key();
    return switch (cosigning.judge(note, clock.instant())) {
      case Cosigning.Verdict.Counted counted -> {
        remember(note, counted);
        yield true;
      }
      case Cosigning.Verdict.Contradicted other -> {
        if (other.proven()) {
          contradicted.accept(
              ("%s holds a different tree of %s at size %d than this monitor: there are"
                      + " two histories")
                  .formatted(other.by(), log.name(), other.theirs().size()));
        }
        yield false;
      }
      case Cosigning.Verdict.Rewound rewound -> {
        contradicted.accept(
            ("%s holds %d events of %s, but this monitor has only %d: its disk was put"
                    + " back, and events are lost")
                .formatted(rewound.by(), rewound.theirs().size(), log.name(), rewound.size()));
        yield false;
      }
      case Cosigning.Verdict.Refused refused -> false;
    };
  }

  /** Without what others wrote below it: anybody can bring a note here. */
  private synchronized void remember(SignedNote note, Cosigning.Verdict.Counted counted) {
    SignedNote kept =
        new SignedNote(
            note.text(),
            note.signatures().stream().filter(line -> isKept(line, note, counted)).toList());
    for (CosignerKey key : keys) {
      if (counted.counted().containsKey(key.name())
          && isNewer(kept, counted.size(), words.get(key), key)) {
        words.put(key, kept);
      }
    }
    if (counted.size() >= heldSize) {
      heldSize = counted.size();
      held = kept;
    }
    notifyAll();
  }

  /** Whether a word is of more than the one before, or of as much and not older. */
  private static boolean isNewer(
      SignedNote word, long size, @Nullable SignedNote before, CosignerKey key) {
    long known = sizeOf(before);
    long saidAt = saidAt(word, key);
    return saidAt >= 0 && (size > known || (size == known && saidAt >= saidAt(before, key)));
  }

  private static long saidAt(@Nullable SignedNote word, CosignerKey key) {
    return word == null ? -1 : Cosignature.find(word, key).map(Cosignature::timestamp).orElse(-1L);
  }

  private static long sizeOf(@Nullable SignedNote note) {
    try {
      return note == null ? -1 : Checkpoint.parse(note.text()).size();
    } catch (FormatException e) {
      throw new IllegalStateException("a note that counted", e);
    }
  }

  /**
   * Whether a statement of counts is a custodian's, and of what this log counts itself. One that
   * counts otherwise below the same state is told of: he has records under other tenants, or lost
   * his secret. Each of his is of a later state than those before it.
   *
   * @param secret of this one statement. Nobody signs it: so the statement is taken from him alone
   *     whose it is, and nobody else can have it look wrong
   * @param caller who told it
   * @throws AuditUnavailableException when that cannot be seen now
   */
  boolean takeCounts(byte[] statement, Hash secret, Caller caller) throws IOException {
    for (CosignerKey key : keys) {
      if (!caller.name().equals(clients.get(key))) {
        continue;
      }
      try {
        CustodyStatement said = CustodyStatement.verify(statement, auditor.key().name(), key);
        return takeCounts(key, said, SignedNote.parse(statement), secret);
      } catch (FormatException e) {
        // Perhaps of another key of the same client.
      }
    }
    return false;
  }

  private boolean takeCounts(CosignerKey key, CustodyStatement said, SignedNote note, Hash secret)
      throws IOException {
    if (!comparing.tryAcquire()) {
      throw new AuditUnavailableException("a custodian's counts are compared at this moment");
    }
    try {
      long size = said.checkpoint().size();
      if (size <= compared.getOrDefault(key, 0L) || size > auditor.size()) {
        return false;
      }
      Optional<StatedCounts> ours = auditor.countsStatedBy(said.checkpoint(), secret.bytes());
      if (ours.isEmpty()) {
        return false;
      }
      compared.put(key, size);
      if (!ours.get().statement().equals(said)) {
        // Without the size: it is one finding for as long as it is so.
        contradicted.accept(
            ("%s counts the tenants' events of %s differently than this monitor. The"
                    + " custodian holds events under other tenants, or lost the secret of its"
                    + " statements")
                .formatted(key.name(), auditor.key().name()));
        return false;
      }
      remember(key, new HeldWord.Counted(ours.get(), note));
      return true;
    } finally {
      comparing.release();
    }
  }

  private synchronized void remember(CosignerKey key, HeldWord.Counted said) {
    List<HeldWord.Counted> newest = counted.computeIfAbsent(key, _ -> new ArrayList<>());
    newest.addFirst(said);
    if (newest.size() > COUNTS_KEPT) {
      newest.removeLast();
    }
  }

  /**
   * What each of them says, for a bundle. A word comes once a second: where none is behind it is
   * waited for.
   *
   * @param size that they are to hold
   */
  public synchronized List<HeldWord> words(long size) {
    Map<CosignerKey, SignedNote> before = Map.copyOf(words);
    awaitWords(size);
    List<HeldWord> all = new ArrayList<>();
    for (CosignerKey key : keys) {
      List<SignedNote> held = new ArrayList<>();
      for (Map<CosignerKey, SignedNote> those : List.of(words, before)) {
        SignedNote word = those.get(key);
        if (word != null && !held.contains(word)) {
          held.add(word);
        }
      }
      if (!held.isEmpty()) {
        all.add(new HeldWord(key, held, List.copyOf(counted.getOrDefault(key, List.of()))));
      }
    }
    return all;
  }

  private synchronized void awaitWords(long size) {
    long deadline = System.nanoTime() + WORD_WAIT_MAX.toNanos();
    try {
      for (long left = WORD_WAIT_MAX.toMillis();
          left > 0
              && behind.isEmpty()
              && words.values().stream().anyMatch(one -> sizeOf(one) < size);
          left = (deadline - System.nanoTime()) / 1_000_000) {
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isKept(
      SignedNote.NoteSignature line, SignedNote note, Cosigning.Verdict.Counted counted) {
    NoteKey log = auditor.key();
    if (line.name().equals(log.name()) && line.keyId() == log.id()) {
      return note.isSignedBy(log);
    }
    return counted.counted().containsKey(line.name())
        && keys.stream()
            .anyMatch(key -> line.name().equals(key.name()) && line.keyId() == key.id());
  }

  /** The newest word of one of them; empty before the first since the start. */
  synchronized Optional<SignedNote> held() {
    return Optional.ofNullable(held);
  }

  /** Says whether the process ends within a time. */
  @FunctionalInterface
  public interface Ending {
    boolean endsWithin(Duration pause) throws InterruptedException;
  }

  /**
   * Has the audit log cosigned by the witnesses of policies until the process ends; on a thread of
   * its own.
   *
   * @param contradicted told when a witness, or the log's own key, shows another history of the log
   */
  public static void askWitnesses(
      Ending ending,
      List<TrustPolicy> policies,
      Auditor auditor,
      InstantSource clock,
      Consumer<String> contradicted)
      throws InterruptedException {
    LogWitnesses.askUntil(
        ending::endsWithin,
        policies,
        // The log takes it in beside what appends.
        new LogWitnesses.Cosigned(
            auditor.reader(), auditor.key().name(), auditor::cosigning, new Object()),
        clock,
        contradicted);
  }

  /** Looks until the process ends; on a thread of its own. */
  public void lookUntil(Ending ending) throws InterruptedException {
    while (!ending.endsWithin(EVERY)) {
      look();
    }
  }

  /** Looks whether one is behind. */
  synchronized void look() {
    Instant now = clock.instant();
    Instant since = now.minus(TOLERATED);
    long wanted = 0;
    while (!marks.isEmpty() && !marks.getFirst().at().isAfter(since)) {
      wanted = marks.removeFirst().size();
    }
    if (wanted > 0) {
      // What was there so long ago still has to be held at the next look.
      marks.addFirst(new Mark(since, wanted));
    }
    marks.addLast(new Mark(now, auditor.size()));
    for (Cosigning.Standing standing : cosigning.standings()) {
      String name = standing.cosigner().name();
      if (standing.size() >= wanted) {
        behind.remove(name);
      } else if (behind.add(name)) {
        toldOf.accept(
            new Behind(
                name, auditor.key().name(), Math.max(0, standing.size()), standing.problem()));
      }
    }
  }

  /** How each stands, for people. */
  public List<JsonObject> status() {
    List<JsonObject> all = new ArrayList<>();
    for (Cosigning.Standing standing : cosigning.standings()) {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("custodian", standing.cosigner().name())
              .put("held", Math.max(0, standing.size()))
              .put("problem", standing.problem());
      standing.receivedAt().ifPresent(at -> one.put("as_of_ms", at.toEpochMilli()));
      all.add(one.build());
    }
    return all;
  }
}
