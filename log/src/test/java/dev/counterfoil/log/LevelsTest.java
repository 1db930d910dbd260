package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Entries that ask for a level, on a virtual clock. */
class LevelsTest {
  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final int WAITING_MAX = 100;
  private static final List<Level> LEVELS = List.of(Level.values());

  private final TestKey key = new TestKey("log.example/logs/s1g1");
  private final Machine machine = new Machine(new Random(1));
  private final FaultyDisk journal = machine.disk("journal");
  private final FaultyDisk published = machine.disk("public");
  private long nanos = 17;
  private int woken;

  private Log open() throws IOException {
    Log log =
        Log.open(
            journal,
            published,
            new JournalOptions(64 << 10, 0),
            key,
            InstantSource.system(),
            new Random(1),
            new Levels(new Levels.Options(WAIT, WAITING_MAX), () -> nanos));
    log.levels().onWork(() -> woken++);
    return log;
  }

  private static List<TestSubmission> entries(Level level, int count) {
    List<TestSubmission> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new TestSubmission("e" + i, level));
    }
    return entries;
  }

  private static long released(List<TestSubmission> entries) {
    return entries.stream().filter(entry -> entry.recordedAt >= 0).count();
  }

  @Test
  void eachEntryIsReleasedAtTheLevelThatItAsksForAndByPosition() throws Exception {
    Log log = open();
    List<Long> order = new ArrayList<>();
    List<TestSubmission> mixed = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      mixed.add(
          new TestSubmission("e" + i, LEVELS.get(i % LEVELS.size())) {
            @Override
            public void recorded(long position) {
              super.recorded(position);
              order.add(position);
            }
          });
    }
    log.sequence(mixed);
    assertThat(order).containsExactly(0L, 4L, 8L);
    assertThat(log.levels().release()).isEqualTo(WAIT.toNanos());
    assertThat(order).hasSize(3);

    // Whoever raises releases: no other thread has to look.
    log.raise(Level.HELD, 6);
    assertThat(order).containsExactly(0L, 4L, 8L, 1L, 5L);
    log.checkpoint();
    assertThat(order).containsExactly(0L, 4L, 8L, 1L, 5L, 2L, 6L, 10L);
    log.raise(Level.COSIGNED, 12);
    log.raise(Level.HELD, 12);
    assertThat(log.levels().release()).isEqualTo(Levels.NOTHING_WAITS);
    assertThat(order).hasSize(12);
    assertThat(mixed).allMatch(entry -> entry.answers == 1);
  }

  @Test
  void aLevelOnlyGrowsAndNeverPassesWhatIsDurable() throws Exception {
    Log log = open();
    log.sequence(entries(Level.DURABLE, 5));
    log.raise(Level.HELD, 4);
    log.raise(Level.HELD, 2);
    assertThat(log.size(Level.HELD)).isEqualTo(4);
    assertThat(log.size(Level.COSIGNED)).isZero();
    assertThat(log.size(Level.DURABLE)).isEqualTo(5);
    log.raise(Level.HELD, 5);
    assertThatThrownBy(() -> log.raise(Level.HELD, 6)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> log.raise(Level.DURABLE, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(log.size(Level.HELD)).isEqualTo(5);
  }

  @Test
  void aLevelThatWasReachedBeforeTheEntryCameToWaitReleasesItToo() throws Exception {
    Levels levels = new Levels(Levels.Options.DEFAULT, () -> nanos);
    levels.onWork(() -> woken++);
    levels.raise(Level.CHECKPOINTED, 3);
    assertThat(woken).isZero();
    TestSubmission late = new TestSubmission("late", Level.CHECKPOINTED);
    levels.add(Level.CHECKPOINTED, late, 2);
    levels.added();
    assertThat(woken).isOne();
    levels.release();
    assertThat(late.recordedAt).isEqualTo(2);
  }

  @Test
  void aLevelThatDoesNotComeIsSaidAfterTheWaitAndTheRecordStands() throws Exception {
    Log log = open();
    List<TestSubmission> first = entries(Level.COSIGNED, 2);
    log.sequence(first);
    nanos += WAIT.toNanos() - 1;
    assertThat(log.levels().release()).isOne();
    List<TestSubmission> second = entries(Level.COSIGNED, 1);
    log.sequence(second);
    nanos += 1;
    assertThat(log.levels().release()).isEqualTo(WAIT.toNanos() - 1);
    assertThat(first).extracting(entry -> entry.unreachedAt).containsExactly(0L, 1L);
    assertThat(second.getFirst().answers).isZero();
    log.raise(Level.COSIGNED, 3);
    log.levels().release();
    assertThat(second.getFirst().recordedAt).isEqualTo(2);
    assertThat(first).allMatch(entry -> entry.answers == 1 && entry.recordedAt < 0);
    assertThat(log.tree().size()).isEqualTo(3);
  }

  @Test
  void moreThanMayWaitAreRefusedBeforeTheyAreRecordedAndOthersGoOn() throws Exception {
    Log log = open();
    List<TestSubmission> many = entries(Level.HELD, WAITING_MAX + 5);
    log.sequence(many);
    assertThat(many).filteredOn(entry -> entry.refusal == Refusal.BEHIND).hasSize(5);
    assertThat(log.tree().size()).isEqualTo(WAITING_MAX);
    List<TestSubmission> others = entries(Level.DURABLE, 3);
    others.add(new TestSubmission("c", Level.COSIGNED));
    log.sequence(others);
    assertThat(log.tree().size()).isEqualTo(WAITING_MAX + 4);
    log.raise(Level.HELD, WAITING_MAX + 4);
    log.levels().release();
    assertThat(released(many)).isEqualTo(WAITING_MAX);
    List<TestSubmission> again = entries(Level.HELD, 1);
    log.sequence(again);
    assertThat(again.getFirst().refusal).isNull();
  }

  @Test
  void whileALevelIsBehindOnlyProbesAreRecordedUntilOneIsReleased() throws Exception {
    Log log = open();
    log.sequence(entries(Level.HELD, 1));
    nanos += WAIT.toNanos();
    log.levels().release();
    List<TestSubmission> probes = entries(Level.HELD, Levels.PROBES + 1);
    log.sequence(probes);
    assertThat(probes).filteredOn(entry -> entry.refusal == Refusal.BEHIND).hasSize(1);
    log.raise(Level.HELD, 2);
    log.levels().release();
    List<TestSubmission> more = entries(Level.HELD, 20);
    log.sequence(more);
    assertThat(more).noneMatch(entry -> entry.refusal != null);
  }

  @Test
  void theLastCheckpointCountsAfterARestart() throws Exception {
    Log log = open();
    log.sequence(entries(Level.DURABLE, 5));
    log.checkpoint();
    log.close();
    machine.restartProcess();
    assertThat(open().size(Level.CHECKPOINTED)).isEqualTo(5);
  }
}
