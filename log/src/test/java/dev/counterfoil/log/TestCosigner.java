package dev.counterfoil.log;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.Cosignature;
import dev.counterfoil.format.CosignatureSigner;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.SignedNote;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;

/** A cosigner in memory that signs whatever a test wants. */
final class TestCosigner implements CosignatureSigner {
  private final KeyPair pair;
  private final CosignerKey key;

  TestCosigner(String name, CosignerKey.Algorithm algorithm) {
    try {
      pair = KeyPairGenerator.getInstance(algorithm.javaName()).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    key = CosignerKey.of(name, algorithm, pair.getPublic());
  }

  TestCosigner(String name) {
    this(name, CosignerKey.Algorithm.ED25519);
  }

  Cosigner witness() {
    return new Cosigner(key.name(), key, Cosigner.Kind.WITNESS, false);
  }

  Cosigner custodian() {
    return new Cosigner(key.name(), key, Cosigner.Kind.CUSTODIAN, true);
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(key.algorithm().javaName());
    signature.initSign(pair.getPrivate());
    signature.update(message);
    return signature.sign();
  }

  /** A note over a checkpoint with one line of each cosigner. */
  static SignedNote note(Checkpoint checkpoint, long timestamp, TestCosigner... by) {
    List<SignedNote.NoteSignature> lines = new ArrayList<>();
    for (TestCosigner cosigner : by) {
      try {
        lines.add(Cosignature.make(checkpoint.text(), timestamp, cosigner).line());
      } catch (GeneralSecurityException | FormatException e) {
        throw new IllegalStateException(e);
      }
    }
    return new SignedNote(checkpoint.text(), lines);
  }
}
