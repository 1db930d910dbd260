package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/leaf-parts}, and the second example in {@code spec/leaves.md}.
 * {@code -Dcounterfoil.vectors.write=true} writes the files.
 */
class LeafPartVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final Path FOLDER = ROOT.resolve("vectors/leaf-parts");
  private static final String ORIGIN = "login.example/enterprise/logs/s1g1";

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(FOLDER)) {
      files = found.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(20);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(), () -> check(Files.readString(file))));
  }

  private static void check(String vector) throws FormatException {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: ([^\n]*)\nlog: ([^\n]*)\n--- part\n(.*)", Pattern.DOTALL)
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    byte[] bytes = HexFormat.of().parseHex(matcher.group(3).replaceAll("\\s", ""));
    assertThat(found(NoteKey.parse(matcher.group(2)), bytes)).isEqualTo(matcher.group(1));
  }

  /** What becomes of a part that begins the log. */
  private static String found(NoteKey log, byte[] bytes) {
    LeafPart part;
    try {
      part = LeafPart.parse(bytes, log);
    } catch (FormatException e) {
      return "malformed";
    }
    if (part.first() > 0) {
      return "positions " + part.first() + " to " + part.end();
    }
    PartLeaves kept = new PartLeaves(0, new SeededRandom("vector"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
    fold.fold(part);
    if (!fold.isAt(part.checkpoint())) {
      return "nothing counts";
    }
    fold.prove(part.checkpoint());
    StringJoiner held = new StringJoiner(", ", "counts: ", "");
    held.setEmptyValue("counts: nothing");
    for (long position = 0; position < part.end(); position++) {
      if (kept.look(position, Hash.sha256()) != Look.OUTSIDE) {
        held.add(Long.toString(position));
      }
    }
    return held.toString();
  }

  @Test
  void theSpecificationsExampleIsTheSoundOne() throws IOException {
    String vector = Files.readString(FOLDER.resolve("sound.txt"));
    String hex = vector.substring(vector.indexOf("--- part\n") + "--- part\n".length());
    assertThat(Files.readString(ROOT.resolve("spec/leaves.md"))).contains(hex);
  }

  // ---- writing ----

  private static NoteSigner noteSigner(int seed) {
    TestCosigner pair = new TestCosigner(ORIGIN, Algorithm.ED25519, seed);
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return new NoteKey(pair.key().name(), Hash.of(pair.key().publicKey()));
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        return pair.sign(text);
      }
    };
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    Files.createDirectories(FOLDER);
    for (Map.Entry<String, String> vector : vectors().entrySet()) {
      Files.writeString(FOLDER.resolve(vector.getKey() + ".txt"), vector.getValue());
    }
  }

  private static final int ENTRY = 1 + Hash.BYTES;

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

  /** All of a log of eleven, as it is sent to whoever has some of its tokens. */
  private byte[] part(LongPredicate isIts) throws Exception {
    return LeafPart.write(0, note(11, log), leaves(11), isIts);
  }

  private static byte[] with(byte[] part, int at, int value) {
    byte[] changed = part.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private Map<String, String> vectors() throws Exception {
    Map<String, String> vectors = new LinkedHashMap<>();
    byte[] sound = part(position -> position == 5 || position == 9);
    int entriesAt = sound.length - 7 * ENTRY;
    put(vectors, "sound", "two of eleven leaves", "counts: 5, 9", sound);
    put(vectors, "all", "every leaf", "counts: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10", part(p -> true));
    put(vectors, "none", "no leaf", "counts: nothing", part(p -> false));
    put(
        vectors,
        "later",
        "from the third position on: whether it counts, those before decide with it",
        "positions 2 to 11",
        LeafPart.write(
            2,
            note(11, log),
            Arrays.copyOfRange(leaves(11), 2 * Hash.BYTES, 11 * Hash.BYTES),
            position -> position == 5));
    put(
        vectors,
        "not-yet",
        "the first eight of eleven: they count when the others have come",
        "nothing counts",
        LeafPart.write(0, note(11, log), leaves(8), position -> position == 5));
    put(
        vectors,
        "nothing-new",
        "the log has not grown",
        "positions 11 to 11",
        LeafPart.write(11, note(11, log), new byte[0], position -> true));
    put(
        vectors,
        "hidden",
        "a leaf of the audience is sent as one that is left out: its token is looked for elsewhere",
        "counts: 9",
        with(sound, entriesAt + 2 * ENTRY, 0));
    put(
        vectors,
        "another-audiences",
        "a leaf of another audience is sent too, which does no harm",
        "counts: 4, 5, 9",
        with(sound, entriesAt + ENTRY, 0xff));
    put(
        vectors,
        "planted",
        "a bit of a leaf is another",
        "nothing counts",
        with(sound, entriesAt + 2 * ENTRY + 9, ~sound[entriesAt + 2 * ENTRY + 9]));
    put(
        vectors,
        "left-out-changed",
        "a bit of what is left out is another",
        "nothing counts",
        with(sound, entriesAt + 9, ~sound[entriesAt + 9]));
    malformed(
        vectors,
        "subtree-as-leaf",
        "the root of a subtree is called a leaf, so that the positions are other ones",
        with(sound, entriesAt, 0xff));
    malformed(
        vectors,
        "leaf-as-subtree",
        "a leaf is called a subtree",
        with(sound, entriesAt + ENTRY, 1));
    malformed(
        vectors,
        "no-subtree",
        "a subtree of two that begins at an odd position",
        with(sound, entriesAt + 2 * ENTRY, 1));
    malformed(vectors, "level-too-high", "a subtree of 131,072 leaves", with(sound, entriesAt, 17));
    malformed(vectors, "level-unknown", "neither a leaf nor a level", with(sound, entriesAt, 0x80));
    malformed(
        vectors,
        "held-back",
        "nothing, though the checkpoint covers some",
        LeafPart.write(1, note(11, log), new byte[0], position -> true));
    malformed(
        vectors,
        "past-checkpoint",
        "more than the checkpoint covers",
        LeafPart.write(0, note(8, log), leaves(11), position -> true));
    malformed(
        vectors,
        "another-key",
        "signed by another key",
        LeafPart.write(0, note(11, stranger), leaves(11), position -> true));
    malformed(vectors, "version", "another version", with(sound, 7, '2'));
    malformed(vectors, "torn", "the last byte is missing", Arrays.copyOf(sound, sound.length - 1));
    malformed(
        vectors,
        "entry-missing",
        "the last hash is missing",
        Arrays.copyOf(sound, sound.length - ENTRY));
    malformed(
        vectors, "longer", "a hash more than it says", Arrays.copyOf(sound, sound.length + ENTRY));
    malformed(vectors, "header-torn", "shorter than a header", Arrays.copyOf(sound, 27));
    malformed(vectors, "negative-first", "the first position's sign", with(sound, 8, 0x80));
    malformed(vectors, "too-many-positions", "more than 65,536 positions", with(sound, 17, 2));
    malformed(vectors, "other-positions", "a position more than there are", with(sound, 19, 12));
    malformed(vectors, "more-hashes", "more hashes than positions", with(sound, 23, 12));
    malformed(vectors, "batch", "a batch of leaves", LeafBatch.write(0, note(3, log), leaves(3)));
    return vectors;
  }

  private void malformed(Map<String, String> vectors, String name, String comment, byte[] part) {
    put(vectors, name, comment, "malformed", part);
  }

  private void put(
      Map<String, String> vectors, String name, String comment, String expect, byte[] part) {
    vectors.put(
        name,
        "comment: %s\nexpect: %s\nlog: %s\n--- part\n%s\n"
            .formatted(
                comment,
                expect,
                log.key(),
                HexFormat.of().formatHex(part).replaceAll("(.{96})(?=.)", "$1\n")));
  }
}
