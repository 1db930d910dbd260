package dev.counterfoil.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Bytes that follow from a seed: SHA-256 of the seed and a counter. The keys of vectors are made of
 * them, and the signatures of those algorithms that draw a number for each, so that writing the
 * vectors again changes no more than what was meant to change. Anybody can make the same bytes: for
 * tests alone.
 */
public final class SeededRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final byte[] seed;
  private long block;
  private byte[] bytes = new byte[0];
  private int used;

  /** The bytes of a text. */
  public SeededRandom(String seed) {
    this.seed = sha256(seed.getBytes(StandardCharsets.UTF_8), new byte[0]);
  }

  /** The bytes of two inputs: of a private key and what it signs, as RFC 6979 has it. */
  public SeededRandom(byte[] key, byte[] message) {
    this.seed = sha256(sha256(key, new byte[0]), message);
  }

  private static byte[] sha256(byte[] one, byte[] two) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(one);
      return digest.digest(two);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void nextBytes(byte[] target) {
    for (int i = 0; i < target.length; i++) {
      if (used == bytes.length) {
        bytes = sha256(seed, ByteBuffer.allocate(8).putLong(block++).array());
        used = 0;
      }
      target[i] = bytes[used++];
    }
  }
}
