package dev.counterfoil.log;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.HexFormat;

/** A log key in memory. */
final class TestKey implements NoteSigner {
  private final KeyPair pair;
  private final NoteKey key;

  TestKey(String origin) {
    this(origin, new SecureRandom());
  }

  /** The same key for each seed. */
  TestKey(String origin, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, random);
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    key = NoteKey.of(origin, pair.getPublic());
  }

  @Override
  public NoteKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update(text);
    return signature.sign();
  }

  /** The private half, PKCS #8 in hexadecimal: for a process that a test starts. */
  String secret() {
    return HexFormat.of().formatHex(pair.getPrivate().getEncoded());
  }

  byte[] checkpoint(Checkpoint checkpoint) {
    try {
      return checkpoint.sign(this).bytes();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
