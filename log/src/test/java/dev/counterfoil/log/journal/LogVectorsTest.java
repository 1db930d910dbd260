package dev.counterfoil.log.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The golden files in {@code vectors/journal} and {@code vectors/leaf}: this writes them (with
 * {@code -Dcounterfoil.vectors.write=true}), and the default run shows that what the log does now
 * still agrees with them.
 */
class LogVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors");
  private static final HexFormat HEX = HexFormat.of();
  private static final String ORIGIN = "auth.example/logs/s1g1";
  private static final int SEGMENT_BYTES = 64 << 10;
  private static final long TIME_MILLIS = 1_764_028_800_000L;

  // ---- journal ----

  private static Counterfoil counterfoil(int position) {
    byte[] salt = new byte[16];
    for (int i = 0; i < salt.length; i++) {
      salt[i] = (byte) (16 * position + i);
    }
    return new Counterfoil(
        position,
        TIME_MILLIS + position,
        ("eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJ" + position + "In0").getBytes(StandardCharsets.US_ASCII),
        salt,
        ("{\"client\":\"c" + position + "\"}").getBytes(StandardCharsets.US_ASCII));
  }

  /** Two batches: of records 0 and 1, and of record 2. */
  private static byte[] segment() throws IOException {
    FaultyDisk disk = new Machine(new Random(1)).disk("journal");
    JournalOptions options = new JournalOptions(SEGMENT_BYTES, 0);
    try (RecordJournal journal = RecordJournal.open(disk, ORIGIN, options, new Random(1))) {
      journal.add(counterfoil(0));
      journal.add(counterfoil(1));
      assertThat(journal.commit()).isTrue();
      journal.add(counterfoil(2));
      assertThat(journal.commit()).isTrue();
    }
    return disk.seen(SegmentFormat.name(0)).clone();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Case(String comment, String expect, String origin, byte[] segment) {
    Case {
      segment = segment.clone();
    }

    String text() {
      int end = segment.length;
      while (segment[end - 1] == 0) {
        end--;
      }
      StringBuilder text = new StringBuilder();
      text.append("comment: ").append(comment).append('\n');
      text.append("expect: ").append(expect).append('\n');
      text.append("origin: ").append(origin).append('\n');
      text.append("name: ").append(SegmentFormat.name(0)).append('\n');
      text.append("size: ").append(segment.length).append("\n\n");
      for (int at = 0; at < end; at += 32) {
        text.append(HEX.formatHex(segment, at, Math.min(at + 32, segment.length))).append('\n');
      }
      return text.toString();
    }
  }

  private static byte[] changed(byte[] segment, int from, int to, int xor) {
    byte[] changed = segment.clone();
    for (int i = from; i < to; i++) {
      changed[i] = xor == 0 ? 0 : (byte) (changed[i] ^ xor);
    }
    return changed;
  }

  private static Map<String, Case> journalCases() throws IOException {
    byte[] good = segment();
    ByteBuffer buffer = ByteBuffer.wrap(good);
    int first = SegmentFormat.SEGMENT_HEADER_BYTES;
    int second =
        first
            + (int)
                SegmentFormat.align(SegmentFormat.BATCH_HEADER_BYTES + buffer.getInt(first + 4));
    int end = second + SegmentFormat.BATCH_HEADER_BYTES + buffer.getInt(second + 4);
    Map<String, Case> cases = new LinkedHashMap<>();
    cases.put("sound", new Case("two batches of two records and one", "records 3", ORIGIN, good));
    cases.put(
        "torn-header",
        new Case(
            "of the last batch a crash kept all but its header",
            "records 2",
            ORIGIN,
            changed(good, second, second + SegmentFormat.BATCH_HEADER_BYTES, 0)));
    cases.put(
        "torn-end",
        new Case(
            "of the last batch a crash kept the beginning",
            "records 2",
            ORIGIN,
            changed(good, end - 20, end, 0)));
    cases.put(
        "torn-first",
        new Case(
            "no batch was ever whole", "records 0", ORIGIN, changed(good, first + 40, end, 0)));
    cases.put(
        "empty",
        new Case(
            "a segment that was begun and not written to",
            "records 0",
            ORIGIN,
            changed(good, first, end, 0)));
    cases.put(
        "damaged-record",
        new Case(
            "a bit of record 0 is flipped and a whole batch follows",
            "damaged",
            ORIGIN,
            changed(good, first + 50, first + 51, 0x10)));
    cases.put(
        "damaged-batch-header",
        new Case(
            "a bit of the first batch's header is flipped and a whole batch follows",
            "damaged",
            ORIGIN,
            changed(good, first + 19, first + 20, 0x01)));
    cases.put(
        "damaged-segment-header",
        new Case(
            "a bit of the segment's seed is flipped", "damaged", ORIGIN, changed(good, 20, 21, 1)));
    cases.put(
        "another-origin",
        new Case("the segment of another journal", "damaged", "auth.example/logs/s1g2", good));
    return cases;
  }

  private static String field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + ": "))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 2);
  }

  private static FaultyDisk disk(String text) throws IOException {
    FaultyDisk disk = new Machine(new Random(1)).disk("journal");
    ByteBuffer segment = ByteBuffer.allocate(Integer.parseInt(field(text, "size")));
    String hex = text.substring(text.indexOf("\n\n")).replace("\n", "");
    segment.put(HEX.parseHex(hex));
    disk.replace(field(text, "name"), segment.array());
    return disk;
  }

  @Test
  void journalsAreReadAsTheirVectorsSay() throws Exception {
    JournalOptions options = new JournalOptions(SEGMENT_BYTES, 0);
    List<Path> files = files("journal");
    assertThat(files).hasSameSizeAs(journalCases().keySet());
    for (Path file : files) {
      String text = Files.readString(file);
      String origin = field(text, "origin");
      FaultyDisk disk = disk(text);
      if (field(text, "expect").equals("damaged")) {
        assertThatThrownBy(() -> RecordJournal.open(disk, origin, options, new Random(1)))
            .as(file.toString())
            .isInstanceOf(LogDamagedException.class);
        continue;
      }
      try (RecordJournal journal = RecordJournal.open(disk, origin, options, new Random(1))) {
        assertThat("records " + journal.size())
            .as(file.toString())
            .isEqualTo(field(text, "expect"));
        for (int i = 0; i < journal.size(); i++) {
          byte[] record = journal.reader().read(i, 1, 1).getFirst();
          assertThat(record).isEqualTo(counterfoil(i).encode());
          assertThat(Counterfoil.parse(record).encode()).isEqualTo(record);
        }
      }
    }
  }

  @Test
  void journalsAreWrittenAsTheirVectorsSay() throws IOException {
    for (Map.Entry<String, Case> one : journalCases().entrySet()) {
      assertThat(Files.readString(VECTORS.resolve("journal/" + one.getKey() + ".txt")))
          .isEqualTo(one.getValue().text());
    }
  }

  // ---- leaf ----

  private static String leaves() {
    TreeHasher hasher = new TreeHasher();
    MerkleFrontier frontier = new MerkleFrontier();
    StringBuilder text =
        new StringBuilder("comment: leaves of signing inputs, and the root after each\n");
    List<Leaf> leaves = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Leaf leaf = counterfoil(i).leaf();
      leaves.add(leaf);
      frontier.append(leaf.hash(hasher));
      text.append("\nsigning-input: ")
          .append(new String(counterfoil(i).signingInput(), StandardCharsets.US_ASCII))
          .append("\nentry: ")
          .append(HEX.formatHex(leaf.entry()))
          .append("\nleaf-hash: ")
          .append(leaf.hash(hasher).hex())
          .append("\nroot: ")
          .append(frontier.root().hex())
          .append('\n');
    }
    byte[] digests = new byte[leaves.size() * Hash.BYTES];
    for (int i = 0; i < leaves.size(); i++) {
      leaves.get(i).digest().write(digests, i * Hash.BYTES);
    }
    return text.append("\nbundle: ")
        .append(HEX.formatHex(LogReader.bundle(digests)))
        .append('\n')
        .toString();
  }

  @Test
  void leavesAreAsTheirVectorSays() throws IOException {
    assertThat(Files.readString(VECTORS.resolve("leaf/leaves.txt"))).isEqualTo(leaves());
  }

  private static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(VECTORS.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
  }

  @BeforeAll
  static void writeWhenAsked() throws IOException {
    if (!Boolean.getBoolean("counterfoil.vectors.write")) {
      return;
    }
    Files.createDirectories(VECTORS.resolve("journal"));
    Files.createDirectories(VECTORS.resolve("leaf"));
    for (Map.Entry<String, Case> one : journalCases().entrySet()) {
      Files.writeString(VECTORS.resolve("journal/" + one.getKey() + ".txt"), one.getValue().text());
    }
    Files.writeString(VECTORS.resolve("leaf/leaves.txt"), leaves());
  }
}
