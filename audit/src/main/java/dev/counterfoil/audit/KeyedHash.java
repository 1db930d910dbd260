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
  private static final String CIPHER = "AES/CTR/NoPadding";
  private static final byte[] SIV = "siv".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CTR = "ctr".getBytes(StandardCharsets.US_ASCII);

  /** Never used itself: to copy it costs a fraction of looking the algorithm up. */
  private static final Mac UNUSED = lookUp();

  private final SecretKeySpec key;

  /** Never used itself: a copy of it starts with the key taken in already. */
  private volatile @Nullable Mac keyed;

  private volatile @Nullable SecretKeySpec cipherKey;

  /**
   * Has the key expanded, for whoever seals or opens next; none while somebody does. It goes where
   * the key goes.
   */
  private final AtomicReference<@Nullable Cipher> idle = new AtomicReference<>();

  /**
   * An HMAC and a cipher that take one key after another, for who uses many. Belongs to one thread
   * at a time.
   */
  static final class Tools {
    private final Mac mac;
    private final Cipher cipher;

    Tools() {
      try {
        mac = Mac.getInstance(ALGORITHM);
        cipher = Cipher.getInstance(CIPHER);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has HMAC-SHA-256 and AES", e);
      }
    }
  }

  private static Mac lookUp() {
    try {
      return Mac.getInstance(ALGORITHM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }

  /** Takes a key of 32 bytes. */
  KeyedHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  private Mac keyed() {
    Mac known = keyed;
    if (known == null) {
      try {
        known = (Mac) UNUSED.clone();
        known.init(key);
        // Without it each copy would take the key in by itself.
        known.update(new byte[0]);
        keyed = known;
      } catch (GeneralSecurityException | CloneNotSupportedException e) {
        throw new IllegalStateException("every Java has HMAC-SHA-256", e);
      }
    }
    return known;
  }

  /** The same of a label in US-ASCII. */
  byte[] of(String label, byte[]... parts) {
    return of(label.getBytes(StandardCharsets.US_ASCII), parts);
  }

  /** What the key makes of a label and some parts, each with its length. */
  byte[] of(byte[] label, byte[]... parts) {
    try {
      return hash((Mac) keyed().clone(), label, parts);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("HMAC of the JDK can be copied", e);
    }
  }

  /** The same with tools at hand. */
  byte[] of(Tools tools, byte[] label, byte[]... parts) {
    try {
      tools.mac.init(key);
      return hash(tools.mac, label, parts);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC takes any key", e);
    }
  }

  private static byte[] hash(Mac mac, byte[] label, byte[]... parts) {
    int length = Integer.BYTES + label.length;
    for (byte[] part : parts) {
      length += Integer.BYTES + part.length;
    }
    ByteBuffer whole = ByteBuffer.allocate(length).putInt(label.length).put(label);
    for (byte[] part : parts) {
      whole.putInt(part.length).put(part);
    }
    return mac.doFinal(whole.array());
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

  /**
   * Opens what was sealed without a look whether it was changed, or sealed under another key: for
   * who holds all that he makes of it against the log.
   *
   * @throws FormatException when it is too short
   */
  byte[] openUnchecked(Tools tools, byte[] sealed) throws FormatException {
    if (sealed.length < SEAL_BYTES) {
      throw new FormatException("a sealed part is cut");
    }
    try {
      tools.cipher.init(
          Cipher.ENCRYPT_MODE, cipherKey(tools), new IvParameterSpec(sealed, 0, SEAL_BYTES));
      return tools.cipher.doFinal(sealed, SEAL_BYTES, sealed.length - SEAL_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES in counter mode", e);
    }
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
        cipher = Cipher.getInstance(CIPHER);
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
    return known != null ? known : cipherKey(of(CTR));
  }

  private SecretKeySpec cipherKey(Tools tools) {
    SecretKeySpec known = cipherKey;
    return known != null ? known : cipherKey(of(tools, CTR));
  }

  private SecretKeySpec cipherKey(byte[] derived) {
    SecretKeySpec made = new SecretKeySpec(derived, "AES");
    cipherKey = made;
    return made;
  }
}
