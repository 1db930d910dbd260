package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A whole log on a virtual clock and on disks that fail, from a seed: crashes of the process and of
 * the machine at every operation of a disk, input/output errors, a full disk, clocks that are set.
 * After every step what is published is held against its entries, and after every restart the
 * checker judges all of it; nothing that was acknowledged may be missing. A failing seed is
 * repeated with {@code -Dcounterfoil.seed=N}; {@code -Dcounterfoil.seeds=N} says up to which the
 * full test runs.
 */
@ExtendWith(SimulationRuns.class)
class SimulationTest {
  private static final TestKey KEY = new TestKey("sim.example/logs/s1g1");
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 64 << 10);
  private static final int SEEDS = 2_000;
  private static final int SEEDS_FULL = Integer.getInteger("counterfoil.seeds", 50_000);
  private static final int STEPS = 60;

  /** Steps after which the outside check looked, for whoever wants to know. */
  private static long steps;

  /** How often a journal gave something back. */
  private static long givenBack;

  /** Seeds that failed once: each stays as a test of its own. */
  private static final long[] FAILED_ONCE = {};

  @Test
  void nothingAcknowledgedIsLost() {
    Long only = Long.getLong("counterfoil.seed");
    if (only != null) {
      run(only, false);
      return;
    }
    for (long seed = 0; seed < SEEDS; seed++) {
      run(seed, false);
    }
    System.out.printf("simulation: %,d steps, each checked from outside%n", steps);
    assertThat(givenBack).isGreaterThan(SEEDS / 10);
  }

  @Test
  void whatFailedOnceDoesNotFailAgain() {
    for (long seed : FAILED_ONCE) {
      run(seed, false);
    }
  }

  @Test
  @Tag("full")
  void nothingAcknowledgedIsLostInManyMore() {
    for (long seed = SEEDS; seed < SEEDS_FULL; seed++) {
      run(seed, false);
    }
  }

  @Test
  void aDiskThatLosesWhatItSyncedIsNoticed() {
    assertThatThrownBy(
            () -> {
              for (long seed = 0; seed < SEEDS; seed++) {
                run(seed, true);
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed");
  }

  private static void run(long seed, boolean syncLies) {
    Run run = new Run(seed, syncLies);
    try {
      run.steps();
    } catch (Exception | AssertionError | Machine.CrashError e) {
      throw new AssertionError("seed " + seed + ": " + e, e);
    }
  }

  /** Signs as the log's key does, and remembers the sizes. */
  private static final class RememberingSigner implements NoteSigner {
    final List<Checkpoint> signed = new ArrayList<>();

    @Override
    public NoteKey key() {
      return KEY.key();
    }

    @Override
    public byte[] sign(byte[] text) throws GeneralSecurityException {
      try {
        signed.add(Checkpoint.parse(new String(text, StandardCharsets.UTF_8)));
      } catch (FormatException e) {
        throw new AssertionError("signed something that is no checkpoint", e);
      }
      return KEY.sign(text);
    }
  }

  /** One life of a machine. */
  private static final class Run {
    private final Random random;
    private final Machine machine;
    private final FaultyDisk journalDisk;
    private final FaultyDisk publicDisk;
    private final RememberingSigner signer = new RememberingSigner();
    private final Map<Long, Leaf> acknowledged = new HashMap<>();
    private final SteppedCheck outside = new SteppedCheck(KEY.key());
    private int looked;
    private long now = 1_700_000_000_000L;
    private long submissions;
    private boolean sealed;
    private long heldMax;
    private @Nullable Log log;

    Run(long seed, boolean syncLies) {
      random = new Random(seed);
      machine = new Machine(random);
      machine.syncLies = syncLies;
      journalDisk = machine.disk("journal");
      publicDisk = machine.disk("public");
    }

    void steps() throws IOException {
      restart();
      for (int step = 0; step < STEPS; step++) {
        trouble();
        try {
          act();
          look();
        } catch (Machine.CrashError e) {
          if (random.nextBoolean()) {
            machine.restartMachine();
          } else {
            machine.restartProcess();
          }
          restart();
        } catch (LogFailedException | IOException e) {
          // The process stops, as its owner is told to.
          machine.restartProcess();
          restart();
        }
      }
      machine.restartProcess();
      restart();
    }

    /** After every step: what is published, and what was acknowledged, against it. */
    private void look() throws IOException {
      steps++;
      outside.look(publicDisk);
      List<Leaf> leaves = outside.leaves();
      for (; looked < leaves.size(); looked++) {
        Leaf promised = acknowledged.get((long) looked);
        if (promised != null) {
          assertThat(leaves.get(looked)).isEqualTo(promised);
        }
      }
    }

    private void trouble() {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> machine.crashWithin(12);
        case 3 -> machine.failWithin(12);
        case 4 -> machine.freeBytes = 100_000;
        case 5, 6 -> machine.healthy();
        default -> {}
      }
    }

    private void act() throws IOException {
      Log running = running();
      now += random.nextInt(50);
      if (random.nextInt(60) == 0) {
        // Somebody sets the clock, up to an hour forth or back.
        now += random.nextInt(7_200_000) - 3_600_000;
      }
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3 -> running.checkpoint();
        case 4, 5 -> running.housekeep();
        case 6 -> {
          running.close();
          machine.restartProcess();
          restart();
        }
        case 7 -> {
          if (random.nextInt(20) == 0) {
            running.seal();
            sealed = true;
          }
        }
        case 8 -> check(running);
        case 9 -> giveBack(running);
        default -> submit(running);
      }
    }

    /** Custodians hold what was acknowledged, up to somewhere. */
    private void giveBack(Log running) throws IOException {
      if (random.nextBoolean()) {
        running.rollOver();
      }
      long held = running.tree().size() == 0 ? 0 : random.nextLong(running.tree().size() + 1);
      long before = begin(running);
      heldMax = Math.max(heldMax, held);
      long begin = running.giveBack(held);
      assertThat(begin).isBetween(before, Math.max(before, held));
      assertThat(begin(running)).isEqualTo(begin);
      givenBack += begin > before ? 1 : 0;
    }

    private static long begin(Log running) throws IOException {
      return running.journal().begin();
    }

    private void submit(Log running) {
      List<Entry> batch = new ArrayList<>();
      int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 300 : 12);
      for (int i = 0; i < count; i++) {
        batch.add(new Entry(random.nextInt(10), random.nextInt(8) == 0 ? 4000 : 100));
      }
      long before = running.tree().size();
      running.sequence(batch);
      long recorded = batch.stream().filter(entry -> entry.recorded).count();
      assertThat(running.tree().size()).isEqualTo(before + recorded);
      if (sealed) {
        assertThat(recorded).isZero();
      }
    }

    /** A start, with crashes inside of it too; then the judge. */
    private void restart() throws IOException {
      if (random.nextInt(4) == 0) {
        machine.crashWithin(10);
      }
      Log opened = null;
      while (opened == null) {
        try {
          opened = Log.open(journalDisk, publicDisk, SMALL, signer, this::instant, random);
          log = opened;
          opened.checkpoint();
        } catch (Machine.CrashError e) {
          opened = null;
          if (random.nextBoolean()) {
            machine.restartMachine();
          } else {
            machine.restartProcess();
          }
        }
      }
      machine.healthy();
      if (sealed) {
        // A seal that returned is there after every restart; one that crashed may be.
        assertThat(opened.isSealed()).isTrue();
      }
      sealed = opened.isSealed();
      check(opened);
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

    private void check(Log running) throws IOException {
      assertThat(running.tree().size()).isGreaterThanOrEqualTo(acknowledged.size());
      for (Map.Entry<Long, Leaf> entry : acknowledged.entrySet()) {
        assertThat(entry.getKey()).isLessThan(running.tree().size());
      }
      Checkpoint largest = null;
      for (Checkpoint checkpoint : signer.signed) {
        if (largest != null) {
          assertThat(checkpoint.size()).isGreaterThanOrEqualTo(largest.size());
        }
        largest = checkpoint;
      }
      try (LogReader reader = new LogReader(publicDisk)) {
        LogCheck check =
            new LogChecker(
                    reader,
                    KEY.key(),
                    Optional.ofNullable(largest),
                    Optional.of(journalDisk),
                    (entries, total) -> {})
                .check();
        assertThat(check).isInstanceOf(LogCheck.Sound.class);
      }
      // The checker held journal and leaves against each other; here what was acknowledged is held
      // against the journal.
      long begin = begin(running);
      assertThat(begin).as("what nobody else holds is there").isLessThanOrEqualTo(heldMax);
      running
          .journal()
          .scan(
              begin,
              running.tree().size(),
              (position, record) -> {
                Leaf promised = acknowledged.get(position);
                if (promised != null && !promised.equals(leaf(record))) {
                  throw new AssertionError(
                      "position " + position + " was acknowledged for another");
                }
              });
    }

    private static Leaf leaf(byte[] record) {
      try {
        return Counterfoil.parse(record).leaf();
      } catch (FormatException e) {
        throw new AssertionError(e);
      }
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
        assertThat(position).isGreaterThanOrEqualTo(running().tree().size());
        if (behaviour == 0) {
          return Optional.empty();
        }
        if (behaviour == 1) {
          throw new IllegalStateException("cannot compose");
        }
        byte[] context = new byte[contextBytes];
        random.nextBytes(context);
        byte[] signingInput = ("entry " + id + " at " + position).getBytes(StandardCharsets.UTF_8);
        leaf = Leaf.of(signingInput);
        return Optional.of(
            new Counterfoil(position, timeMillis, signingInput, new byte[16], context));
      }

      @Override
      public void recorded(long position) {
        answer();
        recorded = true;
        Leaf own = leaf;
        assertThat(own).isNotNull();
        if (own != null) {
          assertThat(acknowledged.put(position, own)).isNull();
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
        assertThat(answered).isFalse();
        answered = true;
      }
    }
  }
}
