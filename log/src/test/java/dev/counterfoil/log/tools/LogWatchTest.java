package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A log that is followed from outside, while it grows and while it misbehaves. */
class LogWatchTest {
  private static final String ORIGIN = "log.example/logs/s1g1";
  private final TestKey key = new TestKey(ORIGIN);
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk publicDisk = machine.disk("public");
  private Instant now = Instant.ofEpochSecond(1000);
  private final InstantSource clock = () -> now;

  private Log open(Machine on, FaultyDisk published) throws IOException {
    return Log.open(
        on.disk("journal"),
        published,
        new JournalOptions(1 << 20, 0),
        key,
        () -> Instant.ofEpochSecond(1),
        new Random(3));
  }

  private static void growTo(Log log, long size, String name) throws IOException {
    List<TestSubmission> batch = new ArrayList<>();
    for (long i = log.tree().size(); i < size; i++) {
      batch.add(new TestSubmission(name + i));
    }
    log.sequence(batch);
    log.checkpoint();
  }

  private LogWatch watch(LogSource source, Optional<WatchState> known) {
    return new LogWatch(
        source, key.key(), note -> Optional.empty(), known, Duration.ofMinutes(10), clock);
  }

  private static void alarms(WatchSight sight, WatchSight.Kind kind, int notes) {
    assertThat(sight)
        .isInstanceOfSatisfying(
            WatchSight.Alarm.class,
            alarm -> {
              assertThat(alarm.kind()).as(alarm.message()).isEqualTo(kind);
              assertThat(alarm.notes()).hasSize(notes);
            });
  }

  @Test
  void aGrowingLogIsFineAlsoAfterARestart() throws Exception {
    try (Log log = open(machine, publicDisk);
        LogReader reader = new LogReader(publicDisk)) {
      Optional<WatchState> kept = Optional.empty();
      for (long size : List.of(1L, 2L, 255L, 256L, 300L, 5000L)) {
        growTo(log, size, "e");
        LogWatch watch = watch(reader, kept);
        assertThat(watch.look())
            .isEqualTo(
                new WatchSight.Fine(
                    new Checkpoint(ORIGIN, size, log.tree().root()), Optional.empty(), true));
        assertThat(watch.look())
            .isInstanceOfSatisfying(
                WatchSight.Fine.class, fine -> assertThat(fine.grew()).isFalse());
        kept = Optional.of(WatchState.parse(watch.state().orElseThrow().bytes(), key.key()));
        assertThat(kept).isEqualTo(watch.state());
      }
      byte[] state = kept.orElseThrow().bytes();
      assertThatThrownBy(() -> WatchState.parse(state, new TestKey(ORIGIN).key()))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void aRollbackIsCriedAtAlsoAcrossARestart() throws Exception {
    try (Log log = open(machine, publicDisk);
        LogReader reader = new LogReader(publicDisk)) {
      growTo(log, 500, "e");
      byte[] earlier = reader.checkpoint();
      growTo(log, 700, "e");
      LogWatch watch = watch(reader, Optional.empty());
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);
      publicDisk.replace("checkpoint", earlier);
      alarms(watch.look(), WatchSight.Kind.ROLLBACK, 2);
      alarms(watch(reader, watch.state()).look(), WatchSight.Kind.ROLLBACK, 2);
      assertThat(watch(reader, Optional.empty()).look())
          .as("who does not remember sees nothing")
          .isInstanceOf(WatchSight.Fine.class);
    }
  }

  @Test
  void aForkIsCriedAtWithBothCheckpoints() throws Exception {
    Machine other = new Machine(new Random(8));
    FaultyDisk otherDisk = other.disk("public");
    try (Log log = open(machine, publicDisk);
        Log twin = open(other, otherDisk);
        LogReader reader = new LogReader(publicDisk);
        LogReader twinReader = new LogReader(otherDisk)) {
      growTo(log, 400, "e");
      growTo(twin, 400, "e");
      LogWatch watch = watch(reader, Optional.empty());
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);
      assertThat(watch(twinReader, watch.state()).look())
          .as("the same history")
          .isInstanceOf(WatchSight.Fine.class);
      growTo(log, 500, "e");
      growTo(twin, 500, "f");
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);
      alarms(watch(twinReader, watch.state()).look(), WatchSight.Kind.FORK, 2);
      growTo(twin, 900, "f");
      WatchSight fork = watch(twinReader, watch.state()).look();
      alarms(fork, WatchSight.Kind.FORK, 2);
      for (byte[] note : ((WatchSight.Alarm) fork).notes()) {
        assertThat(Checkpoint.verify(note, key.key()).origin()).isEqualTo(ORIGIN);
      }
    }
  }

  @Test
  void aCosignedCheckpointMustBeOfTheSameHistory() throws Exception {
    try (Log log = open(machine, publicDisk);
        LogReader reader = new LogReader(publicDisk)) {
      growTo(log, 500, "e");
      publicDisk.replace(LogSource.COSIGNED, reader.checkpoint());
      growTo(log, 700, "e");
      LogWatch watch = watch(reader, Optional.empty());
      assertThat(watch.look())
          .isInstanceOfSatisfying(
              WatchSight.Fine.class,
              fine -> assertThat(fine.cosigned().orElseThrow().size()).isEqualTo(500));
      publicDisk.replace(
          LogSource.COSIGNED, key.checkpoint(new Checkpoint(ORIGIN, 500, Hash.sha256())));
      alarms(watch.look(), WatchSight.Kind.FORK, 2);
      publicDisk.replace(
          LogSource.COSIGNED, key.checkpoint(new Checkpoint(ORIGIN, 900, Hash.sha256())));
      alarms(watch.look(), WatchSight.Kind.ROLLBACK, 2);
      LogWatch strict =
          new LogWatch(
              reader,
              key.key(),
              note -> Optional.of("no quorum"),
              Optional.empty(),
              Duration.ZERO,
              clock);
      alarms(strict.look(), WatchSight.Kind.NO_QUORUM, 1);
    }
  }

  @Test
  void badSignaturesAndChangedTilesAreCriedAt() throws Exception {
    try (Log log = open(machine, publicDisk);
        LogReader reader = new LogReader(publicDisk)) {
      growTo(log, 500, "e");
      publicDisk.flip("level-1", 5);
      alarms(watch(reader, Optional.empty()).look(), WatchSight.Kind.TILES_DIFFER, 1);
      publicDisk.flip("level-1", 5);
      try (LogReader fresh = new LogReader(publicDisk)) {
        assertThat(watch(fresh, Optional.empty()).look()).isInstanceOf(WatchSight.Fine.class);
      }
      publicDisk.replace(
          "checkpoint",
          new TestKey(ORIGIN).checkpoint(new Checkpoint(ORIGIN, 500, log.tree().root())));
      alarms(watch(reader, Optional.empty()).look(), WatchSight.Kind.BAD_SIGNATURE, 1);
    }
  }

  @Test
  void aStallIsCriedAtAfterItsTime() throws Exception {
    try (Log log = open(machine, publicDisk);
        LogReader reader = new LogReader(publicDisk)) {
      growTo(log, 500, "e");
      LogWatch watch = watch(reader, Optional.empty());
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);
      now = now.plus(Duration.ofMinutes(10));
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);
      now = now.plusSeconds(1);
      alarms(watch.look(), WatchSight.Kind.STALL, 1);
      alarms(watch(reader, watch.state()).look(), WatchSight.Kind.STALL, 1);
      growTo(log, 501, "e");
      assertThat(watch.look()).isInstanceOf(WatchSight.Fine.class);

      publicDisk.delete("checkpoint");
      assertThat(watch.look()).isInstanceOf(WatchSight.Unreadable.class);
      now = now.plus(Duration.ofMinutes(11));
      alarms(watch.look(), WatchSight.Kind.STALL, 1);
    }
  }
}
