package dev.counterfoil.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.signer.TestCosigner;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What AWS-LC says of the lines that come from outside. */
class CosignersLinesTest {
  private static final Instant NOW = Instant.parse("2026-11-01T10:00:00Z");

  @Test
  void aGoodLineIsGoodAndAnotherKeysIsNot() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example/c1");
    Checkpoint checkpoint = new Checkpoint("auth.example/logs/s1g1", 0, TreeHasher.EMPTY_ROOT);
    SignedNote note = custodian.note(checkpoint, NOW);
    CosignerKey key = custodian.key().checkedBy(AwsLc.PROVIDER);
    assertThat(Cosignature.find(note, key)).isPresent();
    CosignerKey other = new TestCosigner("custodian.example/c1").key().checkedBy(AwsLc.PROVIDER);
    byte[] body = note.signatures().getFirst().signature();
    byte[] signature = Arrays.copyOfRange(body, 8, body.length);
    assertThat(key.verify(note.text(), NOW.getEpochSecond(), signature)).isTrue();
    assertThat(other.verify(note.text(), NOW.getEpochSecond(), signature)).isFalse();
    assertThat(key.verify(note.text(), NOW.getEpochSecond() + 1, signature)).isFalse();
    signature[40] ^= 1;
    assertThat(key.verify(note.text(), NOW.getEpochSecond(), signature)).isFalse();
    byte[] none = new byte[32];
    none[0] = 2; // no point of the curve has this encoding
    CosignerKey noPoint =
        new CosignerKey("custodian.example/c1", CosignerKey.Algorithm.ED25519, none)
            .checkedBy(AwsLc.PROVIDER);
    assertThat(noPoint.verify(note.text(), NOW.getEpochSecond(), signature)).isFalse();
  }
}
