package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.log.SimulatedOthers.Custodian;
import dev.counterfoil.log.SimulatedOthers.Network;
import dev.counterfoil.log.SimulatedOthers.Witness;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One life of a log among others, from a seed: a custodian that copies the journal, three witnesses
 * of which two make a quorum, a network, levels, crashes, input/output errors, a full disk, and a
 * disk on which an older copy is put back. After a start the log gives no position before each
 * holder has spoken; when one of them knows more than the log has, the log is sealed.
 */
public final class CosignedSimulation {
  private static final int STEPS = 150;
  private static final int LEAVES_MAX = 200;
  private static final List<Level> LEVELS = List.of(Level.values());
  private static final int QUORUM = 2;
  private static final Duration WAIT = Duration.ofMillis(900);

  /** A holder's word is fresh when it is at most so much older than the start, in seconds. */
  private static final long FRESH_SECONDS = 2;

  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 64 << 10);

  /** What happened in all runs: shows that they reached what they are about. */
  public static final class Tally {
    public final Map<Level, Long> released = new EnumMap<>(Level.class);
    long steps;
    long diskOperations;
    public long unreached;
    public long crashes;
    public long putBack;
    public long sealed;

    @Override
    public String toString() {
      return "%d steps, %d disk operations, released %s, unreached %d, crashes %d, put back %d, sealed %d"
          .formatted(steps, diskOperations, released, unreached, crashes, putBack, sealed);
    }
  }

  private final Tally tally;
  private final boolean waitsForHolders;
  private final Random random;
  private final Machine machine;
  private final FaultyDisk journalDisk;
  private final FaultyDisk publicDisk;
  private final TestKey key = new TestKey(SimulatedOthers.ORIGIN);
  private final Network network;
  private final Custodian custodian = new Custodian();
  private final List<Witness> witnesses =
      Stream.of("a.example", "b.example", "c.example").map(Witness::new).toList();
  private final Map<Long, Leaf> durable = new HashMap<>();
  private final Map<Long, Leaf> safe = new HashMap<>();
  private final Set<String> heard = new HashSet<>();
  private @Nullable Checkpoint largest;
  private @Nullable Log log;
  private @Nullable Cosigning cosigning;
  private @Nullable Map<String, byte[]> journalCopy;
  private Map<String, byte[]> publicCopy = Map.of();
  private long startedSeconds;
  private boolean wasPutBack;
  private boolean ended;

  public CosignedSimulation(long seed, Tally tally, boolean waitsForHolders) {
    this.tally = tally;
    this.waitsForHolders = waitsForHolders;
    random = new Random(seed);
    machine = new Machine(random);
    journalDisk = machine.disk("journal");
    publicDisk = machine.disk("public");
    network = new Network(random, 1_700_000_000_000L);
  }

  public void steps() throws IOException {
    start();
    for (int step = 0; step < STEPS && !ended; step++) {
      tally.steps++;
      network.now += random.nextInt(60);
      try {
        step();
      } catch (Machine.CrashError e) {
        crash(random.nextBoolean());
      } catch (LogFailedException | IOException e) {
        // The process stops, as its owner is told to.
        crash(false);
      }
    }
    tally.diskOperations += machine.operations;
  }

  private void step() throws IOException {
    switch (random.nextInt(60)) {
      case 0 -> machine.crashWithin(30);
      case 1 -> machine.failWithin(30);
      case 2 -> machine.freeBytes = 100_000;
      case 3, 4, 5, 6 -> machine.healthy();
      default -> {}
    }
    for (Optional<Runnable> due = network.due(); due.isPresent(); due = network.due()) {
      due.get().run();
      if (ended) {
        return;
      }
    }
    running().levels().release();
    act();
  }

  private void act() throws IOException {
    if (!mayIssue() && random.nextInt(4) == 0) {
      askHolders();
      return;
    }
    switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4 -> checkpoint();
      case 5, 6, 7, 8 -> network.send(this::sendRecords);
      case 9 -> running().housekeep();
      case 10 -> {
        if (random.nextInt(6) == 0) {
          running().close();
          crash(false);
        }
      }
      case 11 -> check();
      case 12 -> {
        journalCopy = journalDisk.image();
        publicCopy = publicDisk.image();
      }
      case 13 -> {
        if (random.nextInt(5) == 0) {
          putBack();
        }
      }
      case 14 -> askHolders();
      default -> submit();
    }
  }

  private Log running() {
    if (log == null) {
      throw new IllegalStateException("not started");
    }
    return log;
  }

  private Instant instant() {
    return Instant.ofEpochMilli(network.now);
  }

  // The log's process.

  private void crash(boolean losesPower) throws IOException {
    tally.crashes++;
    if (losesPower) {
      machine.restartMachine();
    } else {
      machine.restartProcess();
    }
    start();
  }

  /** A start takes some seconds, and may crash too; then the outside check. */
  private void start() throws IOException {
    log = null;
    heard.clear();
    if (random.nextInt(4) == 0) {
      machine.crashWithin(10);
    }
    while (log == null) {
      network.now += 3_000 + random.nextInt(3_000);
      startedSeconds = network.seconds();
      try {
        open();
      } catch (Machine.CrashError e) {
        log = null;
        machine.restartMachine();
      }
    }
    machine.healthy();
    if (!ended) {
      check();
    }
  }

  private void open() throws IOException {
    Levels fresh = new Levels(new Levels.Options(WAIT, 1_000), () -> network.now * 1_000_000);
    Log opened = Log.open(journalDisk, publicDisk, SMALL, key, this::instant, random, fresh);
    List<Cosigner> cosigners = new ArrayList<>();
    cosigners.add(custodian.key.custodian());
    for (Witness witness : witnesses) {
      cosigners.add(
          new Cosigner(witness.key.key().name(), witness.key.key(), Cosigner.Kind.WITNESS, true));
    }
    log = opened;
    cosigning =
        new Cosigning(
                key, opened::tree, publicDisk, opened.journal(), cosigners, QUORUM, opened::raise)
            .remembering(opened.recentTrees()::rootAt);
    Optional<Cosigning.Verdict> published = cosigning.takePublished(instant());
    if (published.isPresent()) {
      handle(published.get());
    }
    opened.checkpoint();
  }

  private boolean mayIssue() {
    return !waitsForHolders || heard.size() == 1 + witnesses.size();
  }

  private void submit() {
    if (!mayIssue()) {
      return;
    }
    List<Entry> batch = new ArrayList<>();
    int count = 1 + random.nextInt(10);
    for (int i = 0; i < count; i++) {
      batch.add(new Entry(LEVELS.get(random.nextInt(LEVELS.size()))));
    }
    running().sequence(batch);
  }

  private void checkpoint() throws IOException {
    running().checkpoint();
    Optional<SignedNote> note = running().checkpointer().last();
    if (note.isEmpty()) {
      return;
    }
    Checkpoint checkpoint = parsed(note.get());
    if (largest == null || checkpoint.size() > largest.size()) {
      largest = checkpoint;
    }
    for (Witness witness : witnesses) {
      network.send(() -> atWitness(witness, checkpoint));
    }
  }

  private static Checkpoint parsed(SignedNote note) {
    try {
      return Checkpoint.parse(note.text());
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  private void putBack() throws IOException {
    if (journalCopy == null) {
      return;
    }
    tally.putBack++;
    machine.restartMachine();
    journalDisk.putBack(journalCopy);
    publicDisk.putBack(publicCopy);
    wasPutBack = true;
    largest = null;
    start();
    if (log != null) {
      long size = log.tree().size();
      durable.keySet().removeIf(position -> position >= size);
    }
  }

  // The others, and what comes from them.

  private void atWitness(Witness witness, Checkpoint checkpoint) {
    Optional<ConsistencyProof> proof = Optional.empty();
    if (witness.size > 0 && witness.size < checkpoint.size()) {
      try (LogReader reader = new LogReader(publicDisk)) {
        proof = reader.consistency(witness.size, checkpoint.size());
      } catch (IOException e) {
        return;
      }
    }
    if (witness.take(checkpoint, proof)) {
      toLog(witness.word(network.seconds()));
    }
  }

  private void sendRecords() {
    Log from = running();
    long first = custodian.held.size();
    long end = Math.min(from.tree().size(), first + random.nextInt(LEAVES_MAX));
    if (end <= first) {
      return;
    }
    List<Leaf> leaves = new ArrayList<>();
    try {
      from.journal().scan(first, end, (position, record) -> leaves.add(leaf(record)));
    } catch (IOException e) {
      return;
    }
    network.send(
        () -> {
          if (custodian.take(first, leaves)) {
            toLog(custodian.word(network.seconds()));
          }
        });
  }

  private void askHolders() {
    network.send(() -> toLog(custodian.word(network.seconds())));
    for (Witness witness : witnesses) {
      // A witness that knows nothing yet says so with the empty tree.
      network.send(() -> toLog(witness.word(network.seconds())));
    }
  }

  private void toLog(SignedNote note) {
    network.send(
        () -> {
          Cosigning at = cosigning;
          if (log == null || at == null) {
            return;
          }
          try {
            handle(at.take(note, instant()));
          } catch (IOException e) {
            // Not written: the next one is.
          }
        });
  }

  private void handle(Cosigning.Verdict verdict) throws IOException {
    switch (verdict) {
      case Cosigning.Verdict.Counted counted ->
          counted
              .counted()
              .forEach(
                  (name, at) -> {
                    if (at.getEpochSecond() >= startedSeconds - FRESH_SECONDS) {
                      heard.add(name);
                    }
                  });
      case Cosigning.Verdict.Refused refused -> {}
      case Cosigning.Verdict.Contradicted contradicted -> {
        assertThat(wasPutBack).as("two histories: %s", contradicted).isTrue();
        ended = true;
      }
      case Cosigning.Verdict.Rewound rewound -> {
        assertThat(wasPutBack).as("rewound: %s", rewound).isTrue();
        running().seal();
        tally.sealed++;
        ended = true;
      }
    }
    safe.forEach(
        (position, leaf) -> {
          if (!isKept(position, leaf)) {
            throw new AssertionError("position " + position + " was safe and is lost");
          }
        });
  }

  /** Whether a custodian has it, or witnesses know of a tree with it. */
  private boolean isKept(long position, Leaf leaf) {
    boolean held =
        position < custodian.held.size() && custodian.held.get((int) position).equals(leaf);
    return held || witnesses.stream().filter(witness -> witness.size > position).count() >= QUORUM;
  }

  private static Leaf leaf(byte[] record) {
    try {
      return LogEntry.parse(record).leaf();
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  // The outside check.

  private void check() throws IOException {
    Log checked = running();
    try (LogReader reader = new LogReader(publicDisk)) {
      LogCheck verdict =
          new LogChecker(
                  reader,
                  key.key(),
                  Optional.ofNullable(largest),
                  Optional.of(journalDisk),
                  (entries, total) -> {})
              .check();
      assertThat(verdict).isInstanceOf(LogCheck.Sound.class);
    }
    Map<Long, Leaf> missing = new HashMap<>(durable);
    checked
        .journal()
        .scan(
            0,
            checked.tree().size(),
            (position, record) -> {
              Leaf promised = missing.remove(position);
              if (promised != null && !promised.equals(leaf(record))) {
                throw new AssertionError("position " + position + " has another leaf");
              }
            });
    if (!wasPutBack) {
      assertThat(missing).isEmpty();
    }
  }

  private final class Entry implements Submission {
    private final Level level;
    private final long submittedAt = network.now;
    private @Nullable Leaf leaf;
    private boolean answered;

    Entry(Level level) {
      this.level = level;
    }

    @Override
    public Level level() {
      return level;
    }

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      byte[] context = new byte[random.nextInt(12) == 0 ? 3_000 : 40];
      random.nextBytes(context);
      byte[] input = ("at " + position + " " + random.nextLong()).getBytes(StandardCharsets.UTF_8);
      leaf = Leaf.of(input);
      return Optional.of(new Counterfoil(position, timeMillis, input, new byte[16], context));
    }

    @Override
    public void recorded(long position) {
      answer();
      Leaf own = leaf;
      if (own == null) {
        throw new AssertionError("not composed");
      }
      tally.released.merge(level, 1L, Long::sum);
      Leaf before = safe.get(position);
      if (before != null && !before.equals(own)) {
        throw new AssertionError("position " + position + " was safe and is given again");
      }
      Leaf other = durable.put(position, own);
      assertThat(other == null || wasPutBack).as("position %d given twice", position).isTrue();
      switch (level) {
        case DURABLE -> {}
        case HELD ->
            assertThat(
                    custodian.held.size() > position
                        && custodian.held.get((int) position).equals(own))
                .as("held")
                .isTrue();
        case CHECKPOINTED -> {
          Checkpoint last = parsed(running().checkpointer().last().orElseThrow());
          assertThat(last.size()).isGreaterThan(position);
        }
        case COSIGNED ->
            assertThat(witnesses.stream().filter(witness -> witness.size > position).count())
                .isGreaterThanOrEqualTo(QUORUM);
      }
      if (level == Level.HELD || level == Level.COSIGNED) {
        safe.put(position, own);
      }
    }

    @Override
    public void unreached(long position) {
      answer();
      tally.unreached++;
      assertThat(network.now - submittedAt).isGreaterThanOrEqualTo(WAIT.toMillis());
    }

    @Override
    public void refused(Refusal refusal) {
      answer();
    }

    @Override
    public void failed(Throwable cause) {
      answer();
    }

    private void answer() {
      assertThat(answered).isFalse();
      answered = true;
    }
  }
}
