package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.Signature;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Notes are checked with AWS-LC once it is loaded, and nothing else counts than before. */
class AwsLcProviderTest {
  private static final byte[] TEXT = "example.org/log\n1\n".getBytes(StandardCharsets.US_ASCII);

  private KeyPair pair;

  @BeforeEach
  void makeKey() throws Exception {
    Provider provider = AwsLcProvider.load().orElseThrow();
    assertThat(provider.getService("Signature", "Ed25519")).isNotNull();
    pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  private byte[] sign(byte[] text) throws Exception {
    Signature signature = Signature.getInstance("Ed25519", "SunEC");
    signature.initSign(pair.getPrivate());
    signature.update(text);
    return signature.sign();
  }

  @Test
  void aNotesSignature() throws Exception {
    NoteKey key = NoteKey.of("example.org/log", pair.getPublic());
    byte[] good = sign(TEXT);
    assertThat(key.verify(TEXT, good)).isTrue();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      assertThat(key.verify(TEXT, bad)).isFalse();
    }
    assertThat(key.verify(TEXT, Arrays.copyOf(good, 63))).isFalse();
    assertThat(key.verify(TEXT, Arrays.copyOf(good, 65))).isFalse();
    assertThat(key.verify(TEXT, new byte[0])).isFalse();
    byte[] highS = good.clone();
    Arrays.fill(highS, 32, 64, (byte) 0xff);
    assertThat(key.verify(TEXT, highS)).isFalse();
    // No point of the curve has this encoding.
    byte[] noPoint = new byte[32];
    noPoint[0] = 2;
    assertThat(new NoteKey("example.org/log", Hash.read(noPoint, 0)).verify(TEXT, good)).isFalse();
  }

  @Test
  void aCosignature() throws Exception {
    CosignerKey key =
        CosignerKey.of("witness.example", CosignerKey.Algorithm.ED25519, pair.getPublic());
    String checkpoint = new Checkpoint("example.org/log", 1, Hash.sha256(TEXT)).text();
    byte[] good = sign(key.message(checkpoint, 7));
    assertThat(key.verify(checkpoint, 7, good)).isTrue();
    assertThat(key.verify(checkpoint, 8, good)).isFalse();
    assertThat(key.verify(checkpoint, 7, Arrays.copyOf(good, 63))).isFalse();
  }

  /** A command that verifies and signs has one provider, with both, whichever loads it. */
  @Test
  void itHasEd25519KeysAlsoForACommandThatSigns() throws Exception {
    KeyFactory keys = KeyFactory.getInstance("Ed25519", AwsLcProvider.load().orElseThrow());
    assertThat(keys.getProvider()).isSameAs(AwsLcProvider.load().orElseThrow());
  }
}
