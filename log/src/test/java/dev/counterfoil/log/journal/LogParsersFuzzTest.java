package dev.counterfoil.log.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.read.BundleOffsets;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.record.RecordedDigest;
import dev.counterfoil.log.record.RecordedOutline;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.LeafDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * The log's own files: whatever stands in them, a parser refuses it or gives what is written back
 * as the same bytes, and a journal is opened as a reader sees it or not at all. Jazzer searches
 * when {@code JAZZER_FUZZ=1} is set, one method at a time; the default run changes good inputs from
 * a seed. Checksums are repaired, since behind them the parsers are to be as careful as before
 * them.
 */
public class LogParsersFuzzTest {
  private static final int CHANGED_INPUTS = 2_000;
  private static final String ORIGIN = "log.example/logs/s1g1";
  private static final String SEGMENT = SegmentFormat.name(0);

  /** A number, and five texts, each behind its length. */
  private static final byte[] OUTLINE =
      "12345678\0\12trial/mail\0\0\0\4acme\0\14AAAABBBBCCCC\0\0"
          .getBytes(StandardCharsets.ISO_8859_1);

  private static void entry(byte[] payload) {
    try {
      LogEntry entry = LogEntry.parse(payload);
      byte[] again = new byte[entry.payloadBytes()];
      entry.write(ByteBuffer.wrap(again));
      assertThat(again).isEqualTo(payload);
      assertThat(entry.position()).isNotNegative();
      assertThat(entry.leaf().entry()).hasSize(33);
      assertThat(digestInPlace(payload)).contains(entry.leaf().digest());
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      assertThat(digestInPlace(payload)).isEmpty();
    }
  }

  private static void outline(byte[] bytes) {
    try {
      RecordedOutline outline = RecordedOutline.parse(bytes);
      assertThat(outline.source()).startsWith(outline.domain());
      assertThat(outline.countedUnder()).endsWith("/" + outline.tenant());
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** The digest as a check computes it: of records that lie among others. */
  private static Optional<Hash> digestInPlace(byte[] payload) {
    ByteBuffer among = ByteBuffer.allocate(payload.length + 20).position(7).put(payload);
    ByteBuffer record = among.position(7).limit(7 + payload.length);
    byte[] digest = new byte[3 + Hash.BYTES];
    try {
      assertThat(new LeafDigester().digest(record, digest, 3)).isNotNegative();
      return Optional.of(Hash.read(digest, 3));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static void mark(byte[] bytes) {
    for (byte[] one : List.of(bytes, withChecksum(bytes))) {
      Optional<FrontierMark> mark = FrontierMark.parse(one);
      if (mark.isPresent()) {
        assertThat(mark.get().encode()).isEqualTo(one);
        assertThat(mark.get().frontier().size()).isEqualTo(mark.get().size());
        assertThat(mark.get().frontier().roots()).isEqualTo(mark.get().roots());
      }
    }
  }

  private static byte[] withChecksum(byte[] bytes) {
    if (bytes.length < 4) {
      return bytes;
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    return ByteBuffer.wrap(bytes.clone()).putInt(bytes.length - 4, (int) crc.getValue()).array();
  }

  /** A folder with one segment of these bytes. */
  private static void segment(byte[] bytes) {
    FaultyDisk disk = new Machine(new Random(1)).disk("journal");
    try {
      disk.createZeroed(SEGMENT, bytes.length);
      try (DiskFile file = disk.open(SEGMENT)) {
        file.write(ByteBuffer.wrap(bytes), 0);
        file.sync();
      }
      List<byte[]> records = new ArrayList<>();
      JournalReader reader = JournalReader.open(disk, ORIGIN);
      reader.scan(0, reader.size(), (index, payload) -> records.add(payload));
      assertThat(records).hasSize((int) reader.size());
      open(disk, records);
    } catch (LogDamagedException e) {
      assertThat(e.getMessage()).contains("segment");
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  /** The writer finds what the reader found, and goes on behind it. */
  private static void open(Disk disk, List<byte[]> records) throws IOException {
    JournalOptions options = new JournalOptions(64 << 10, 0);
    try (RecordJournal journal = RecordJournal.open(disk, ORIGIN, options, new Random(2))) {
      assertThat(journal.size()).isEqualTo(records.size());
      journal.add(new byte[] {7});
      assertThat(journal.commit()).isTrue();
      List<byte[]> after = new ArrayList<>();
      journal.reader().scan(0, journal.size(), (index, payload) -> after.add(payload));
      assertThat(after).hasSize(records.size() + 1);
      for (int i = 0; i < records.size(); i++) {
        assertThat(after.get(i)).isEqualTo(records.get(i));
      }
      assertThat(after.getLast()).isEqualTo(new byte[] {7});
    }
  }

  /** A segment of which every checksum is right, whatever stands between them. */
  private static byte[] repaired(byte[] bytes) {
    int length = Math.min(64 << 10, Math.max(bytes.length, SegmentFormat.SEGMENT_HEADER_BYTES));
    byte[] segment = Arrays.copyOf(bytes, length);
    long seed = ByteBuffer.wrap(segment).getLong(16);
    byte[] header =
        new SegmentFormat.SegmentHeader(0, seed, SegmentFormat.originHash(ORIGIN)).encode().array();
    System.arraycopy(header, 0, segment, 0, header.length);
    long next = 0;
    int at = SegmentFormat.SEGMENT_HEADER_BYTES;
    while (at + SegmentFormat.BATCH_HEADER_BYTES <= length) {
      ByteBuffer batch = ByteBuffer.wrap(segment, at, length - at).slice();
      int bodyBytes = batch.getInt(4);
      int count = batch.getInt(16);
      repairRecords(batch, count, next, seed);
      new SegmentFormat.BatchHeader(bodyBytes, batch.getLong(8), count).write(batch, seed);
      long to =
          at + SegmentFormat.align(SegmentFormat.BATCH_HEADER_BYTES + Math.max(0L, bodyBytes));
      next += count;
      at = (int) Math.min(length, to);
    }
    return segment;
  }

  private static void repairRecords(ByteBuffer batch, int count, long first, long seed) {
    int record = SegmentFormat.BATCH_HEADER_BYTES;
    for (int i = 0; i < count; i++) {
      int payload = record + SegmentFormat.RECORD_HEADER_BYTES;
      int bytes = payload <= batch.limit() ? batch.getInt(record) : -1;
      if (bytes < 0 || bytes > batch.limit() - payload) {
        return;
      }
      batch.putInt(
          record + 4,
          SegmentFormat.crc(new CRC32C(), batch.slice(payload, bytes), seed + first + i));
      record = payload + bytes;
    }
  }

  @FuzzTest(maxDuration = "30s")
  void entries(byte[] bytes) {
    entry(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void marks(byte[] bytes) {
    mark(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void segments(byte[] bytes) {
    if (bytes.length > 0) {
      segment(bytes);
    }
    segment(repaired(bytes));
  }

  /** A bundle that a stranger serves, as the checker reads it: the same as the strict parser. */
  private static boolean bundle(byte[] bytes, int width) {
    BundleOffsets offsets = new BundleOffsets();
    boolean isWhole = offsets.read(bytes, width);
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < offsets.count(); i++) {
      int start = offsets.start(i);
      entries.add(Arrays.copyOfRange(bytes, start, start + offsets.length(i)));
    }
    assertThat(offsets.end()).isLessThanOrEqualTo(bytes.length);
    try {
      List<byte[]> strict = EntryBundle.parse(bytes, width);
      assertThat(isWhole).isTrue();
      assertThat(entries.toArray(byte[][]::new)).isDeepEqualTo(strict.toArray(byte[][]::new));
    } catch (FormatException e) {
      assertThat(isWhole).isFalse();
    }
    return isWhole;
  }

  @FuzzTest(maxDuration = "30s")
  void bundles(byte[] bytes) {
    bundle(bytes, bytes.length == 0 ? 1 : 1 + (bytes[bytes.length - 1] & 0xff));
  }

  @Test
  void changedBundlesAreReadAsTheStrictParserDoes() throws IOException {
    byte[] entry = TestSubmission.counterfoil("token", 5, 1_764_000_000_000L).leaf().entry();
    byte[] good = EntryBundle.of(List.of(entry, new byte[0], new byte[300], entry));
    assertThat(bundle(good, 4)).isTrue();
    Random random = new Random(2);
    int whole = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      whole += bundle(changed(good, random), 1 + random.nextInt(5)) ? 1 : 0;
    }
    assertThat(whole).isBetween(1, CHANGED_INPUTS / 2);
  }

  @Test
  void changedInputsAreRefusedOrWrittenBack() throws Exception {
    Counterfoil counterfoil = TestSubmission.counterfoil("token", 5, 1_764_000_000_000L);
    RecordedDigest digest =
        new RecordedDigest(6, 7, Hash.sha256(), new byte[16], new byte[] {'a', 'b'});
    MerkleFrontier frontier = new MerkleFrontier();
    for (int i = 0; i < 7; i++) {
      frontier.append(counterfoil.leaf().hash(new TreeHasher()), (level, index, hash) -> {});
    }
    byte[] mark = new FrontierMark(7, frontier.roots()).encode();
    byte[] segment = goodSegment(counterfoil, digest);
    Random random = new Random(1);
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      entry(changed(counterfoil.encode(), random));
      entry(changed(digest.encode(), random));
      outline(changed(OUTLINE, random));
      mark(changed(mark, random));
      byte[] other = changed(segment, random);
      segment(other);
      segment(repaired(other));
    }
    // The controls: unchanged, each of them is read.
    assertThat(RecordedOutline.parse(OUTLINE).tenant()).isEqualTo("acme");
    entry(counterfoil.encode());
    assertThat(FrontierMark.parse(mark)).isPresent();
    FaultyDisk disk = new Machine(new Random(1)).disk("journal");
    disk.createZeroed(SEGMENT, segment.length);
    try (DiskFile file = disk.open(SEGMENT)) {
      file.write(ByteBuffer.wrap(segment), 0);
    }
    assertThat(JournalReader.open(disk, ORIGIN).size()).isEqualTo(6);
  }

  /** Three batches of two records each, and the zeros behind them. */
  private static byte[] goodSegment(Counterfoil counterfoil, RecordedDigest digest)
      throws IOException {
    FaultyDisk disk = new Machine(new Random(1)).disk("good");
    try (RecordJournal journal =
        RecordJournal.open(disk, ORIGIN, new JournalOptions(64 << 10, 0), new Random(3))) {
      for (int i = 0; i < 3; i++) {
        journal.add(counterfoil);
        journal.add(digest);
        assertThat(journal.commit()).isTrue();
      }
    }
    return disk.read(SEGMENT, 64 << 10);
  }

  /** Changes, doubles, drops or moves a few bytes, most often where something stands. */
  public static byte[] changed(byte[] good, Random random) {
    byte[] bytes = good.clone();
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      if (bytes.length < 2) {
        return bytes;
      }
      int at = random.nextInt(Math.min(bytes.length, 1_200));
      int to = at + random.nextInt(Math.min(70, bytes.length - at));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = joined(Arrays.copyOf(bytes, to), bytes, at);
        case 3 -> bytes = joined(Arrays.copyOf(bytes, at), bytes, to);
        default -> Arrays.fill(bytes, at, to, (byte) (random.nextBoolean() ? 0 : 0xff));
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] head, byte[] source, int tailFrom) {
    byte[] joined = Arrays.copyOf(head, head.length + source.length - tailFrom);
    System.arraycopy(source, tailFrom, joined, head.length, source.length - tailFrom);
    return joined;
  }
}
