package dev.counterfoil.signer.privatekeys;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.hardening.AwsLc;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;

/**
 * ES256 by AWS-LC, on one thread. What ECDSA signs is the hash of the input (FIPS 186-5 6.4.1), and
 * that the log's leaf has already: so a thirtieth of a signature's processor time is saved.
 */
final class Es256Signing implements PrivateKeys.Signing {
  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;
  private static final int WIDTH = 32;

  private final Signature signature;
  private final byte[] hash = new byte[Hash.BYTES];

  Es256Signing(PrivateKey key) throws GeneralSecurityException {
    signature = Signature.getInstance("NONEwithECDSA", AwsLc.PROVIDER);
    signature.initSign(key);
  }

  @Override
  public byte[] sign(byte[] input) throws GeneralSecurityException {
    return sign(input, Hash.sha256(input));
  }

  @Override
  public byte[] sign(byte[] input, Hash sha256) throws GeneralSecurityException {
    sha256.write(hash, 0);
    signature.update(hash);
    return ofDer(signature.sign());
  }

  /**
   * A signature as JWS writes it (RFC 7518 3.4).
   *
   * @param der {@code Ecdsa-Sig-Value} of a curve of 256 bits (RFC 3279 2.2.3)
   */
  static byte[] ofDer(byte[] der) throws GeneralSecurityException {
    if (der.length < 2 || der[0] != SEQUENCE || der[1] != der.length - 2) {
      throw malformed();
    }
    byte[] signature = new byte[2 * WIDTH];
    int end = integer(der, integer(der, 2, signature, WIDTH), signature, 2 * WIDTH);
    if (end != der.length) {
      throw malformed();
    }
    return signature;
  }

  /** Copies a positive number to before an end; returns where the next one begins. */
  private static int integer(byte[] der, int at, byte[] target, int targetEnd)
      throws GeneralSecurityException {
    int begin = at + 2;
    if (der.length <= begin || der[at] != INTEGER) {
      throw malformed();
    }
    int length = der[at + 1];
    int end = begin + length;
    if (length < 1 || end > der.length || der[begin] < 0) {
      throw malformed();
    }
    // A zero stands before one whose first bit is set.
    if (length > 1 && der[begin] == 0) {
      begin++;
      if (der[begin] >= 0) {
        throw malformed();
      }
    }
    if (end - begin > WIDTH) {
      throw malformed();
    }
    System.arraycopy(der, begin, target, targetEnd - (end - begin), end - begin);
    return end;
  }

  private static GeneralSecurityException malformed() {
    return new GeneralSecurityException("the library gave no ECDSA signature in DER");
  }
}
