package dev.counterfoil.format.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Notes, checkpoints and proofs, with the examples of their specifications. */
public class NoteTest {
  /** The example of Go's note package, whose format c2sp.org/signed-note describes. */
  private static final String GO_KEY =
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

  private static final String GO_NOTE =
      """
      If you think cryptography is the answer to your problem,
      then you don't know what your problem is.

      — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
      """;

  /** The example of c2sp.org/signed-note, whose text has an empty line. */
  private static final String POEM =
      """
      Ognuno sta solo sul cuor della terra
      trafitto da un raggio di sole:

      ed è subito sera.

      — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
      """;

  /** The example of c2sp.org/tlog-checkpoint. */
  private static final String CHECKPOINT =
      """
      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
      """;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theKnownNoteIsGoodAndNothingNearIt() throws Exception {
    NoteKey key = NoteKey.parse(GO_KEY);
    SignedNote note = SignedNote.parse(utf8(GO_NOTE));
    assertThat(note.isSignedBy(key)).isTrue();
    assertThat(note.bytes()).isEqualTo(utf8(GO_NOTE));
    SignedNote other = SignedNote.parse(utf8(GO_NOTE.replace("answer", "Answer")));
    assertThat(other.isSignedBy(key)).isFalse();
    NoteKey renamed = new NoteKey("PeterNeumann2", key.publicKey());
    assertThat(note.isSignedBy(renamed)).isFalse();
  }

  @Test
  void theSpecificationsNotesAreParsedAndWrittenBack() throws Exception {
    SignedNote poem = SignedNote.parse(utf8(POEM));
    assertThat(poem.text()).endsWith("sole:\n\ned è subito sera.\n");
    assertThat(poem.signatures()).hasSize(1);
    assertThat(poem.signatures().get(0).signature()).hasSize(64);
    assertThat(poem.bytes()).isEqualTo(utf8(POEM));

    SignedNote signed = SignedNote.parse(utf8(CHECKPOINT));
    Checkpoint checkpoint = Checkpoint.parse(signed.text());
    assertThat(checkpoint.origin()).isEqualTo("example.com/behind-the-sofa");
    assertThat(checkpoint.size()).isEqualTo(20_852_163);
    assertThat(checkpoint.root().base64())
        .isEqualTo("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
    assertThat(checkpoint.text()).isEqualTo(signed.text());
  }

  @Test
  void theSpecificationsKeyHasItsId() throws Exception {
    String vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    NoteKey key = NoteKey.parse(vkey);
    assertThat(key.name()).isEqualTo("example.com/foo");
    assertThat(key.id()).isEqualTo(0x530d903a);
    assertThat(key.toString()).isEqualTo(vkey);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q="
      })
  void otherKeysAreRefused(String vkey) throws Exception {
    assertThatThrownBy(() -> NoteKey.parse(vkey)).isInstanceOf(FormatException.class);
    assertThat(NoteKey.parse(GO_KEY).toString()).isEqualTo(GO_KEY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n— name",
        "text\n\n— name AAAAAAA=",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n—name AAAAAAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n—  AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n— name AAAA AAAA\n",
        "te\rxt\n\n— name AAAAAAA=\n",
        "te\u0000xt\n\n— name AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\nmore\n",
        "text\n— name AAAAAAA=\n"
      })
  void malformedNotesAreRefused(String note) throws Exception {
    assertThatThrownBy(() -> SignedNote.parse(utf8(note))).isInstanceOf(FormatException.class);
    assertThat(SignedNote.parse(utf8("text\n\n— name AAAAAAA=\n")).signatures()).hasSize(1);
  }

  @Test
  void notesHaveLimits() throws Exception {
    String line = "— name AAAAAAA=\n";
    assertThat(SignedNote.parse(utf8("t\n\n" + line.repeat(64))).signatures()).hasSize(64);
    assertThatThrownBy(() -> SignedNote.parse(utf8("t\n\n" + line.repeat(65))))
        .isInstanceOf(FormatException.class);
    String longest = "t".repeat(SignedNote.BYTES_MAX - utf8("\n\n" + line).length);
    assertThat(SignedNote.parse(utf8(longest + "\n\n" + line)).text()).hasSize(262_144 - 20 + 1);
    assertThatThrownBy(() -> SignedNote.parse(utf8(longest + "t\n\n" + line)))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(
            () -> SignedNote.parse(new byte[] {(byte) 0xff, '\n', '\n', (byte) 0xe2, '\n'}))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void everyLineOfAKnownKeyMustBeGood() throws Exception {
    NoteSigner signer = TestLogKey.of("log.example");
    SignedNote note = SignedNote.sign("a text\n", signer);
    SignedNote foreign = SignedNote.sign("a text\n", TestLogKey.of("other.example"));
    SignedNote bad = SignedNote.sign("another text\n", signer);
    assertThat(note.isSignedBy(signer.key())).isTrue();
    assertThat(both(foreign, note).isSignedBy(signer.key())).isTrue();
    assertThat(both(note, bad).isSignedBy(signer.key())).isFalse();
    assertThat(foreign.isSignedBy(signer.key())).isFalse();
  }

  /** A key in memory. */
  public static NoteSigner signer(String name) {
    return TestLogKey.of(name);
  }

  private static SignedNote both(SignedNote first, SignedNote second) {
    return new SignedNote(
        first.text(), List.of(first.signatures().get(0), second.signatures().get(0)));
  }

  @Test
  void checkpointsAreBoundToTheirLog() throws Exception {
    NoteSigner signer = TestLogKey.of("log.example/a");
    Checkpoint checkpoint = new Checkpoint("log.example/a", 5, Hash.sha256());
    assertThat(Checkpoint.verify(checkpoint.sign(signer).bytes(), signer.key()))
        .isEqualTo(checkpoint);
    Checkpoint other = new Checkpoint("log.example/b", 5, Hash.sha256());
    assertThatThrownBy(() -> Checkpoint.verify(other.sign(signer).bytes(), signer.key()))
        .hasMessageContaining("another log");
    byte[] forged = checkpoint.sign(TestLogKey.of("log.example/a")).bytes();
    assertThatThrownBy(() -> Checkpoint.verify(forged, signer.key()))
        .hasMessageContaining("not signed by");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "log\n5\n",
        "log\n05\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log\n-5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log\n5 \n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log\n9999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
        "log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
        "log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nmore\n"
      })
  void malformedCheckpointsAreRefused(String text) throws Exception {
    assertThatThrownBy(() -> Checkpoint.parse(text)).isInstanceOf(FormatException.class);
    assertThat(Checkpoint.parse("log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").size())
        .isEqualTo(5);
  }

  @Test
  void aProofVerifiesAndItsChangesDoNot() throws Exception {
    NoteSigner signer = TestLogKey.of("log.example/a");
    TreeHasher hasher = new TreeHasher();
    MerkleFrontier frontier = new MerkleFrontier();
    Leaf[] leaves = new Leaf[5];
    Hash[] hashes = new Hash[5];
    for (int i = 0; i < 5; i++) {
      leaves[i] = Leaf.of(new byte[] {(byte) i});
      hashes[i] = leaves[i].hash(hasher);
      frontier.append(hashes[i]);
    }
    Hash left = hasher.node(hasher.node(hashes[0], hashes[1]), hasher.node(hashes[2], hashes[3]));
    SignedNote note = new Checkpoint("log.example/a", 5, frontier.root()).sign(signer);
    TlogProof proof = new TlogProof(4, List.of(left), note);
    TlogProof parsed = TlogProof.parse(proof.bytes());
    assertThat(parsed).isEqualTo(proof);
    assertThat(parsed.verify(leaves[4], signer.key()).size()).isEqualTo(5);

    assertThatThrownBy(() -> parsed.verify(leaves[3], signer.key()))
        .hasMessageContaining("does not lead");
    assertThatThrownBy(() -> new TlogProof(3, List.of(left), note).verify(leaves[4], signer.key()))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> new TlogProof(5, List.of(left), note).verify(leaves[4], signer.key()))
        .hasMessageContaining("past its checkpoint");
    assertThatThrownBy(() -> parsed.verify(leaves[4], TestLogKey.of("log.example/a").key()))
        .hasMessageContaining("not signed");

    String text = new String(proof.bytes(), StandardCharsets.UTF_8);
    assertThat(text).startsWith("c2sp.org/tlog-proof@v1\nindex 4\n" + left.base64() + "\n\nlog");
    String extra = text.replace("index", "extra YWJj\nindex");
    assertThat(TlogProof.parse(utf8(extra))).isEqualTo(proof);
    for (String broken :
        List.of(
            text.replace("@v1", "@v2"),
            text.replace("index 4", "index 04"),
            text.replace("index 4", "index -4"),
            text.replace("index 4\n", ""),
            text.replace(left.base64(), left.base64().replace('=', ' ')),
            text.replace(
                left.base64() + "\n", (left.base64() + "\n").repeat(InclusionProof.PATH_MAX + 1)),
            text.replace("\n\n", "\n"))) {
      assertThatThrownBy(() -> TlogProof.parse(utf8(broken))).isInstanceOf(FormatException.class);
    }
  }
}
