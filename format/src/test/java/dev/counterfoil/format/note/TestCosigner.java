package dev.counterfoil.format.note;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;

/** A cosigner's key in memory, the same for each seed. */
public final class TestCosigner implements CosignatureSigner {
  private final CosignerKey key;
  private final KeyPair pair;

  public TestCosigner(String name, Algorithm algorithm, long seed) {
    SecureRandom random = new SeededRandom("cosigner " + seed);
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaName());
      generator.initialize(parameters(algorithm), random);
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    key = CosignerKey.of(name, algorithm, pair.getPublic());
  }

  private static NamedParameterSpec parameters(Algorithm algorithm) {
    return new NamedParameterSpec(algorithm.javaName());
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(key.algorithm().javaName());
    signature.initSign(
        pair.getPrivate(), new SeededRandom(pair.getPrivate().getEncoded(), message));
    signature.update(message);
    return signature.sign();
  }
}
