package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.List;

/** A cosigner in memory that signs whatever a test wants. */
public final class TestCosigner implements CosignatureSigner {
  private final KeyPair pair;
  private final CosignerKey key;

  TestCosigner(String name, CosignerKey.Algorithm algorithm) {
    this(name, algorithm, new SecureRandom());
  }

  /** The same key for each seed. */
  TestCosigner(String name, CosignerKey.Algorithm algorithm, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaName());
      generator.initialize(new NamedParameterSpec(algorithm.javaName()), random);
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    key = CosignerKey.of(name, algorithm, pair.getPublic());
  }

  public TestCosigner(String name) {
    this(name, CosignerKey.Algorithm.ED25519);
  }

  public Cosigner witness() {
    return new Cosigner(key.name(), key, Cosigner.Kind.WITNESS, false);
  }

  public Cosigner custodian() {
    return new Cosigner(key.name(), key, Cosigner.Kind.CUSTODIAN, true);
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(key.algorithm().javaName());
    // ML-DSA draws a number for each signature.
    signature.initSign(
        pair.getPrivate(), new SeededRandom(pair.getPrivate().getEncoded(), message));
    signature.update(message);
    return signature.sign();
  }

  /** A note over a checkpoint with one line of each cosigner. */
  public static SignedNote note(Checkpoint checkpoint, long timestamp, TestCosigner... by) {
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
