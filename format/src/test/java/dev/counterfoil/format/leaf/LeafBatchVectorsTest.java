package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/leaves}, and the example in {@code spec/leaves.md}. {@code
 * -Dcounterfoil.vectors.write=true} writes the files.
 */
class LeafBatchVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final Path FOLDER = ROOT.resolve("vectors/leaves");
  private static final String ORIGIN = "login.example/enterprise/logs/s1g1";

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 16, LeafBatchVectorsTest::check);
  }

  private static void check(String vector) throws FormatException {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: ([^\n]*)\nlog: ([^\n]*)\n--- batch\n(.*)", Pattern.DOTALL)
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    byte[] bytes = HexFormat.of().parseHex(matcher.group(3).replaceAll("\\s", ""));
    assertThat(found(NoteKey.parse(matcher.group(2)), bytes)).isEqualTo(matcher.group(1));
  }

  /** What becomes of a batch that begins the log. */
  private static String found(NoteKey log, byte[] bytes) {
    LeafBatch batch;
    try {
      batch = LeafBatch.parse(bytes, log);
    } catch (FormatException e) {
      return "malformed";
    }
    if (batch.first() > 0) {
      return batch.count() + " leaves from " + batch.first();
    }
    LeafFold fold =
        new LeafFold(new MerkleFrontier(), new ResidentLeaves(0, new SeededRandom("vector")));
    fold.fold(batch, batch.end());
    return fold.isAt(batch.checkpoint())
        ? batch.count() + " leaves count"
        : "none of " + batch.count() + " leaves counts";
  }

  @Test
  void theSpecificationsExampleIsTheSoundOne() throws IOException {
    String vector = Files.readString(FOLDER.resolve("sound.txt"));
    String hex = vector.substring(vector.indexOf("--- batch\n") + "--- batch\n".length());
    assertThat(Files.readString(ROOT.resolve("spec/leaves.md"))).contains(hex);
  }

  // ---- writing ----

  private static NoteSigner noteSigner(int seed) {
    return TestLogKey.of(new TestCosigner(ORIGIN, Algorithm.ED25519, seed));
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    VectorFiles.write(FOLDER, vectors());
  }

  private final NoteSigner log = noteSigner(11);
  private final NoteSigner stranger = noteSigner(13);
  private final TreeHasher hasher = new TreeHasher();

  private byte[] leaves(int count) {
    byte[] leaves = new byte[count * Hash.BYTES];
    for (int i = 0; i < count; i++) {
      Leaf.of(("token " + i).getBytes(StandardCharsets.US_ASCII))
          .hash(hasher)
          .write(leaves, i * Hash.BYTES);
    }
    return leaves;
  }

  private byte[] note(int size, NoteSigner signer) throws Exception {
    MerkleFrontier tree = new MerkleFrontier();
    byte[] leaves = leaves(size);
    for (int i = 0; i < size; i++) {
      tree.append(Hash.read(leaves, i * Hash.BYTES));
    }
    return new Checkpoint(ORIGIN, size, tree.root()).sign(signer).bytes();
  }

  private static byte[] with(byte[] batch, int at, int value) {
    byte[] changed = batch.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private Map<String, String> vectors() throws Exception {
    byte[] three = LeafBatch.write(0, note(3, log), leaves(3));
    byte[] swapped = three.clone();
    int leavesAt = three.length - 3 * Hash.BYTES;
    System.arraycopy(three, leavesAt, swapped, leavesAt + Hash.BYTES, Hash.BYTES);
    System.arraycopy(three, leavesAt + Hash.BYTES, swapped, leavesAt, Hash.BYTES);
    Map<String, String> vectors = new LinkedHashMap<>();
    put(vectors, "sound", "all of a log of three", "3 leaves count", three);
    put(
        vectors,
        "later",
        "two of three: whether they count, the first decides with them",
        "2 leaves from 1",
        LeafBatch.write(
            1, note(3, log), Arrays.copyOfRange(leaves(3), Hash.BYTES, 3 * Hash.BYTES)));
    put(
        vectors,
        "part",
        "one of three: it counts when the others have come",
        "none of 1 leaves counts",
        LeafBatch.write(0, note(3, log), leaves(1)));
    put(
        vectors,
        "nothing-new",
        "the log has not grown",
        "0 leaves from 3",
        LeafBatch.write(3, note(3, log), new byte[0]));
    put(
        vectors,
        "behind",
        "the log is smaller than who asks knows it",
        "0 leaves from 5",
        LeafBatch.write(5, note(3, log), new byte[0]));
    put(
        vectors,
        "empty-log",
        "no entry yet",
        "0 leaves count",
        LeafBatch.write(0, note(0, log), new byte[0]));
    put(
        vectors,
        "planted",
        "a bit of a leaf is another",
        "none of 3 leaves counts",
        with(three, leavesAt, ~three[leavesAt]));
    put(vectors, "reordered", "two leaves have changed places", "none of 3 leaves counts", swapped);
    malformed(
        vectors,
        "held-back",
        "no leaves, though the checkpoint covers some",
        LeafBatch.write(1, note(3, log), new byte[0]));
    malformed(
        vectors,
        "past-checkpoint",
        "more leaves than the checkpoint covers",
        LeafBatch.write(0, note(2, log), leaves(3)));
    malformed(
        vectors,
        "another-key",
        "signed by another key",
        LeafBatch.write(0, note(3, stranger), leaves(3)));
    malformed(
        vectors,
        "another-log",
        "a checkpoint of another origin",
        LeafBatch.write(0, replaced(note(3, log), "/s1g1\n3", "/s1g2\n3"), leaves(3)));
    malformed(
        vectors, "signature-changed", "a bit of the signature", with(three, leavesAt - 8, 'A'));
    malformed(vectors, "version", "another version", with(three, 7, '2'));
    malformed(vectors, "torn", "the last byte is missing", Arrays.copyOf(three, three.length - 1));
    malformed(
        vectors,
        "leaf-missing",
        "the last leaf is missing",
        Arrays.copyOf(three, three.length - 32));
    malformed(
        vectors, "longer", "a leaf more than it says", Arrays.copyOf(three, three.length + 32));
    malformed(vectors, "header-torn", "shorter than a header", Arrays.copyOf(three, 23));
    malformed(vectors, "negative-first", "the first position's sign", with(three, 8, 0x80));
    malformed(vectors, "too-many", "a count above 65,536", with(three, 17, 2));
    malformed(vectors, "negative-count", "the count's sign", with(three, 16, 0x80));
    malformed(vectors, "no-note", "no checkpoint", without(three, leavesAt));
    return vectors;
  }

  private static byte[] replaced(byte[] note, String old, String by) {
    return new String(note, StandardCharsets.UTF_8)
        .replace(old, by)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] without(byte[] batch, int leavesAt) {
    ByteBuffer header = ByteBuffer.wrap(batch.clone(), 0, 24).putInt(20, 0);
    byte[] cut = new byte[24 + batch.length - leavesAt];
    header.get(cut, 0, 24);
    System.arraycopy(batch, leavesAt, cut, 24, batch.length - leavesAt);
    return cut;
  }

  private void malformed(Map<String, String> vectors, String name, String comment, byte[] batch) {
    put(vectors, name, comment, "malformed", batch);
  }

  private void put(
      Map<String, String> vectors, String name, String comment, String expect, byte[] batch) {
    vectors.put(
        name,
        "comment: %s\nexpect: %s\nlog: %s\n--- batch\n%s\n"
            .formatted(
                comment,
                expect,
                log.key(),
                HexFormat.of().formatHex(batch).replaceAll("(.{96})(?=.)", "$1\n")));
  }
}
