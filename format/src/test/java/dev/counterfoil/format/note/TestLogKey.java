package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.Hash;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;

/** A log's key in memory. */
public final class TestLogKey implements NoteSigner {
  private final NoteKey key;
  private final Signing signing;

  /** Signs with the private half. */
  @FunctionalInterface
  public interface Signing {
    byte[] sign(byte[] text) throws GeneralSecurityException;
  }

  /** A key that somebody else holds. */
  public TestLogKey(NoteKey key, Signing signing) {
    this.key = key;
    this.signing = signing;
  }

  /** Another each time. */
  public static TestLogKey of(String name) {
    return of(name, new SecureRandom());
  }

  /** The same for the same random bytes. */
  public static TestLogKey of(String name, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, random);
      KeyPair pair = generator.generateKeyPair();
      return new TestLogKey(
          NoteKey.of(name, pair.getPublic()),
          text -> {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(text);
            return signature.sign();
          });
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The key of a cosigner as that of a log of its name. */
  public static TestLogKey of(TestCosigner pair) {
    return new TestLogKey(
        new NoteKey(pair.key().name(), Hash.of(pair.key().publicKey())), pair::sign);
  }

  @Override
  public NoteKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    return signing.sign(text);
  }
}
