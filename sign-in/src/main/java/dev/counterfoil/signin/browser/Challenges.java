package dev.counterfoil.signin.browser;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The challenges of passkey ceremonies (WebAuthn Level 3, 13.4.3). Pages that are only looked at
 * take no memory: a challenge proves itself, and only those that were used are remembered, until
 * they expire. A start of the process ends them all. For all threads.
 */
public final class Challenges {
  /** How long a page may stay open. */
  public static final Duration LIFE = Duration.ofMinutes(15);

  private static final int NONCE_BYTES = 16;
  private static final int HEAD_BYTES = NONCE_BYTES + Long.BYTES;

  private final SecretKeySpec key;
  private final SecureRandom random;
  private final InstantSource clock;
  private final Map<Hash, Instant> used = new ConcurrentHashMap<>();

  public Challenges(SecureRandom random, InstantSource clock) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    this.key = new SecretKeySpec(bytes, "HmacSHA256");
    this.random = random;
    this.clock = clock;
  }

  /**
   * A new one.
   *
   * @param purpose which ceremony, for whom, at which browser
   */
  public byte[] next(String purpose) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] head = ByteBuffer.allocate(HEAD_BYTES).put(nonce).putLong(clock.millis()).array();
    return ByteBuffer.allocate(HEAD_BYTES + Hash.BYTES).put(head).put(mac(purpose, head)).array();
  }

  /** Whether it is one of ours, for this purpose, and open still. */
  public boolean isOpen(byte[] challenge, String purpose) {
    if (challenge.length != HEAD_BYTES + Hash.BYTES) {
      return false;
    }
    byte[] head = Arrays.copyOf(challenge, HEAD_BYTES);
    byte[] mac = Arrays.copyOfRange(challenge, HEAD_BYTES, challenge.length);
    return MessageDigest.isEqual(mac(purpose, head), mac)
        && clock.instant().isBefore(madeAt(challenge).plus(LIFE))
        && !used.containsKey(Hash.sha256(challenge));
  }

  /** Uses one that is open: true for the first that does. Only once everything else was checked. */
  public boolean use(byte[] challenge) {
    Instant now = clock.instant();
    used.values().removeIf(until -> !now.isBefore(until));
    return used.putIfAbsent(Hash.sha256(challenge), madeAt(challenge).plus(LIFE)) == null;
  }

  private static Instant madeAt(byte[] challenge) {
    return Instant.ofEpochMilli(ByteBuffer.wrap(challenge).getLong(NONCE_BYTES));
  }

  private byte[] mac(String purpose, byte[] head) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(head);
      return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
