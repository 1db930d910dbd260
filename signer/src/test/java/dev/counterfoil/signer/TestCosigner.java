package dev.counterfoil.signer;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.List;

/** A cosigner that signs whatever a test wants. */
public final class TestCosigner implements CosignatureSigner {
  private final KeyPair pair;
  private final CosignerKey key;

  public TestCosigner(String name) throws GeneralSecurityException {
    pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    key = CosignerKey.of(name, CosignerKey.Algorithm.ED25519, pair.getPublic());
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update(message);
    return signature.sign();
  }

  /** An entry of the signer's configuration. */
  public String yaml(String kind, boolean holder) {
    return "  - name: %s\n    vkey: %s\n    kind: %s\n    holder: %s\n"
        .formatted(key.name(), key, kind, holder);
  }

  /** A note with this cosigner's line alone. */
  public SignedNote note(Checkpoint checkpoint, Instant at) throws Exception {
    return new SignedNote(
        checkpoint.text(),
        List.of(Cosignature.make(checkpoint.text(), at.getEpochSecond(), this).line()));
  }
}
