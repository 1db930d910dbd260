package dev.counterfoil.log.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.record.RecordedDigest;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tools.StaticCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an entry takes on disk, with everything counted: record headers, batches and their padding,
 * the ends of segments that no batch fitted into, digests, nodes and tiles. Beside that a log takes
 * what is allocated ahead, which is a part of what it has, and small files.
 */
class DiskBoundTest {
  private static final double BOUND = 1.2;
  private static final double HASHES_BYTES = 32.1;
  private static final int RECORD_BYTES = 250;
  private static final JournalOptions OPTIONS = new JournalOptions(1 << 20, 0);
  private static final byte[] SOURCE = "legacy".getBytes(StandardCharsets.US_ASCII);

  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey("log.example/logs/s1g1");

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  private static Counterfoil counterfoil(long position) {
    byte[] signingInput = ByteBuffer.allocate(100).putLong(position).array();
    byte[] context = new byte[RECORD_BYTES - 37 - signingInput.length];
    return new Counterfoil(position, 1_764_028_800_000L, signingInput, new byte[16], context);
  }

  private static RecordedDigest digest(long position) {
    Hash hash = Hash.sha256(ByteBuffer.allocate(8).putLong(position).array());
    return new RecordedDigest(position, 1_764_028_800_000L, hash, new byte[16], SOURCE);
  }

  private static final class Taken implements Submission {
    private final boolean isDigest;

    Taken(boolean isDigest) {
      this.isDigest = isDigest;
    }

    @Override
    public Optional<? extends LogEntry> compose(long position, long timeMillis) {
      return Optional.of(isDigest ? digest(position) : counterfoil(position));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal);
    }

    @Override
    public void failed(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  private void write(boolean digests, int entries, int together) throws IOException {
    write(OPTIONS, digests, entries, together);
  }

  private void write(JournalOptions options, boolean digests, int entries, int together)
      throws IOException {
    try (Log log =
        Log.open(
            journalDisk, publicDisk, options, key, () -> Instant.ofEpochSecond(1), new Random(3))) {
      List<Taken> batch = new ArrayList<>();
      for (int i = 0; i < together; i++) {
        batch.add(new Taken(digests));
      }
      while (log.tree().size() < entries) {
        log.housekeep();
        log.sequence(batch);
      }
      log.housekeep();
      log.checkpoint();
    }
  }

  /** Bytes of an entry in a log that is long; what is constant is bounded here. */
  private double bytesOfAnEntry() throws IOException {
    long all = 0;
    long last = 0;
    long ended = 0;
    for (FaultyDisk disk : List.of(journalDisk, publicDisk)) {
      for (String name : disk.names()) {
        all += disk.seen(name).length;
        last = Math.max(last, SegmentFormat.first(name).orElse(0));
      }
    }
    for (String name : journalDisk.names()) {
      long first = SegmentFormat.first(name).orElse(last);
      ended += first < last ? journalDisk.seen(name).length : 0;
    }
    long hashes = 0;
    for (String name : publicDisk.names()) {
      hashes += name.startsWith("checkpoint") ? 0 : publicDisk.seen(name).length;
    }
    long entries = publicDisk.seen(TileStore.DIGESTS).length / Hash.BYTES;
    assertThat(all - ended - hashes)
        .as("the segment that is written, a spare one, frontier and checkpoint")
        .isLessThan(2 * OPTIONS.segmentBytes() + 4096);
    return (double) ended / last + (double) hashes / entries;
  }

  @Test
  void aLogUnderLoadStaysBelowTheBound() throws IOException {
    assertThat(counterfoil(7).payloadBytes()).isEqualTo(RECORD_BYTES);
    write(false, 40_000, 50);
    assertThat(bytesOfAnEntry() / (RECORD_BYTES + HASHES_BYTES)).isBetween(1.0, 1.06);
  }

  /** As a signer has it: with the segment that is written, the spare one, and all other files. */
  @ParameterizedTest
  @ValueSource(ints = {500, 4096})
  void whatIsAllocatedAheadIsWithinTheBoundFromAHundredThousandEntriesOn(int together)
      throws IOException {
    int entries = 100_000;
    write(JournalOptions.TOKENS, false, entries, together);
    long bytes = 0;
    for (FaultyDisk disk : List.of(journalDisk, publicDisk)) {
      for (String name : disk.names()) {
        bytes += disk.seen(name).length;
      }
    }
    assertThat(journalDisk.names()).contains("spare");
    assertThat(bytes / (entries * (RECORD_BYTES + HASHES_BYTES))).isBetween(1.0, BOUND);
  }

  /**
   * The same at every size, when the last segment has just been begun and the next one is there:
   * then as much as ever is allocated ahead.
   */
  @ParameterizedTest
  @CsvSource({"258.5, 1e5", "288, 1e6"})
  void whatIsAllocatedAheadIsWithinTheBoundAtEverySize(double recordOnDisk, double entriesMin) {
    JournalOptions options = JournalOptions.TOKENS;
    double hashes = 36.65;
    double wanted = BOUND * (RECORD_BYTES + HASHES_BYTES);
    long full = 0;
    for (double entries = 0; entries < 1e8; entries = full / recordOnDisk) {
      long begun = options.nextSegmentBytes(full);
      long spare = options.nextSegmentBytes(full + begun);
      double bytes = full + begun + spare + entries * hashes;
      if (entries >= entriesMin) {
        assertThat(bytes / entries).as("with %.0f entries", entries).isLessThan(wanted);
      }
      full += begun;
    }
    assertThat(options.nextSegmentBytes(full)).isEqualTo(options.segmentBytes());
  }

  @Test
  void aLogWhoseEntriesComeOneByOneStaysBelowTheBound() throws IOException {
    write(false, 8_000, 1);
    assertThat(bytesOfAnEntry() / (RECORD_BYTES + HASHES_BYTES)).isBetween(1.1, BOUND);
  }

  @Test
  void aRecordLogStaysBelowTheBoundWhereFourDigestsComeTogether() throws IOException {
    double bound = digest(7).payloadBytes() + HASHES_BYTES;
    assertThat(digest(7).payloadBytes()).isEqualTo(65 + SOURCE.length);
    write(true, 24_000, 4);
    assertThat(bytesOfAnEntry() / bound).isBetween(1.1, BOUND);
  }

  /** The header of a batch, 24 bytes, is much beside a digest that comes alone. */
  @Test
  void aDigestThatComesAloneTakesAThirdMore() throws IOException {
    write(true, 12_000, 1);
    assertThat(bytesOfAnEntry() / (digest(7).payloadBytes() + HASHES_BYTES)).isBetween(1.2, 1.37);
  }

  /** A copy is other people's files beside the log: it has bundles and leaf hashes of its own. */
  @Test
  void aStaticCopyAddsItsOwn() throws Exception {
    int entries = 25_600;
    write(false, entries, 50);
    try (LogReader reader = new LogReader(publicDisk);
        StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat((double) bytes / entries).isBetween(67.1, 67.2);
  }
}
