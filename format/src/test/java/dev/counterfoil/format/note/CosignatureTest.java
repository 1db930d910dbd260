package dev.counterfoil.format.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cosignatures of both kinds, and the examples of their specifications. */
class CosignatureTest {
  private static final long TIME = 1_795_608_000;

  /** The example of c2sp.org/tlog-cosignature; it gives no key. */
  private static final String SPECIFICATION =
      """
      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
      — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
      """;

  private static final NoteSigner LOG = NoteTest.signer("log.example/a");
  private static final Checkpoint CHECKPOINT = new Checkpoint("log.example/a", 5, Hash.sha256());

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static SignedNote signed() throws Exception {
    return CHECKPOINT.sign(LOG);
  }

  private static SignedNote cosigned(SignedNote note, TestCosigner... cosigners) throws Exception {
    List<SignedNote.NoteSignature> lines = new ArrayList<>();
    for (TestCosigner cosigner : cosigners) {
      lines.add(Cosignature.make(note.text(), TIME, cosigner).line());
    }
    return note.with(lines);
  }

  @Test
  void theSpecificationsExampleHasTheLayoutThatIsRead() throws Exception {
    SignedNote note = SignedNote.parse(utf8(SPECIFICATION));
    assertThat(note.bytes()).isEqualTo(utf8(SPECIFICATION));
    SignedNote.NoteSignature line = note.signatures().get(1);
    assertThat(line.name()).isEqualTo("witness.example.com/w1");
    assertThat(line.signature()).hasSize(8 + 64).startsWith(0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb);
    CosignerKey anyKey = new TestCosigner("witness.example.com/w1", Algorithm.ED25519, 1).key();
    assertThat(new String(anyKey.message(note.text(), 1_679_315_147), StandardCharsets.UTF_8))
        .isEqualTo(
            """
            cosignature/v1
            time 1679315147
            example.com/behind-the-sofa
            20852163
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
            """);
  }

  @Test
  void theSubtreeStructureIsTheSpecifications() throws Exception {
    CosignerKey key = new TestCosigner("w", Algorithm.ML_DSA_44, 1).key();
    assertThat(HexFormat.of().formatHex(key.message(CHECKPOINT.text(), 7)))
        .isEqualTo(
            "737562747265652f76310a00" // "subtree/v1\n\0"
                + "0177"
                + "0000000000000007"
                + "0d6c6f672e6578616d706c652f61"
                + "0000000000000000"
                + "0000000000000005"
                + CHECKPOINT.root().hex());
  }

  @Test
  void aProviderThatIsNamedChecksEd25519AndOneWithoutItFindsNothingGood() throws Exception {
    TestCosigner witness = new TestCosigner("witness.example/w1", Algorithm.ED25519, 1);
    SignedNote note = cosigned(signed(), witness);
    byte[] body = note.signatures().get(1).signature();
    byte[] signature = Arrays.copyOfRange(body, 8, body.length);
    CosignerKey key = witness.key().checkedBy(Security.getProvider("SunEC"));
    assertThat(key).isEqualTo(witness.key());
    assertThat(key.verify(note.text(), TIME, signature)).isTrue();
    assertThat(key.verify(note.text(), TIME + 1, signature)).isFalse();
    CosignerKey without = witness.key().checkedBy(Security.getProvider("SUN"));
    assertThat(without.verify(note.text(), TIME, signature)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void aCosignatureIsGoodAndNothingNearIt(Algorithm algorithm) throws Exception {
    TestCosigner witness = new TestCosigner("witness.example/w1", algorithm, 1);
    SignedNote note = cosigned(signed(), witness);
    assertThat(Cosignature.find(note, witness.key()))
        .hasValueSatisfying(
            cosignature -> {
              assertThat(cosignature.timestamp()).isEqualTo(TIME);
              assertThat(cosignature.line()).isEqualTo(note.signatures().get(1));
            });
    assertThat(Cosignature.find(SignedNote.parse(note.bytes()), witness.key())).isPresent();
    assertThat(note.isSignedBy(LOG.key())).isTrue();

    byte[] body = note.signatures().get(1).signature();
    byte[] signature = Arrays.copyOfRange(body, 8, body.length);
    CosignerKey key = witness.key();
    assertThat(key.verify(note.text(), TIME, signature)).isTrue();
    assertThat(key.verify(note.text(), TIME + 1, signature)).isFalse();
    assertThat(key.verify(note.text().replace("\n5\n", "\n6\n"), TIME, signature)).isFalse();
    assertThat(key.verify(note.text().replace("/a", "/b"), TIME, signature)).isFalse();
    signature[3] ^= 1;
    assertThat(key.verify(note.text(), TIME, signature)).isFalse();
    assertThat(key.verify(note.text(), TIME, new byte[5])).isFalse();
    assertThat(Cosignature.find(note, new TestCosigner("witness.example/w1", algorithm, 2).key()))
        .isEmpty();
    assertThat(Cosignature.find(signed(), witness.key())).isEmpty();
  }

  @Test
  void extensionLinesAreSignedByEd25519Only() throws Exception {
    SignedNote plain = signed();
    String extended = plain.text() + "extension\n";
    for (Algorithm algorithm : Algorithm.values()) {
      TestCosigner witness = new TestCosigner("w", algorithm, 1);
      SignedNote moved =
          new SignedNote(plain.text(), List.of(Cosignature.make(extended, TIME, witness).line()));
      assertThat(Cosignature.find(moved, witness.key()).isPresent())
          .as(algorithm.javaName())
          .isEqualTo(algorithm == Algorithm.ML_DSA_44);
    }
  }

  @Test
  void theNewestOfSeveralLinesCountsAndABadOneSpoilsThem() throws Exception {
    TestCosigner witness = new TestCosigner("w", Algorithm.ED25519, 1);
    SignedNote.NoteSignature early = Cosignature.make(CHECKPOINT.text(), TIME, witness).line();
    SignedNote.NoteSignature late = Cosignature.make(CHECKPOINT.text(), TIME + 9, witness).line();
    SignedNote.NoteSignature bad =
        Cosignature.make(CHECKPOINT.text() + "x\n", TIME + 10, witness).line();
    SignedNote note = signed().with(List.of(early, late, early));
    assertThat(Cosignature.find(note, witness.key()).orElseThrow().timestamp()).isEqualTo(TIME + 9);
    assertThat(Cosignature.find(note.with(List.of(bad)), witness.key())).isEmpty();
  }

  @Test
  void timesAreAboveZero() throws Exception {
    TestCosigner witness = new TestCosigner("w", Algorithm.ML_DSA_44, 1);
    assertThatThrownBy(() -> Cosignature.make(CHECKPOINT.text(), 0, witness))
        .isInstanceOf(IllegalArgumentException.class);
    SignedNote.NoteSignature good = Cosignature.make(CHECKPOINT.text(), TIME, witness).line();
    byte[] body = Base64.getDecoder().decode(good.base64());
    for (byte first : new byte[] {0, (byte) 0x80}) {
      byte[] changed = body.clone();
      Arrays.fill(changed, 4, 12, (byte) 0);
      changed[4] = first;
      SignedNote note =
          signed()
              .with(
                  List.of(
                      new SignedNote.NoteSignature(
                          "w", good.keyId(), Base64.getEncoder().encodeToString(changed))));
      assertThat(Cosignature.find(note, witness.key())).isEmpty();
    }
    assertThat(Cosignature.find(signed().with(List.of(good)), witness.key())).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void keysAreReadBackAndOthersRefused(Algorithm algorithm) throws Exception {
    CosignerKey key = new TestCosigner("witness.example/w1", algorithm, 1).key();
    String vkey = key.toString();
    assertThat(CosignerKey.parse(vkey)).isEqualTo(key).hasToString(vkey);
    for (String bad :
        List.of(
            "",
            vkey.replace("w1", "w2"),
            vkey.replace("/w1", " w1"),
            vkey.substring(0, vkey.length() - 4),
            vkey + "AAAA",
            vkey.replaceFirst("\\+[0-9a-f]{8}\\+", "+00000000+"),
            "x".repeat(3000),
            LOG.key().toString())) {
      assertThatThrownBy(() -> CosignerKey.parse(bad)).isInstanceOf(FormatException.class);
    }
    assertThatThrownBy(() -> NoteKey.parse(vkey)).isInstanceOf(FormatException.class);
  }

  @Test
  void signatureLinesArePutUnderTheirText() throws Exception {
    TestCosigner first = new TestCosigner("w1", Algorithm.ED25519, 1);
    TestCosigner second = new TestCosigner("w2", Algorithm.ML_DSA_44, 2);
    SignedNote note = cosigned(signed(), first, second);
    String lines = note.signatures().get(1).toString() + note.signatures().get(2);
    SignedNote answer = SignedNote.parse(note.text(), utf8(lines));
    assertThat(Cosignature.find(answer, first.key())).isPresent();
    assertThat(Cosignature.find(answer, second.key())).isPresent();
    for (String bad : List.of("", "\n", "\n" + lines, lines + "\n", "x\n\n" + lines, "x\n")) {
      assertThatThrownBy(() -> SignedNote.parse(note.text(), utf8(bad)))
          .as(bad)
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void aNoteHoldsThirtyTwoMlDsaLines() throws Exception {
    SignedNote note = signed();
    TestCosigner[] cosigners = new TestCosigner[32];
    for (int i = 0; i < cosigners.length; i++) {
      cosigners[i] = new TestCosigner("witness.example/w" + i, Algorithm.ML_DSA_44, i);
    }
    SignedNote parsed = SignedNote.parse(cosigned(note, cosigners).bytes());
    for (TestCosigner cosigner : cosigners) {
      assertThat(Cosignature.find(parsed, cosigner.key())).isPresent();
    }
  }
}
