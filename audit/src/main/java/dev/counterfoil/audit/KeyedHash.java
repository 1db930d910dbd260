package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * HMAC-SHA-256 under one key (RFC 2104), to derive keys and salts; and sealing with it that gives
 * the same for the same text, so that equal texts are found, and kept once: SIV, of HMAC-SHA-256
 * cut to 128 bits and AES-256-CTR (Rogaway and Shrimpton, "Deterministic Authenticated-Encryption",
 * 2006). Each derivation has a label of its own. Keeps what follows from the key; safe for
 * concurrent use.
 */
final class KeyedHash {
  static final int KEY_BYTES = 32;

  /** How much longer what is sealed is than its text. */
  static final int SEAL_BYTES = 16;

  private static final String ALGORITHM = "HmacSHA256";
  private static final byte[] SIV = "siv".getBytes(StandardCharsets.US_ASCII);

  /** Never used itself: to copy it costs a fraction of looking the algorithm up. */
  private static final Mac UNUSED = lookUp();

  /** Never used itself: a copy of it starts with the key taken in already. */
  private final Mac keyed;

  private volatile @Nullable SecretKeySpec cipherKey;

  /**
   * Has the key expanded, for whoever seals or opens next; none while somebody does. It goes where
   * the key goes.
   */
  private final AtomicReference<@Nullable Cipher> idle = new AtomicReference<>();

  /** Takes a key of 32 bytes. */
  KeyedHash(byte[] key) {
    try {
      keyed = (Mac) UNUSED.clone();
      keyed.init(new SecretKeySpec(key, ALGORITHM));
      // Without it each copy would take the key in by itself.
      keyed.update(new byte[0]);
    } catch (GeneralSecurityException | CloneNotSupportedException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }

  private static Mac lookUp() {
    try {
      return Mac.getInstance(ALGORITHM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }

  /** What the key makes of a label and some parts, each with its length. */
  byte[] of(String label, byte[]... parts) {
    return of(label.getBytes(StandardCharsets.US_ASCII), parts);
  }

  private byte[] of(byte[] label, byte[]... parts) {
    try {
      Mac mac = (Mac) keyed.clone();
      add(mac, label);
      for (byte[] part : parts) {
        add(mac, part);
      }
      return mac.doFinal();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("HMAC of the JDK can be copied", e);
    }
  }

  private static void add(Mac mac, byte[] part) {
    // In one piece: to take up a single byte costs as much as four.
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
    mac.update(part);
  }

  /** One for what the key makes of a label and some parts. */
  KeyedHash derive(String label, byte[]... parts) {
    return new KeyedHash(of(label, parts));
  }

  /**
   * Seals a text: 16 bytes longer, and the same each time.
   *
   * @param beside what it only opens with, and is not in it
   */
  byte[] seal(byte[] text, byte[]... beside) {
    byte[] iv = iv(text, beside);
    byte[] sealed = Arrays.copyOf(iv, SEAL_BYTES + text.length);
    crypt(iv, text, 0, sealed, SEAL_BYTES);
    return sealed;
  }

  /**
   * Opens what was sealed.
   *
   * @throws FormatException when it was changed, or sealed under another key
   */
  byte[] open(byte[] sealed, byte[]... beside) throws FormatException {
    if (sealed.length >= SEAL_BYTES) {
      byte[] iv = Arrays.copyOf(sealed, SEAL_BYTES);
      byte[] text = new byte[sealed.length - SEAL_BYTES];
      crypt(iv, sealed, SEAL_BYTES, text, 0);
      if (MessageDigest.isEqual(iv, iv(text, beside))) {
        return text;
      }
    }
    throw new FormatException("a sealed part does not open: it was changed, or its key is gone");
  }

  private byte[] iv(byte[] text, byte[]... beside) {
    byte[][] parts = Arrays.copyOf(beside, beside.length + 1);
    parts[beside.length] = text;
    return Arrays.copyOf(of(SIV, parts), SEAL_BYTES);
  }

  private void crypt(byte[] iv, byte[] text, int from, byte[] into, int at) {
    try {
      Cipher cipher = idle.getAndSet(null);
      if (cipher == null) {
        cipher = Cipher.getInstance("AES/CTR/NoPadding");
      }
      cipher.init(Cipher.ENCRYPT_MODE, cipherKey(), new IvParameterSpec(iv));
      cipher.doFinal(text, from, text.length - from, into, at);
      idle.set(cipher);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES in counter mode", e);
    }
  }

  private SecretKeySpec cipherKey() {
    SecretKeySpec known = cipherKey;
    if (known == null) {
      known = new SecretKeySpec(of("ctr"), "AES");
      cipherKey = known;
    }
    return known;
  }
}
