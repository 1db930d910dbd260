package dev.counterfoil.log;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.HexFormat;

/** A log key in memory. */
public final class TestKey implements NoteSigner {
  private final KeyPair pair;
  private final NoteKey key;

  public TestKey(String origin) {
    this(origin, new SecureRandom());
  }

  /** The same key for each seed. */
  public TestKey(String origin, SecureRandom random) {
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
  public String secret() {
    return HexFormat.of().formatHex(pair.getPrivate().getEncoded());
  }

  public byte[] checkpoint(Checkpoint checkpoint) {
    try {
      return checkpoint.sign(this).bytes();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
