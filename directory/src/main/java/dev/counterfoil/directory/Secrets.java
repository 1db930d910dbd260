package dev.counterfoil.directory;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** The secrets of links. */
final class Secrets {
  private static final int BYTES = 32;

  private final SecureRandom random;

  Secrets(SecureRandom random) {
    this.random = random;
  }

  /** 256 random bits in base64url. */
  String make() {
    return text(BYTES);
  }

  String text(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  /** The secret has 256 random bits: nobody finds it again from one SHA-256. */
  static byte[] hash(String secret) {
    return Hash.sha256(secret.getBytes(StandardCharsets.UTF_8)).bytes();
  }
}
