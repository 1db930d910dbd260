package dev.counterfoil.log.tiles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.SimulatedSignatures;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.FlawedDisk;
import dev.counterfoil.log.journal.FlawedDisk.Flaw;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One life of a log on a virtual clock and on disks that fail, from a seed: crashes of the process
 * and of the machine at every operation of a disk, input/output errors, a full disk, clocks that
 * are set. After every step {@link LogChecker} goes on over what was published since, and what was
 * acknowledged is held against it; after a start it does so with the journal, and now and then and
 * at the end a new one begins at the first entry.
 */
public final class LogSimulation {
  private static final NoteSigner KEY = SimulatedSignatures.signer("sim.example/logs/s1g1");
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 64 << 10);

  /** Steps of a life in which something goes wrong in one step of four. */
  private static final int STORMY_STEPS = 60;

  /** Steps of one in which it does in one of sixty. */
  private static final int CALM_STEPS = 400;

  /** A life goes on for so many steps after the log has ended. */
  private static final int STEPS_SEALED = 20;

  /** What happened in all runs: shows that they reached what they are about. */
  public static final class Tally {
    public long steps;
    long entries;
    long starts;
    long crashes;
    public long powerLosses;
    public long failures;
    long wholeChecks;
    public long givenBack;
    public long sealed;

    /** How often a defect that was put in showed. */
    public long struck;

    @Override
    public String toString() {
      return ("%,d steps, each checked from outside: %,d entries, %,d starts, %,d crashes, %,d losses of"
              + " power, %,d failed disks, %,d whole checks, %,d times given back, %,d sealed")
          .formatted(
              steps,
              entries,
              starts,
              crashes,
              powerLosses,
              failures,
              wholeChecks,
              givenBack,
              sealed);
    }
  }

  private final Tally tally;
  private final RandomGenerator random;
  private final boolean isStormy;
  private final Machine machine;
  private final FaultyDisk journalDisk;
  private final FaultyDisk publicDisk;
  private final Disk journalUnderLog;
  private final Disk publicUnderLog;
  private final RememberingSigner signer = new RememberingSigner();
  private final LogReader reader;
  private final LogChecker outside;
  private final LogChecker withJournal;

  /**
   * What was acknowledged, by position; null where an entry was recorded and never acknowledged.
   */
  private final List<@Nullable Leaf> acknowledged = new ArrayList<>();

  private long looked;
  private long scanned;
  private long now = 1_700_000_000_000L;
  private long submissions;
  private boolean sealed;
  private long heldMax;
  private @Nullable Log log;

  public LogSimulation(long seed, Flaw flaw, Tally tally) {
    this.tally = tally;
    random = new SplittableRandom(seed);
    isStormy = random.nextInt(4) == 0;
    machine = new Machine(random);
    journalDisk = machine.disk("journal");
    publicDisk = machine.disk("public");
    journalUnderLog = under(journalDisk, flaw);
    publicUnderLog = under(publicDisk, flaw);
    reader = new LogReader(publicDisk);
    outside = checker(Optional.empty(), Optional.empty());
    withJournal = checker(Optional.empty(), Optional.of(journalDisk));
  }

  private Disk under(Disk disk, Flaw flaw) {
    return flaw == Flaw.NONE ? disk : new FlawedDisk(disk, flaw, random, () -> tally.struck++);
  }

  private LogChecker checker(Optional<Checkpoint> earlier, Optional<Disk> journal) {
    return new LogChecker(reader, KEY.key(), earlier, journal, (entries, total) -> {});
  }

  /** Signs as the log's key does, and remembers the largest that it signed. */
  private static final class RememberingSigner implements NoteSigner {
    private @Nullable Checkpoint largest;

    @Override
    public NoteKey key() {
      return KEY.key();
    }

    @Override
    public byte[] sign(byte[] text) throws GeneralSecurityException {
      try {
        Checkpoint next = Checkpoint.parse(new String(text, StandardCharsets.UTF_8));
        Checkpoint before = largest;
        if (before != null
            && (next.size() < before.size()
                || (next.size() == before.size() && !next.root().equals(before.root())))) {
          throw new AssertionError("signed " + next + " after " + before);
        }
        largest = next;
      } catch (FormatException e) {
        throw new AssertionError("signed something that is no checkpoint", e);
      }
      return KEY.sign(text);
    }
  }

  public void steps() throws IOException {
    restart();
    int left = isStormy ? STORMY_STEPS : CALM_STEPS;
    for (boolean ending = false; left > 0; left--) {
      if (sealed && !ending) {
        ending = true;
        left = Math.min(left, STEPS_SEALED);
      }
      trouble();
      try {
        act();
        look();
      } catch (Machine.CrashError e) {
        crash();
        restart();
      } catch (LogFailedException | IOException e) {
        // The process stops, as its owner is told to.
        tally.failures++;
        machine.restartProcess();
        restart();
      }
    }
    machine.restartProcess();
    restart();
    checkWhole(running());
    tally.sealed += sealed ? 1 : 0;
  }

  private void crash() {
    tally.crashes++;
    if (random.nextBoolean()) {
      tally.powerLosses++;
      machine.restartMachine();
    } else {
      machine.restartProcess();
    }
  }

  private void trouble() {
    switch (random.nextInt(isStormy ? 12 : 180)) {
      case 0, 1 -> machine.crashWithin(12);
      case 2 -> machine.failWithin(12);
      case 3 -> machine.freeBytes = 100_000;
      case 4, 5, 6, 7, 8, 9 -> machine.healthy();
      default -> {}
    }
  }

  private void act() throws IOException {
    Log running = running();
    now += random.nextInt(50);
    switch (random.nextInt(200)) {
      case 0 -> check(running);
      case 1 -> {
        running.close();
        machine.restartProcess();
        restart();
      }
      case 2 -> {
        if (random.nextInt(4) == 0) {
          running.seal();
          sealed = true;
        }
      }
      // Somebody sets the clock, up to an hour forth or back.
      case 3, 4 -> now += random.nextInt(7_200_000) - 3_600_000;
      case 5, 6, 7 -> giveBack(running);
      default -> {
        switch (random.nextInt(10)) {
          case 0, 1 -> running.checkpoint();
          case 2 -> running.housekeep();
          default -> submit(running);
        }
      }
    }
  }

  /** After every step: what is published, and what was acknowledged, against it. */
  private void look() throws IOException {
    tally.steps++;
    if (publicDisk.files.containsKey(Checkpointer.FILE)) {
      compareLeaves(sound(outside).checkpoint().size());
    } else if (looked > 0) {
      throw new AssertionError("the checkpoint is gone");
    }
  }

  private static LogCheck.Sound sound(LogChecker checker) throws IOException {
    return switch (checker.check()) {
      case LogCheck.Sound sound -> sound;
      case LogCheck.Different different ->
          throw new AssertionError(different.kind().code() + ": " + different.description());
    };
  }

  /** The checker held the leaves against the root; here they are held against what was promised. */
  private void compareLeaves(long size) throws IOException {
    if (size <= looked) {
      return;
    }
    byte[] digests = reader.digests(looked, (int) (size - looked));
    for (int at = 0; looked < size; looked++, at += Hash.BYTES) {
      Leaf promised = promised(looked);
      if (promised != null && !promised.digest().equals(Hash.read(digests, at))) {
        throw new AssertionError("the leaf of " + looked + " is not the acknowledged one");
      }
    }
  }

  private @Nullable Leaf promised(long position) {
    return position < acknowledged.size() ? acknowledged.get((int) position) : null;
  }

  /** Custodians hold what was acknowledged, up to somewhere. */
  private void giveBack(Log running) throws IOException {
    if (random.nextBoolean()) {
      running.rollOver();
    }
    long held = running.tree().size() == 0 ? 0 : random.nextLong(running.tree().size() + 1);
    long before = running.journal().begin();
    heldMax = Math.max(heldMax, held);
    long begin = running.giveBack(held);
    assertThat(begin).isBetween(before, Math.max(before, held));
    assertThat(running.journal().begin()).isEqualTo(begin);
    tally.givenBack += begin > before ? 1 : 0;
  }

  private void submit(Log running) {
    List<Entry> batch = new ArrayList<>();
    int count = 1 + random.nextInt(random.nextInt(100) == 0 ? 300 : 6);
    for (int i = 0; i < count; i++) {
      batch.add(new Entry(random.nextInt(10), random.nextInt(40) == 0 ? 4000 : 40));
    }
    long before = running.tree().size();
    running.sequence(batch);
    long recorded = batch.stream().filter(entry -> entry.recorded).count();
    tally.entries += recorded;
    if (running.tree().size() != before + recorded || (sealed && recorded > 0)) {
      throw new AssertionError(
          "%d recorded, from %d to %d%s"
              .formatted(recorded, before, running.tree().size(), sealed ? ", sealed" : ""));
    }
  }

  /** A start, with crashes inside of it too; then the judge. */
  private void restart() throws IOException {
    if (random.nextInt(4) == 0) {
      machine.crashWithin(10);
    }
    Log opened = null;
    while (opened == null) {
      tally.starts++;
      try {
        opened = Log.open(journalUnderLog, publicUnderLog, SMALL, signer, this::instant, random);
        log = opened;
        opened.checkpoint();
      } catch (Machine.CrashError e) {
        opened = null;
        crash();
      }
    }
    machine.healthy();
    if (sealed) {
      // A seal that returned is there after every restart; one that crashed may be.
      assertThat(opened.isSealed()).as("the seal is there after a restart").isTrue();
    }
    sealed = opened.isSealed();
    if (random.nextInt(10) == 0) {
      checkWhole(opened);
    } else {
      check(opened);
    }
  }

  private Instant instant() {
    return Instant.ofEpochMilli(now);
  }

  private Log running() {
    if (log == null) {
      throw new IllegalStateException("not started");
    }
    return log;
  }

  /** Goes on over the public folder and the journal. */
  private void check(Log running) throws IOException {
    Checkpoint largest = signer.largest;
    if (largest != null) {
      withJournal.extending(List.of(largest));
    }
    compareLeaves(sound(withJournal).checkpoint().size());
    scanned = compareRecords(running, scanned);
  }

  /** Judges all of it from the first entry on. */
  private void checkWhole(Log running) throws IOException {
    tally.wholeChecks++;
    sound(checker(Optional.ofNullable(signer.largest), Optional.of(journalDisk)));
    compareRecords(running, 0);
  }

  /**
   * The checker held journal and leaves against each other; here what was acknowledged is held
   * against the journal.
   */
  private long compareRecords(Log running, long from) throws IOException {
    long size = running.tree().size();
    if (size < acknowledged.size()) {
      throw new AssertionError(
          "%d entries, and %d were acknowledged".formatted(size, acknowledged.size()));
    }
    long begin = running.journal().begin();
    if (begin > heldMax) {
      throw new AssertionError("what nobody else holds is gone: records up to " + begin);
    }
    LeafDigester digester = new LeafDigester();
    running
        .journal()
        .scanInPlace(
            Math.max(begin, from),
            size,
            (position, record) -> {
              Leaf promised = promised(position);
              if (promised != null
                  && !promised.digest().equals(digester.digestAt(position, record))) {
                throw new AssertionError("the record of " + position + " is another");
              }
            });
    return size;
  }

  /** An entry that may decline or fail to be composed. */
  private final class Entry implements Submission {
    private final long id = submissions++;
    private final int behaviour;
    private final int contextBytes;
    private @Nullable Leaf leaf;
    private boolean recorded;
    private boolean answered;

    Entry(int behaviour, int contextBytes) {
      this.behaviour = behaviour;
      this.contextBytes = contextBytes;
    }

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      if (position < running().tree().size()) {
        throw new AssertionError("position " + position + " is taken");
      }
      if (behaviour == 0) {
        return Optional.empty();
      }
      if (behaviour == 1) {
        throw new IllegalStateException("cannot compose");
      }
      byte[] context = new byte[contextBytes];
      Arrays.fill(context, (byte) (1 + id % 255));
      byte[] signingInput = ("entry " + id + " at " + position).getBytes(StandardCharsets.UTF_8);
      leaf = Leaf.of(signingInput);
      return Optional.of(
          new Counterfoil(position, timeMillis, signingInput, new byte[16], context));
    }

    @Override
    public void recorded(long position) {
      answer();
      recorded = true;
      while (acknowledged.size() <= position) {
        acknowledged.add(null);
      }
      if (leaf == null || acknowledged.set((int) position, leaf) != null) {
        throw new AssertionError("position " + position + " given twice");
      }
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
      if (answered) {
        throw new AssertionError("answered twice");
      }
      answered = true;
    }
  }
}
