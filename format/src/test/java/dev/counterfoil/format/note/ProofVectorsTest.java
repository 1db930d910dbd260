package dev.counterfoil.format.note;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/proofs}: a token's place in a log, from a policy and a proof
 * alone. {@code -Dcounterfoil.vectors.write=true} writes them. And the example of
 * c2sp.org/tlog-proof, as far as the specification prints it.
 */
class ProofVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/proofs");
  private static final String ORIGIN = "login.example/enterprise/logs/s1g1";
  private static final long TIME = 1_795_608_000;
  private static final int SIZE = 11;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 16, ProofVectorsTest::check);
  }

  private static void check(String vector) {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: ([^\n]*)\nsigning-input: ([^\n]*)\n"
                    + "--- policy\n(.*?)--- proof\n(.*)",
                Pattern.DOTALL)
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    assertThat(verify(utf8(matcher.group(2)), utf8(matcher.group(3)), utf8(matcher.group(4))))
        .isEqualTo(matcher.group(1));
  }

  private static String verify(byte[] signingInput, byte[] policyFile, byte[] proofFile) {
    TlogProof proof;
    try {
      proof = TlogProof.parse(proofFile);
    } catch (FormatException e) {
      return "malformed";
    }
    try {
      Checkpoint covering = proof.verify(Leaf.of(signingInput), LogPolicy.parse(policyFile));
      return "proved at " + proof.index() + " of " + covering.size();
    } catch (FormatException e) {
      return "not proved";
    }
  }

  @Test
  void theSpecificationsExampleIsReadUpToItsCutSignatures() throws Exception {
    // c2sp.org/tlog-proof; the page cuts the signatures with [...], so whole ones stand in.
    String head =
        """
        c2sp.org/tlog-proof@v1
        extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
        index 73894
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
        EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
        RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
        AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

        """;
    String text =
        """
        example.com/fancylog
        109482
        sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
        """;
    TestCosigner log = new TestCosigner("example.com/fancylog", Algorithm.ED25519, 1);
    SignedNote note = SignedNote.sign(text, TestLogKey.of(log));
    TlogProof proof =
        TlogProof.parse(utf8(head + new String(note.bytes(), StandardCharsets.UTF_8)));
    assertThat(proof.index()).isEqualTo(73_894);
    assertThat(proof.path()).hasSize(5);
    assertThat(proof.path().get(0).base64())
        .isEqualTo("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=");
    assertThat(Checkpoint.parse(proof.checkpoint().text()).size()).isEqualTo(109_482);
    assertThat(proof.checkpoint()).isEqualTo(note);
  }

  // ---- writing ----

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    VectorFiles.write(FOLDER, vectors());
  }

  private static String signingInput(int index) {
    return "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJ" + index + "In0";
  }

  private static String vector(
      String comment, String expect, int token, String policy, String proof) {
    return "comment: %s\nexpect: %s\nsigning-input: %s\n--- policy\n%s--- proof\n%s"
        .formatted(comment, expect, signingInput(token), policy, proof);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, String> vectors() throws Exception {
    NoteSigner log = TestLogKey.of(new TestCosigner(ORIGIN, Algorithm.ED25519, 11));
    TestCosigner witness = new TestCosigner("witness.example/w1", Algorithm.ED25519, 12);
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    Map<String, Hash> hashes = new LinkedHashMap<>();
    for (int i = 0; i < SIZE; i++) {
      frontier.append(
          Leaf.of(utf8(signingInput(i))).hash(hasher),
          (level, index, hash) -> hashes.put(level + "/" + index, hash));
    }
    HashSource source = (level, index) -> Objects.requireNonNull(hashes.get(level + "/" + index));
    SignedNote note = new Checkpoint(ORIGIN, SIZE, frontier.root()).sign(log);
    List<SignedNote.NoteSignature> lines = new ArrayList<>(note.signatures());
    lines.add(Cosignature.make(note.text(), TIME, witness).line());
    SignedNote cosigned = new SignedNote(note.text(), lines);

    String logLine = "log " + log.key() + "\n";
    String none = logLine + "quorum none\n";
    String quorum = logLine + "witness w1 " + witness.key() + "\nquorum w1\n";
    List<Hash> path = InclusionProof.make(source, 5, SIZE).path();
    TlogProof good = new TlogProof(5, path, note);
    String proof = text(good.bytes());
    Map<String, String> all = new LinkedHashMap<>();
    all.put("proved", vector("the log's signature is enough", "proved at 5 of 11", 5, none, proof));
    all.put(
        "proved-last",
        vector(
            "the last leaf, whose path is shorter",
            "proved at 10 of 11",
            10,
            none,
            text(new TlogProof(10, InclusionProof.make(source, 10, SIZE).path(), note).bytes())));
    all.put(
        "proved-extra",
        vector(
            "with extra data, which nobody believes",
            "proved at 5 of 11",
            5,
            none,
            proof.replace("index 5\n", "extra Y291bnRlcmZvaWw=\nindex 5\n")));
    String withWitness = text(new TlogProof(5, path, cosigned).bytes());
    all.put(
        "proved-cosigned",
        vector("the quorum cosigned", "proved at 5 of 11", 5, quorum, withWitness));
    all.put(
        "cosignature-not-asked-for",
        vector("a policy without witnesses", "proved at 5 of 11", 5, none, withWitness));
    all.put("no-quorum", vector("no witness cosigned", "not proved", 5, quorum, proof));
    all.put("other-token", vector("the proof of another token", "not proved", 6, none, proof));
    all.put(
        "other-index",
        vector("another index", "not proved", 5, none, proof.replace("index 5\n", "index 4\n")));
    all.put(
        "index-past-the-end",
        vector(
            "an index that the tree lacks",
            "not proved",
            5,
            none,
            proof.replace("index 5\n", "index 11\n")));
    all.put(
        "short-path",
        vector(
            "a hash is missing",
            "not proved",
            5,
            none,
            text(new TlogProof(5, path.subList(0, path.size() - 1), note).bytes())));
    List<Hash> longer = new ArrayList<>(path);
    longer.add(Hash.sha256());
    all.put(
        "long-path",
        vector(
            "a hash too many",
            "not proved",
            5,
            none,
            text(new TlogProof(5, longer, note).bytes())));
    List<Hash> swapped = new ArrayList<>(path);
    swapped.set(0, path.get(1));
    swapped.set(1, path.get(0));
    all.put(
        "swapped-hashes",
        vector(
            "two hashes in the wrong order",
            "not proved",
            5,
            none,
            text(new TlogProof(5, swapped, note).bytes())));
    NoteSigner stranger = TestLogKey.of(new TestCosigner(ORIGIN, Algorithm.ED25519, 13));
    all.put(
        "other-key",
        vector(
            "another key of the same name",
            "not proved",
            5,
            "log " + stranger.key() + "\nquorum none\n",
            proof));
    SignedNote otherOrigin =
        new Checkpoint("login.example/enterprise/logs/s1g2", SIZE, frontier.root()).sign(log);
    all.put(
        "other-origin",
        vector(
            "a checkpoint of another log",
            "not proved",
            5,
            none,
            text(new TlogProof(5, path, otherOrigin).bytes())));
    all.put(
        "other-size",
        vector("the size is changed", "not proved", 5, none, proof.replace("\n11\n", "\n12\n")));
    all.put(
        "no-header",
        vector("no first line", "malformed", 5, none, proof.substring(proof.indexOf('\n') + 1)));
    all.put(
        "leading-zero",
        vector(
            "an index with a leading zero",
            "malformed",
            5,
            none,
            proof.replace("index 5\n", "index 05\n")));
    all.put(
        "short-hash",
        vector(
            "a hash of 31 bytes",
            "malformed",
            5,
            none,
            proof.replace(
                path.get(0).base64(),
                Base64.getEncoder().encodeToString(Arrays.copyOf(path.get(0).bytes(), 31)))));
    all.put(
        "no-blank-line",
        vector(
            "no blank line before the checkpoint",
            "malformed",
            5,
            none,
            proof.replaceFirst("\n\n", "\n")));
    all.put("no-index", vector("no index", "malformed", 5, none, proof.replace("index 5\n", "")));
    return all;
  }
}
