package dev.counterfoil.format.note;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.format.policy.CosignedBy;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/cosignatures}, and the example in {@code
 * spec/cosignatures.md}. {@code -Dcounterfoil.vectors.write=true} writes those that are made here;
 * those that other people's software made stay as they are.
 */
class CosignatureVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final Path FOLDER = ROOT.resolve("vectors/cosignatures");
  private static final long TIME = 1_795_608_000;
  private static final String ORIGIN = "login.example/enterprise/logs/s1g1";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 26, CosignatureVectorsTest::check);
  }

  private static void check(String vector) {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: ([^\n]*)\n(?:--- policy\n(.*?))?--- (note|request)\n(.*)",
                Pattern.DOTALL)
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    String found =
        matcher.group(3).equals("request")
            ? request(utf8(matcher.group(4)))
            : note(utf8(matcher.group(2)), utf8(matcher.group(4)));
    assertThat(found).isEqualTo(matcher.group(1));
  }

  private static String request(byte[] bytes) {
    try {
      assertThat(AddCheckpoint.parse(bytes).bytes()).isEqualTo(bytes);
      return "request read";
    } catch (FormatException e) {
      return "request refused";
    }
  }

  private static String note(byte[] policyFile, byte[] note) {
    LogPolicy policy;
    try {
      policy = LogPolicy.parse(policyFile);
    } catch (FormatException e) {
      return "policy refused";
    }
    try {
      CosignedBy cosigned = policy.cosigned(SignedNote.parse(note));
      if (!cosigned.quorum()) {
        return "no quorum";
      }
      policy.verify(note);
      return "quorum at " + cosigned.quorumTimestamp().orElseThrow();
    } catch (FormatException e) {
      return "note refused";
    }
  }

  @Test
  void theExampleOnThePageIsWhatItSays() throws Exception {
    String page = Files.readString(ROOT.resolve("spec/cosignatures.md"));
    byte[] policyFile = utf8(block(page, "The policy"));
    byte[] note = utf8(block(page, "The checkpoint"));
    LogPolicy policy = LogPolicy.parse(policyFile);
    CosignedBy cosigned = policy.cosigned(SignedNote.parse(note));
    assertThat(policy.verify(note).size()).isEqualTo(8);
    assertThat(cosigned.names()).containsExactlyInAnyOrder("w1", "w2");
    assertThat(cosigned.quorumTimestamp()).hasValue(TIME);
    String text = SignedNote.parse(note).text();
    assertThat(policy.witnesses().get(0).key().message(text, TIME))
        .isEqualTo(utf8(block(page, "signs this text")));
    CosignerKey mlDsa = new TestCosigner("witness.example/w4", Algorithm.ML_DSA_44, 4).key();
    assertThat(HexFormat.of().formatHex(mlDsa.message(text, TIME)))
        .isEqualTo(block(page, "signs these bytes").replaceAll("(?m)#.*$|\\s", ""));
    AddCheckpoint request = AddCheckpoint.parse(utf8(block(page, "The request")));
    assertThat(request.oldSize()).isEqualTo(6);
    assertThat(request.checkpoint().size()).isEqualTo(8);
    assertThat(
            new ConsistencyProof(6, 8, request.proof())
                .proves(root(6), request.checkpoint().root()))
        .isTrue();
  }

  private static String block(String page, String after) {
    Matcher matcher =
        Pattern.compile(Pattern.quote(after) + ".*?```[a-z]*\n(.*?)```", Pattern.DOTALL)
            .matcher(page);
    assertThat(matcher.find()).as(after).isTrue();
    return matcher.group(1);
  }

  // ---- writing ----

  private final Samples.Signer logKey = new Samples.Signer("log");
  private final NoteSigner log = new TestLogKey(logKey.noteKey(ORIGIN), logKey::sign);
  private final TestCosigner w1 = new TestCosigner("witness.example/w1", Algorithm.ED25519, 1);
  private final TestCosigner w2 = new TestCosigner("witness.example/w2", Algorithm.ED25519, 2);
  private final TestCosigner w3 = new TestCosigner("witness.example/w3", Algorithm.ED25519, 3);
  private final TestCosigner w4 = new TestCosigner("witness.example/w4", Algorithm.ML_DSA_44, 4);
  private final Map<String, String> files = new LinkedHashMap<>();

  private static Hash leaf(int i) {
    return new TreeHasher().leaf(new byte[] {(byte) i});
  }

  private static Hash root(int size) {
    MerkleFrontier frontier = new MerkleFrontier();
    for (int i = 0; i < size; i++) {
      frontier.append(leaf(i));
    }
    return frontier.root();
  }

  private String policy(String rest) {
    return "log " + log.key() + "\n" + rest;
  }

  private String twoOfThree() {
    return policy(
        "witness w1 %s\nwitness w2 %s\nwitness w3 %s\ngroup g 2 w1 w2 w3\nquorum g\n"
            .formatted(w1.key(), w2.key(), w3.key()));
  }

  private String only(TestCosigner witness) {
    return policy("witness w " + witness.key() + "\nquorum w\n");
  }

  private static NoteSignature line(String text, long time, TestCosigner witness) throws Exception {
    return Cosignature.make(text, time, witness).line();
  }

  /** The same line with another timestamp. */
  private static NoteSignature dated(NoteSignature line, long time) {
    byte[] body = Base64.getDecoder().decode(line.base64());
    ByteBuffer.wrap(body).putLong(4, time);
    return new NoteSignature(line.name(), line.keyId(), Base64.getEncoder().encodeToString(body));
  }

  private void note(String name, String comment, String expect, String policy, SignedNote note) {
    files.put(
        name,
        "comment: "
            + comment
            + "\nexpect: "
            + expect
            + "\n--- policy\n"
            + policy
            + "--- note\n"
            + new String(note.bytes(), StandardCharsets.UTF_8));
  }

  private void request(String name, String comment, String expect, String request) {
    files.put(name, "comment: " + comment + "\nexpect: " + expect + "\n--- request\n" + request);
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void writes() throws Exception {
    Checkpoint checkpoint = new Checkpoint(ORIGIN, 8, root(8));
    String text = checkpoint.text();
    SignedNote signed = checkpoint.sign(log);
    NoteSignature one = line(text, TIME, w1);
    NoteSignature two = line(text, TIME + 3, w2);
    String good = "quorum at " + TIME;
    note(
        "two-of-three",
        "two of three witnesses",
        good,
        twoOfThree(),
        signed.with(List.of(one, two)));
    note(
        "one-of-three",
        "one of three witnesses",
        "no quorum",
        twoOfThree(),
        signed.with(List.of(one)));
    note(
        "one-twice",
        "one witness with two lines is one witness",
        "no quorum",
        twoOfThree(),
        signed.with(List.of(one, line(text, TIME + 9, w1))));
    note("ed25519", "one Ed25519 cosignature", good, only(w1), signed.with(List.of(one)));
    note(
        "ml-dsa-44",
        "one ML-DSA-44 cosignature",
        good,
        only(w4),
        signed.with(List.of(line(text, TIME, w4))));
    note(
        "old-beside-new",
        "an old cosignature beside a quorum of new ones does not make it older",
        good,
        twoOfThree(),
        signed.with(List.of(one, two, line(text, TIME - 86_400, w3))));
    note(
        "newest-of-one",
        "of several lines of a witness the newest counts",
        good,
        only(w1),
        signed.with(List.of(line(text, TIME - 60, w1), one)));
    note(
        "unknown-cosigner",
        "lines of unknown cosigners are ignored",
        good,
        only(w1),
        signed.with(List.of(two, one)));
    note(
        "without-log",
        "cosigned, and not signed by the log",
        "note refused",
        only(w1),
        new SignedNote(text, List.of(one)));
    for (TestCosigner witness : List.of(w1, w4)) {
      String kind = witness == w1 ? "ed25519" : "ml-dsa-44";
      NoteSignature line = line(text, TIME, witness);
      note(
          kind + "-other-root",
          "a cosignature of another root",
          "no quorum",
          only(witness),
          signed.with(List.of(line(new Checkpoint(ORIGIN, 8, root(7)).text(), TIME, witness))));
      note(
          kind + "-other-size",
          "a cosignature of another size",
          "no quorum",
          only(witness),
          signed.with(List.of(line(new Checkpoint(ORIGIN, 9, root(8)).text(), TIME, witness))));
      note(
          kind + "-other-origin",
          "a cosignature of another log's checkpoint",
          "no quorum",
          only(witness),
          signed.with(List.of(line(new Checkpoint("x", 8, root(8)).text(), TIME, witness))));
      note(
          kind + "-other-time",
          "the line's timestamp was changed",
          "no quorum",
          only(witness),
          signed.with(List.of(dated(line, TIME + 1))));
      note(
          kind + "-time-zero",
          "a checkpoint is cosigned at a time",
          "no quorum",
          only(witness),
          signed.with(List.of(dated(line, 0))));
      note(
          kind + "-time-too-large",
          "a timestamp above 2^63 - 1",
          "no quorum",
          only(witness),
          signed.with(List.of(dated(line, Long.MIN_VALUE + TIME))));
      note(
          kind + "-bad-beside-good",
          "a bad line of a known key spoils its good one",
          "no quorum",
          only(witness),
          signed.with(List.of(line, dated(line, TIME + 1))));
      String extended = text + "extension\n";
      note(
          kind + "-extension-line",
          "an extension line that was not there when it was cosigned: Ed25519 covers it, ML-DSA-44 does not",
          witness == w1 ? "no quorum" : good,
          only(witness),
          SignedNote.sign(extended, log).with(List.of(line)));
      CosignerKey renamed =
          new CosignerKey(
              "witness.example/x", witness.key().algorithm(), witness.key().publicKey());
      note(
          kind + "-other-name",
          "the key under another name: ML-DSA-44 signs the name, Ed25519 does not",
          witness == w1 ? good : "no quorum",
          policy("witness w " + renamed + "\nquorum w\n"),
          signed.with(List.of(moved(line, renamed))));
    }
    SignedNote with = signed.with(List.of(one, two));
    note(
        "policy-same-key-twice",
        "one key for two witnesses",
        "policy refused",
        policy("witness a " + w1.key() + "\nwitness b " + w1.key() + "\nquorum a\n"),
        with);
    note(
        "policy-member-twice",
        "a witness in two groups",
        "policy refused",
        policy("witness a " + w1.key() + "\ngroup g all a\ngroup h all a\nquorum h\n"),
        with);
    note(
        "policy-no-quorum",
        "no quorum line",
        "policy refused",
        policy("witness a " + w1.key() + "\n"),
        with);
    note(
        "policy-quorum-first",
        "the quorum before its witness",
        "policy refused",
        policy("quorum a\nwitness a " + w1.key() + "\n"),
        with);
    note(
        "policy-threshold",
        "a threshold above the number of members",
        "policy refused",
        policy("witness a " + w1.key() + "\ngroup g 2 a\nquorum g\n"),
        with);
    note(
        "policy-carriage-return",
        "a carriage return",
        "policy refused",
        only(w1).replace("\n", "\r\n"),
        with);
    note(
        "policy-log-key-as-witness",
        "a log's key as a witness's",
        "policy refused",
        policy("witness a " + log.key() + "\nquorum a\n"),
        with);
    String proof = proofText();
    String rest = "\n" + new String(signed.bytes(), StandardCharsets.UTF_8);
    request("request", "a request from size 6 to 8", "request read", "old 6\n" + proof + rest);
    request("request-first", "a first request", "request read", "old 0\n" + rest);
    request(
        "request-leading-zero",
        "an old size with a leading zero",
        "request refused",
        "old 06\n" + proof + rest);
    request(
        "request-no-blank",
        "no empty line after the proof",
        "request refused",
        "old 6\n" + proof + rest.substring(1));
    request(
        "request-64-hashes",
        "more than 63 hashes",
        "request refused",
        "old 6\n" + (root(1).base64() + "\n").repeat(64) + rest);
    request(
        "request-short-hash",
        "a hash of 31 bytes",
        "request refused",
        "old 6\n" + Base64.getEncoder().encodeToString(new byte[31]) + "\n" + rest);
    Files.createDirectories(FOLDER);
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(FOLDER.resolve(file.getKey() + ".txt"), file.getValue());
    }
  }

  private String proofText() throws Exception {
    StringBuilder text = new StringBuilder();
    for (Hash hash : ConsistencyProof.make(CosignatureVectorsTest::subtree, 6, 8).path()) {
      text.append(hash.base64()).append('\n');
    }
    return text.toString();
  }

  private static Hash subtree(int level, long index) {
    MerkleFrontier frontier = new MerkleFrontier();
    for (long i = index << level; i < (index + 1) << level; i++) {
      frontier.append(leaf((int) i));
    }
    return frontier.root();
  }

  /** The line under another key's name and ID. */
  private static NoteSignature moved(NoteSignature line, CosignerKey to) {
    byte[] body = Base64.getDecoder().decode(line.base64());
    ByteBuffer.wrap(body).putInt(0, to.id());
    return new NoteSignature(to.name(), to.id(), Base64.getEncoder().encodeToString(body));
  }
}
