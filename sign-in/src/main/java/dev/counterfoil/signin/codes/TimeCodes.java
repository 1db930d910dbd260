package dev.counterfoil.signin.codes;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.encoders.Base32;

/**
 * Codes of a secret and the time (RFC 6238), as every authenticator app makes them: HMAC-SHA-1, 6
 * digits, 30 seconds. Pure.
 */
public final class TimeCodes {
  /** As long as a hash (RFC 4226, 4, R6). */
  static final int SECRET_BYTES = 20;

  public static final Duration STEP = Duration.ofSeconds(30);
  static final int DIGITS = 6;

  /** So many steps a clock may be off, each way (RFC 6238, 5.2). */
  private static final int TOLERANCE = 1;

  private static final int MODULUS = 1_000_000;

  private TimeCodes() {}

  public static long step(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), STEP.toSeconds());
  }

  /** The code of a step (RFC 4226, 5.3). */
  public static String code(byte[] secret, long step) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret, "HmacSHA1"));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
      int truncated = ByteBuffer.wrap(hash).getInt(hash[hash.length - 1] & 0xF) & 0x7FFF_FFFF;
      return "%06d".formatted(truncated % MODULUS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Of which step a code is; empty when it is of none around now.
   *
   * @param after none of this step or before counts: codes of it may have been used
   */
  public static OptionalLong step(byte[] secret, String code, long after, Instant now) {
    OptionalLong found = OptionalLong.empty();
    long present = step(now);
    for (long step = present - TOLERANCE; step <= present + TOLERANCE; step++) {
      boolean isIt =
          MessageDigest.isEqual(
              code(secret, step).getBytes(StandardCharsets.UTF_8),
              code.getBytes(StandardCharsets.UTF_8));
      if (isIt && step > after) {
        found = OptionalLong.of(step);
      }
    }
    return found;
  }

  /** A secret as people type it, without padding: 20 bytes need none (RFC 4648, 6). */
  public static String text(byte[] secret) {
    return Base32.toBase32String(secret);
  }

  /** What an authenticator app reads from a QR code. */
  public static String uri(String brand, String username, byte[] secret) {
    return "otpauth://totp/"
        + encoded(brand)
        + ":"
        + encoded(username)
        + "?secret="
        + text(secret)
        + "&issuer="
        + encoded(brand);
  }

  /** Apps read a plus sign as one. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
