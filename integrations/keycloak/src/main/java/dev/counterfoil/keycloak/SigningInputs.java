package dev.counterfoil.keycloak;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What of the bytes that a realm's key signs is a token. */
final class SigningInputs {
  static final int DIGEST_BYTES = 32;

  private SigningInputs() {}

  /** SHA-256. */
  static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Whether bytes are the signing input of a compact JWS (RFC 7515 5.1): two parts in base64url
   * with a dot between them. No verifier takes anything else for a token.
   */
  static boolean isToken(byte[] bytes) {
    int dot = -1;
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      if (b == '.') {
        if (dot >= 0) {
          return false;
        }
        dot = i;
      } else if (!(b >= 'a' && b <= 'z')
          && !(b >= 'A' && b <= 'Z')
          && !(b >= '0' && b <= '9')
          && b != '-'
          && b != '_') {
        return false;
      }
    }
    return dot > 0;
  }
}
