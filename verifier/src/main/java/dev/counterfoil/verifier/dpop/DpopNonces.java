package dev.counterfoil.verifier.dpop;

import dev.counterfoil.format.bytes.Base64Url;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Nonces for DPoP proofs (RFC 9449 8 and 9): with them a client cannot make proofs ahead, for later
 * and for others, since it does not know the nonce of later. Nothing is remembered: a nonce is the
 * HMAC-SHA256 of a period of time under a secret, so that every process with the same secret takes
 * the nonces of the others.
 *
 * <p>Whoever has the secret can make proofs ahead, of keys that he holds, and no more.
 */
public final class DpopNonces {
  /** Shortest secret, in bytes. */
  public static final int SECRET_BYTES_MIN = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final byte[] PURPOSE = "counterfoil-dpop-nonce\0".getBytes(StandardCharsets.UTF_8);

  /** Of the HMAC: 128 bits cannot be guessed within a period. */
  private static final int CODE_BYTES = 16;

  private final SecretKeySpec secret;
  private final long periodSeconds;
  private final InstantSource clock;

  /**
   * Makes the nonces of a service.
   *
   * @param secret at least 32 bytes, the same in every process of the service
   * @param period how long a nonce is given out; it is taken for one period more, and for one
   *     before, from a process whose clock is ahead. At least a second
   * @throws IllegalArgumentException if the secret or the period is too short
   */
  public DpopNonces(byte[] secret, Duration period, InstantSource clock) {
    if (secret.length < SECRET_BYTES_MIN || period.toSeconds() < 1) {
      throw new IllegalArgumentException("a nonce's secret has 32 bytes and its period a second");
    }
    this.secret = new SecretKeySpec(secret, ALGORITHM);
    this.periodSeconds = period.toSeconds();
    this.clock = clock;
  }

  /** The nonce of now: for the header {@code DPoP-Nonce}. */
  public String current() {
    return nonce(periodOf(clock.instant()));
  }

  /** Whether a proof made with this nonce is taken now. */
  public boolean isGood(String nonce, Instant now) {
    byte[] said = nonce.getBytes(StandardCharsets.UTF_8);
    long current = periodOf(now);
    boolean good = false;
    for (long period = current - 1; period <= current + 1; period++) {
      good |= MessageDigest.isEqual(nonce(period).getBytes(StandardCharsets.UTF_8), said);
    }
    return good;
  }

  private long periodOf(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), periodSeconds);
  }

  private String nonce(long period) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      mac.update(PURPOSE);
      byte[] code = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(period).array());
      return Base64Url.encode(Arrays.copyOf(code, CODE_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }
}
