package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import org.jspecify.annotations.Nullable;

/** One algorithm's signatures by a PKCS#11 token on one thread; its memory is used again. */
public final class HsmSigning {
  private static final int SIGNATURE_BYTES_MAX = 1024;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment mechanism;
  private final MemorySegment signature = arena.allocate(SIGNATURE_BYTES_MAX);
  private final MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
  private final @Nullable MessageDigest sha256;
  private MemorySegment input = arena.allocate(Hash.BYTES);

  public HsmSigning(HsmAlgorithm how) {
    this.mechanism = Cryptoki.mechanism(arena, how.signing());
    this.sha256 = how.signsHash() ? Hash.newSha256() : null;
  }

  public byte[] sign(HsmConnection connection, long session, long key, byte[] text)
      throws CryptokiException {
    byte[] signed = sha256 == null ? text : sha256.digest(text);
    if (input.byteSize() < signed.length) {
      input = arena.allocate(2L * signed.length);
    }
    MemorySegment.copy(signed, 0, input, JAVA_BYTE, 0, signed.length);
    long written =
        connection.library().sign(session, mechanism, key, input, signed.length, signature, length);
    return signature.asSlice(0, written).toArray(JAVA_BYTE);
  }

  /** Signs and verifies: a key of which that fails is not used. */
  public static void prove(
      HsmConnection connection, HsmAlgorithm how, long key, PublicJwk publicKey)
      throws GeneralSecurityException {
    byte[] probe = new byte[64];
    AwsLc.random().nextBytes(probe);
    byte[] signature = new HsmSigning(how).sign(connection, connection.session(), key, probe);
    Signature verifier = Signature.getInstance(how.algorithm().javaSignature());
    verifier.initVerify(publicKey.javaKey());
    verifier.update(probe);
    if (!verifier.verify(signature)) {
      throw new GeneralSecurityException("the token's key does not fit its public half");
    }
  }
}
