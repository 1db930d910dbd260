package dev.counterfoil.log;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.HexFormat;

/** A log key in memory. */
final class TestKey implements NoteSigner {
  private final KeyPair pair;
  private final NoteKey key;

  TestKey(String origin) {
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
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
