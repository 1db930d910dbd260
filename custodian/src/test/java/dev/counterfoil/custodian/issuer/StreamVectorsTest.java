package dev.counterfoil.custodian.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The golden files in {@code vectors/custody-stream}. {@code -Dcounterfoil.vectors.write=true}
 * writes them anew, with the same keys.
 */
class StreamVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/custody-stream");
  private static final HexFormat HEX = HexFormat.of();
  private static final String LOG = "s1g1";
  private static final String ORIGIN = "login.example/logs/" + LOG;

  // ---- Reading

  private static String field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + ": "))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 2);
  }

  /** What a custodian takes of a stream that begins at position 0. */
  private static String taken(String text) throws Exception {
    NoteKey key = NoteKey.parse(field(text, "log"));
    byte[] bytes = HEX.parseHex(text.substring(text.indexOf("\n\n")).replace("\n", ""));
    MerkleFrontier tree = new MerkleFrontier();
    long head = 0;
    try (HttpRecordStream stream =
        new HttpRecordStream(new ByteArrayInputStream(bytes), Duration.ofSeconds(30))) {
      for (List<RecordItem> next = stream.next(); !next.isEmpty(); next = stream.next()) {
        for (RecordItem item : next) {
          switch (item) {
            case RecordItem.Payload payload -> {
              HeldToken token = HeldToken.parse(payload.bytes(), LOG);
              if (token.position() != tree.size()) {
                return "record refused";
              }
              tree.append(new Leaf(token.digest()).hash(new TreeHasher()));
            }
            case RecordItem.Head note -> {
              try {
                Checkpoint signed = Checkpoint.verify(note.note(), key);
                if (signed.size() != tree.size() || !signed.root().equals(tree.root())) {
                  return "head refused";
                }
                head = signed.size();
              } catch (FormatException e) {
                return "head refused";
              }
            }
            case RecordItem.Pause pause -> {
              // The other end is there.
            }
          }
        }
      }
    } catch (IssuerUnavailableException e) {
      return "item refused";
    } catch (FormatException e) {
      return "record refused";
    }
    return "records " + tree.size() + ", head " + head;
  }

  @Test
  void everyStreamIsTakenAsItsVectorSays() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(VECTORS)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(10);
    for (Path file : files) {
      String text = Files.readString(file);
      assertThat(taken(text)).as(file.toString()).isEqualTo(field(text, "expect"));
    }
  }

  // ---- Writing

  private static byte[] item(int kind, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .putInt(kind << 24 | content.length)
        .put(content)
        .array();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @BeforeAll
  static void writeWhenAsked() throws Exception {
    if (!Boolean.getBoolean("counterfoil.vectors.write")) {
      return;
    }
    NoteSigner log = TestLogKey.of(ORIGIN, new SeededRandom("log"));
    NoteSigner stranger = TestLogKey.of(ORIGIN, new SeededRandom("stranger"));
    TestKeys.Es256 key = new TestKeys.Es256(new SeededRandom("token key"));
    RecordedIssuer issuer =
        new RecordedIssuer(
            "acme",
            "https://login.example",
            new SettableClock(Instant.parse("2026-11-01T10:00:00Z")));
    List<byte[]> records = new ArrayList<>();
    MerkleFrontier tree = new MerkleFrontier();
    for (int i = 0; i < 3; i++) {
      byte[] record = RecordedIssuer.recordOf(i, issuer.draft(key, LOG, i).signingInput(), LOG + i);
      records.add(record);
      tree.append(new Leaf(HeldToken.parse(record, LOG).digest()).hash(new TreeHasher()));
    }
    byte[] three =
        joined(item(0, records.get(0)), item(0, records.get(1)), item(0, records.get(2)));
    byte[] head = new Checkpoint(ORIGIN, 3, tree.root()).sign(log).bytes();
    byte[] elsewhere =
        RecordedIssuer.recordOf(2, issuer.draft(key, LOG, 5).signingInput(), LOG + 5);
    byte[] uncommitted =
        RecordedIssuer.recordOf(2, issuer.draft(key, LOG, 2).signingInput(), "other");
    byte[] two = joined(item(0, records.get(0)), item(0, records.get(1)));
    Map<String, List<Object>> cases = new LinkedHashMap<>();
    cases.put(
        "sound",
        List.of(
            "three records, a pause and a head",
            "records 3, head 3",
            joined(three, item(2, new byte[0]), item(1, head))));
    cases.put("empty", List.of("an answer that ends at once", "records 0, head 0", new byte[0]));
    cases.put("no-head", List.of("records that no head covers yet", "records 3, head 0", three));
    cases.put(
        "gap",
        List.of(
            "record 1 is left out",
            "record refused",
            joined(item(0, records.get(0)), item(0, records.get(2)))));
    cases.put(
        "twice",
        List.of("record 1 comes twice", "record refused", joined(two, item(0, records.get(1)))));
    cases.put(
        "another-position",
        List.of(
            "the jti names another position", "record refused", joined(two, item(0, elsewhere))));
    cases.put(
        "context-not-committed-to",
        List.of(
            "the context is not the one that the jti commits to",
            "record refused",
            joined(two, item(0, uncommitted))));
    byte[] longer = Arrays.copyOf(records.get(2), 20);
    cases.put(
        "record-cut",
        List.of("a record of 20 bytes", "record refused", joined(two, item(0, longer))));
    cases.put(
        "cut-inside-item",
        List.of(
            "the stream ends inside a record",
            "item refused",
            Arrays.copyOf(three, three.length - 5)));
    cases.put(
        "unknown-kind",
        List.of("an item of kind 3", "item refused", joined(three, item(3, new byte[1]))));
    cases.put(
        "too-long",
        List.of(
            "an item that says 65,537 bytes",
            "item refused",
            joined(three, ByteBuffer.allocate(4).putInt(65_537).array())));
    cases.put(
        "head-of-another-size",
        List.of("a head of three after two records", "head refused", joined(two, item(1, head))));
    cases.put(
        "head-of-another-key",
        List.of(
            "a head that another key signed",
            "head refused",
            joined(three, item(1, new Checkpoint(ORIGIN, 3, tree.root()).sign(stranger).bytes()))));
    cases.put(
        "head-of-another-root",
        List.of(
            "a head with another root",
            "head refused",
            joined(
                three,
                item(1, new Checkpoint(ORIGIN, 3, TreeHasher.EMPTY_ROOT).sign(log).bytes()))));
    Files.createDirectories(VECTORS);
    for (Map.Entry<String, List<Object>> one : cases.entrySet()) {
      StringBuilder text = new StringBuilder();
      text.append("comment: ").append(one.getValue().get(0)).append('\n');
      text.append("expect: ").append(one.getValue().get(1)).append('\n');
      text.append("log: ").append(log.key()).append("\n\n");
      byte[] bytes = (byte[]) one.getValue().get(2);
      for (int at = 0; at < bytes.length; at += 64) {
        text.append(HEX.formatHex(bytes, at, Math.min(bytes.length, at + 64))).append('\n');
      }
      Files.writeString(VECTORS.resolve(one.getKey() + ".txt"), text.toString());
    }
  }
}
