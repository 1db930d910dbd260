package dev.counterfoil.signer.issuing;

import dev.counterfoil.format.keys.TokenId;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Salts from a random generator, which is asked for many at a time: a call into AWS-LC costs half a
 * microsecond however little it gives.
 */
public final class RandomSalts implements Salts {
  private static final int SALTS = 128;

  private final SecureRandom random;
  private final byte[] ahead = new byte[SALTS * TokenId.SALT_BYTES];
  private int used = ahead.length;

  public RandomSalts(SecureRandom random) {
    this.random = random;
  }

  @Override
  public synchronized byte[] next() {
    if (used == ahead.length) {
      random.nextBytes(ahead);
      used = 0;
    }
    byte[] salt = Arrays.copyOfRange(ahead, used, used + TokenId.SALT_BYTES);
    Arrays.fill(ahead, used, used + TokenId.SALT_BYTES, (byte) 0);
    used += TokenId.SALT_BYTES;
    return salt;
  }
}
