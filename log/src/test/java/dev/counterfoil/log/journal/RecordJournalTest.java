package dev.counterfoil.log.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.log.Machine;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecordJournalTest {
  private static final String FIRST = SegmentFormat.name(0);
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 0);
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk disk = machine.disk("journal");

  private RecordJournal open() throws IOException {
    return RecordJournal.open(disk, "a journal", SMALL, new Random(3), 0);
  }

  private static byte[] record(int i) {
    return ("record number " + i).getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes batches of two records each. */
  private void write(int batches) throws IOException {
    try (RecordJournal journal = open()) {
      for (int i = 0; i < batches; i++) {
        journal.add(record(2 * i));
        journal.add(record(2 * i + 1));
        assertThat(journal.commit()).isTrue();
      }
    }
  }

  private long size() throws IOException {
    try (RecordJournal journal = open()) {
      return journal.size();
    }
  }

  @Test
  void recordsAreReadBackByTheirIndex() throws IOException {
    write(40);
    try (RecordJournal journal = open()) {
      assertThat(journal.size()).isEqualTo(80);
      List<byte[]> read = journal.reader().read(13, 5, 1 << 20);
      assertThat(read).containsExactly(record(13), record(14), record(15), record(16), record(17));
      assertThat(journal.reader().read(78, 10, 1 << 20)).containsExactly(record(78), record(79));
      assertThat(journal.reader().read(80, 10, 1 << 20)).isEmpty();
      assertThat(journal.reader().read(5, 10, 1)).containsExactly(record(5));
    }
  }

  @Test
  void aReaderFollowsAJournalThatGrowsOverItsSegments() throws IOException {
    List<byte[]> read = new ArrayList<>();
    try (RecordJournal journal = open()) {
      for (int i = 0; i < 60; i++) {
        byte[] large = new byte[8000];
        large[0] = (byte) i;
        journal.add(large);
        assertThat(journal.commit()).isTrue();
        read.addAll(journal.reader().read(read.size(), 100, 1 << 20));
        assertThat(read).hasSize(i + 1);
      }
      assertThat(disk.files.keySet().stream().filter(name -> name.endsWith(".segment")))
          .hasSizeGreaterThan(5);
      assertThat(journal.reader().read(0, 60, 1 << 20)).hasSize(60);
    }
    assertThat(IntStream.range(0, 60).allMatch(i -> read.get(i)[0] == i)).isTrue();
    assertThat(JournalReader.open(disk, "a journal").size()).isEqualTo(60);
  }

  @Test
  void whatWasNotCommittedIsGone() throws IOException {
    try (RecordJournal journal = open()) {
      journal.add(record(0));
      journal.abandon();
      journal.add(record(1));
      assertThat(journal.commit()).isTrue();
      journal.add(record(2));
    }
    try (RecordJournal journal = open()) {
      assertThat(journal.reader().read(0, 10, 1 << 20)).containsExactly(record(1));
    }
  }

  @Test
  void aTornEndIsCutWhereverItIsTorn() throws IOException {
    write(2);
    byte[] whole = disk.seen(FIRST).clone();
    int batch = ByteBuffer.wrap(whole).getInt(SegmentFormat.SEGMENT_HEADER_BYTES + 4);
    int second =
        SegmentFormat.SEGMENT_HEADER_BYTES
            + (int) SegmentFormat.align(SegmentFormat.BATCH_HEADER_BYTES + batch);
    int end = lastByte(whole) + 1;
    for (int torn = second; torn < end; torn++) {
      int keep = torn;
      disk.damage(
          FIRST,
          bytes -> {
            byte[] cut = new byte[whole.length];
            System.arraycopy(whole, 0, cut, 0, keep);
            return cut;
          });
      assertThat(size()).isEqualTo(2);
      assertThat(lastByte(disk.seen(FIRST))).isLessThan(second);
    }
    disk.damage(FIRST, bytes -> whole);
    assertThat(size()).isEqualTo(4);
  }

  private static int lastByte(byte[] bytes) {
    int last = bytes.length - 1;
    while (bytes[last] == 0) {
      last--;
    }
    return last;
  }

  @Test
  void anEndThatIsKnownToHaveBeenWholeIsNotCut() throws IOException {
    write(2);
    disk.flip(FIRST, 8L * (64 + 72 + 30));
    byte[] damaged = disk.seen(FIRST).clone();
    assertThatThrownBy(() -> RecordJournal.open(disk, "a journal", SMALL, new Random(3), 3))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("ends at record 2 and had at least 3");
    assertThat(disk.seen(FIRST)).isEqualTo(damaged);
    disk.flip(FIRST, 8L * (64 + 72 + 30));
    RecordJournal.open(disk, "a journal", SMALL, new Random(3), 4).close();
  }

  @Test
  void everyFlippedBitBeforeTheEndIsRefusedAndNamed() throws IOException {
    write(3);
    int start = SegmentFormat.SEGMENT_HEADER_BYTES;
    int body = 2 * (SegmentFormat.RECORD_HEADER_BYTES + record(0).length);
    int end = start + SegmentFormat.BATCH_HEADER_BYTES + body;
    for (long bit = start * 8L; bit < end * 8L; bit++) {
      disk.flip(FIRST, bit);
      assertThatThrownBy(this::open)
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining(FIRST)
          .hasMessageContaining("offset 64")
          .hasMessageContaining("record 0");
      disk.flip(FIRST, bit);
    }
    assertThat(size()).isEqualTo(6);
  }

  @Test
  void aDamagedHeaderIsRefused() throws IOException {
    write(1);
    for (long bit = 0; bit < 60 * 8; bit++) {
      disk.flip(FIRST, bit);
      assertThatThrownBy(this::open).isInstanceOf(LogDamagedException.class);
      disk.flip(FIRST, bit);
    }
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void aRecordThatLooksLikeABatchIsNoBatch() throws IOException {
    // Who chooses a record's content may put copies of earlier bytes into it; with a torn end that
    // must not look like damage.
    write(1);
    byte[] copy = new byte[4096];
    System.arraycopy(disk.seen(FIRST), 0, copy, 0, copy.length);
    try (RecordJournal journal = open()) {
      journal.add(copy);
      assertThat(journal.commit()).isTrue();
    }
    disk.flip(FIRST, 8L * (64 + 2 * 64));
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void aMissingFirstSegmentIsRefused() throws IOException {
    try (RecordJournal journal = open()) {
      for (int i = 0; i < 20; i++) {
        journal.add(new byte[8000]);
        assertThat(journal.commit()).isTrue();
      }
    }
    FaultyDisk.Content first = disk.files.get(FIRST);
    disk.files.remove(FIRST);
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("does not begin at record 0");
    disk.files.put(FIRST, first);
    assertThat(size()).isEqualTo(20);
  }

  @Test
  void aJournalOfAnotherOriginIsRefused() throws IOException {
    write(1);
    assertThatThrownBy(() -> RecordJournal.open(disk, "another", SMALL, new Random(3), 0))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("belongs to another log");
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void aFailingSyncKillsTheJournal() throws IOException {
    try (RecordJournal journal = open()) {
      journal.add(record(0));
      assertThat(journal.commit()).isTrue();
      journal.add(record(1));
      machine.failWithin(1);
      assertThatThrownBy(journal::commit).isInstanceOf(LogFailedException.class);
      assertThat(journal.size()).isEqualTo(1);
      assertThatThrownBy(journal::commit)
          .isInstanceOf(LogFailedException.class)
          .hasMessageContaining("failed before");
    }
    try (RecordJournal journal = open()) {
      assertThat(journal.size()).isBetween(1L, 2L);
      journal.add(record(2));
      assertThat(journal.commit()).isTrue();
    }
  }

  @Test
  void aFullDiskIsSaidAndLeavesTheReserve() throws IOException {
    JournalOptions reserving = new JournalOptions(64 << 10, 1 << 20);
    try (RecordJournal journal = RecordJournal.open(disk, "j", reserving, new Random(3), 0)) {
      machine.freeBytes = (1 << 20) + (64 << 10) - 1;
      journal.add(record(0));
      assertThat(journal.commit()).isFalse();
      assertThat(journal.nextIndex()).isZero();
      assertThat(disk.files).isEmpty();
      machine.freeBytes++;
      journal.add(record(0));
      assertThat(journal.commit()).isTrue();
    }
  }

  @Test
  void theLongestRecordFitsAndALongerOneDoesNot() throws IOException {
    JournalOptions roomy = new JournalOptions(1 << 20, 0);
    try (RecordJournal journal = RecordJournal.open(disk, "j", roomy, new Random(3), 0)) {
      assertThat(journal.fits(SegmentFormat.RECORD_BYTES_MAX)).isTrue();
      assertThat(journal.fits(SegmentFormat.RECORD_BYTES_MAX + 1)).isFalse();
      journal.add(new byte[SegmentFormat.RECORD_BYTES_MAX]);
      assertThat(journal.commit()).isTrue();
      assertThatThrownBy(() -> journal.add(new byte[SegmentFormat.RECORD_BYTES_MAX + 1]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(journal.reader().read(0, 1, 1).getFirst()).hasSize(SegmentFormat.RECORD_BYTES_MAX);
    }
  }

  /** A spare that an earlier version or options left, and one that a crash left short. */
  @Test
  void aSpareSegmentIsUsedAtItsLengthUnlessItIsTooShort() throws IOException {
    JournalOptions growing = new JournalOptions(8 << 20, 0);
    disk.createZeroed("spare", 5 << 20);
    try (RecordJournal journal = RecordJournal.open(disk, "j", growing, new Random(3), 0)) {
      assertThat(journal.hasSpare()).isTrue();
      journal.add(record(0));
      assertThat(journal.commit()).isTrue();
      assertThat(disk.seen(FIRST)).hasSize(5 << 20);
      assertThat(journal.prepareNext()).isTrue();
      assertThat(disk.seen("spare")).hasSize(2 << 20);
    }
    disk.createZeroed("spare", (2 << 20) - 1);
    try (RecordJournal journal = RecordJournal.open(disk, "j", growing, new Random(3), 0)) {
      assertThat(journal.hasSpare()).isFalse();
      journal.rollOver();
      journal.add(record(1));
      assertThat(journal.commit()).isTrue();
      assertThat(disk.seen(SegmentFormat.name(1))).hasSize(2 << 20);
      assertThat(journal.reader().read(0, 2, 1 << 20)).containsExactly(record(0), record(1));
    }
  }

  /** What others asked for is read although a batch before it is damaged. */
  @Test
  void batchesBeforeWhatIsReadAreNotReadThemselves() throws IOException {
    write(3);
    try (RecordJournal journal = open()) {
      JournalReader reader = JournalReader.open(disk, "a journal");
      disk.flip(FIRST, 8L * (64 + 24 + 8 + 2));
      assertThat(reader.read(4, 2, 1 << 20)).containsExactly(record(4), record(5));
      assertThatThrownBy(() -> reader.read(0, 2, 1 << 20))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("record 0 is damaged");
      assertThat(journal.size()).isEqualTo(6);
    }
  }

  private static byte[] large(int i) {
    byte[] record = new byte[8000];
    record[0] = (byte) i;
    return record;
  }

  /** A batch that is too long for the rest of a segment begins there and ends in the next one. */
  @Test
  void largeBatchesLeaveNoGapAtTheEndOfASegment() throws IOException {
    int batches = 20;
    try (RecordJournal journal = open()) {
      for (int batch = 0; batch < batches; batch++) {
        for (int i = 0; i < 5; i++) {
          journal.add(large(5 * batch + i));
        }
        assertThat(journal.commit()).isTrue();
        assertThat(journal.size()).isEqualTo(5L * batch + 5);
      }
      List<byte[]> read = journal.reader().read(0, 5 * batches, 1 << 20);
      assertThat(IntStream.range(0, 5 * batches).allMatch(i -> read.get(i)[0] == i)).isTrue();
    }
    // Eight records of a little more than 8000 bytes fit into 64 KiB.
    assertThat(disk.files.keySet().stream().filter(name -> name.endsWith(".segment")))
        .hasSize((5 * batches + 7) / 8);
    assertThat(size()).isEqualTo(5L * batches);
  }

  @Test
  void aBatchForWhoseEndThereIsNoSegmentIsNotBegun() throws IOException {
    try (RecordJournal journal = open()) {
      for (int i = 0; i < 5; i++) {
        journal.add(large(i));
      }
      assertThat(journal.commit()).isTrue();
      machine.freeBytes = 0;
      byte[] before = disk.seen(FIRST).clone();
      for (int i = 5; i < 10; i++) {
        journal.add(large(i));
      }
      assertThat(journal.commit()).isFalse();
      assertThat(disk.seen(FIRST)).isEqualTo(before);
      assertThat(journal.nextIndex()).isEqualTo(5);
      machine.freeBytes = Long.MAX_VALUE;
      journal.add(large(5));
      assertThat(journal.commit()).isTrue();
      assertThat(journal.reader().read(5, 2, 1 << 20)).hasSize(1);
    }
  }
}
