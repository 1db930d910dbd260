package dev.counterfoil.log.care;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the scrubber finds in a log that runs. */
class ScrubberTest {
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 0);
  private static final int ENTRIES = 3000;

  private final Machine machine = new Machine(new Random(11));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey("log.example/logs/s1g1");

  private Log open() throws IOException {
    Log log =
        Log.open(
            journalDisk, publicDisk, SMALL, key, () -> Instant.ofEpochSecond(1), new Random(3));
    List<TestSubmission> submissions = new ArrayList<>();
    for (long i = log.tree().size(); i < ENTRIES; i++) {
      submissions.add(new TestSubmission("entry-" + i));
    }
    for (int i = 0; i < submissions.size(); i += 100) {
      log.sequence(submissions.subList(i, Math.min(submissions.size(), i + 100)));
    }
    log.checkpoint();
    return log;
  }

  private Scrubber scrubber(Log log) {
    return new Scrubber(publicDisk, log.journal(), log::tree, () -> Instant.ofEpochSecond(5));
  }

  private static Scrubber.Progress pass(Scrubber scrubber) throws IOException {
    int steps = 0;
    while (scrubber.step() > 0) {
      assertThat(steps++).isLessThan(100);
    }
    return scrubber.progress();
  }

  private LogCheck check() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      return new LogChecker(
              reader, key.key(), Optional.empty(), Optional.of(journalDisk), (n, total) -> {})
          .check();
    }
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at] ^= 0x10;
    return changed;
  }

  @Test
  void findsNothingInASoundLogAndSaysHowFarItIs() throws IOException {
    try (Log log = open()) {
      Scrubber scrubber = scrubber(log);
      assertThat(scrubber.step()).isPositive();
      assertThat(scrubber.progress().position()).isEqualTo(Scrubber.STEP_RECORDS);
      assertThat(scrubber.progress().size()).isEqualTo(ENTRIES);
      Scrubber.Progress done = pass(scrubber);
      assertThat(done.passes()).isEqualTo(1);
      assertThat(done.difference()).isEmpty();
      assertThat(done.completedAt()).contains(Instant.ofEpochSecond(5));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"digests", "nodes-3", "level-1"})
  void aBitThatFlippedInAStoredHashIsFoundAndRepaired(String file) throws IOException {
    try (Log log = open()) {
      publicDisk.damage(file, bytes -> flipped(bytes, 32 * 7 + 3));
      if (!file.equals("nodes-3")) {
        // That one no reader is given: whoever gets a proof checks it.
        assertThat(check()).isInstanceOf(LogCheck.Different.class);
      }
      Scrubber.Progress done = pass(scrubber(log));
      assertThat(done.repairedPlaces()).isEqualTo(1);
      assertThat(done.difference())
          .hasValueSatisfying(
              found -> {
                assertThat(found.repaired()).isTrue();
                assertThat(found.position())
                    .isEqualTo(
                        switch (file) {
                          case "level-1" -> 7 << 8;
                          case "nodes-3" -> 7 << 3;
                          default -> 7;
                        });
                assertThat(found.description()).contains("offset %d of %s".formatted(7 * 32, file));
              });
      assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    }
  }

  @Test
  void aBitThatFlippedInTheJournalIsFoundAndNothingIsWritten() throws IOException {
    try (Log log = open()) {
      String segment = SegmentFormat.name(0);
      byte[] digests = publicDisk.seen("digests").clone();
      // Inside the body of one of the first batches.
      journalDisk.damage(segment, bytes -> flipped(bytes, 20_000));
      Scrubber scrubber = scrubber(log);
      Scrubber.Progress done = pass(scrubber);
      assertThat(done.passes()).isZero();
      assertThat(done.difference())
          .hasValueSatisfying(
              found -> {
                assertThat(found.repaired()).isFalse();
                assertThat(found.description()).contains("segment " + segment + " offset");
              });
      assertThat(publicDisk.seen("digests")).isEqualTo(digests);
      journalDisk.damage(segment, bytes -> flipped(bytes, 20_000));
      assertThat(pass(scrubber).difference()).isEmpty();
    }
  }

  /** Every single bit of what the tree stands on. */
  @Test
  void whereverABitFlipsItIsFound() throws IOException {
    Random random = new Random(29);
    try (Log log = open()) {
      for (int i = 0; i < 40; i++) {
        String file = List.of("digests", "nodes-3", "level-1").get(random.nextInt(3));
        int at = random.nextInt(publicDisk.seen(file).length);
        publicDisk.damage(file, bytes -> flipped(bytes, at));
        assertThat(pass(scrubber(log)).repairedPlaces()).as(file + " at " + at).isEqualTo(1);
      }
      assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    }
  }
}
