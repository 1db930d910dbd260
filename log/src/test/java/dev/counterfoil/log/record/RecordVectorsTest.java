package dev.counterfoil.log.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The golden files in {@code vectors/record-door}, which this writes and reads. */
class RecordVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/record-door");
  private static final HexFormat HEX = HexFormat.of();

  private static String read(byte[] payload) {
    try {
      if (!(LogEntry.parse(payload) instanceof RecordedDigest digest)) {
        return "another record";
      }
      return "position %d, digest %s, source %s"
          .formatted(digest.position(), digest.digest().hex(), digest.source());
    } catch (FormatException e) {
      return "malformed";
    }
  }

  private static byte[] changed(byte[] record, int at, int value) {
    byte[] changed = record.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static byte[] sourced(byte[] record, String source) {
    byte[] name = source.getBytes(StandardCharsets.ISO_8859_1);
    byte[] sourced = Arrays.copyOf(record, 65 + name.length);
    System.arraycopy(name, 0, sourced, 65, name.length);
    return sourced;
  }

  private static Map<String, List<Object>> cases() {
    byte[] batch = new byte[16];
    batch[15] = 9;
    byte[] good =
        new RecordedDigest(
                3,
                1_764_028_800_000L,
                Hash.sha256(new byte[] {3}),
                batch,
                "legacy".getBytes(StandardCharsets.US_ASCII))
            .encode();
    String expected = "position 3, digest " + Hash.sha256(new byte[] {3}).hex() + ", source ";
    Map<String, List<Object>> cases = new LinkedHashMap<>();
    cases.put("record", List.of("the example of spec/journal.md", expected + "legacy", good));
    cases.put(
        "source-longest",
        List.of(
            "a source of 128 bytes", expected + "a".repeat(128), sourced(good, "a".repeat(128))));
    cases.put(
        "source-too-long",
        List.of("a source of 129 bytes", "malformed", sourced(good, "a".repeat(129))));
    cases.put("source-none", List.of("no byte of a source", "malformed", Arrays.copyOf(good, 65)));
    cases.put("source-space", List.of("a space in the source", "malformed", sourced(good, "a b")));
    cases.put(
        "source-not-ascii", List.of("a byte above 7e", "malformed", sourced(good, "caf\u00e9")));
    cases.put("cut", List.of("it ends in the batch", "malformed", Arrays.copyOf(good, 60)));
    cases.put("version", List.of("version 9", "malformed", changed(good, 0, 9)));
    cases.put(
        "position-negative", List.of("a position below 0", "malformed", changed(good, 1, 0x80)));
    return cases;
  }

  private static String text(List<Object> one) {
    return "comment: %s\nexpect: %s\n\n%s\n"
        .formatted(one.get(0), one.get(1), HEX.formatHex((byte[]) one.get(2)));
  }

  @Test
  void everyRecordIsReadAsItsVectorSays() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(VECTORS)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSameSizeAs(cases().keySet());
    for (Path file : files) {
      String[] lines = Files.readString(file).split("\n", -1);
      assertThat(read(HEX.parseHex(lines[3])))
          .as(file.toString())
          .isEqualTo(lines[1].substring("expect: ".length()));
    }
  }

  @Test
  void theyAreWrittenAsTheyStand() throws IOException {
    for (Map.Entry<String, List<Object>> one : cases().entrySet()) {
      assertThat(Files.readString(VECTORS.resolve(one.getKey() + ".txt")))
          .isEqualTo(text(one.getValue()));
    }
  }

  @BeforeAll
  static void writeWhenAsked() throws IOException {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      Files.createDirectories(VECTORS);
      for (Map.Entry<String, List<Object>> one : cases().entrySet()) {
        Files.writeString(VECTORS.resolve(one.getKey() + ".txt"), text(one.getValue()));
      }
    }
  }
}
