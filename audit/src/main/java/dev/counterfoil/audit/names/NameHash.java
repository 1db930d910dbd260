package dev.counterfoil.audit.names;

import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * HMAC-SHA-256 under one key (RFC 2104), to derive keys and salts; and sealing with it that gives
 * the same for the same text, so that equal texts are found, and kept once: SIV, of HMAC-SHA-256
 * cut to 128 bits and AES-256-CTR (Rogaway and Shrimpton, "Deterministic Authenticated-Encryption",
 * 2006). Each derivation has a label of its own. Safe for concurrent use.
 */
public final class NameHash {
  static final int KEY_BYTES = 32;

  /** How much longer what is sealed is than its text. */
  static final int SEAL_BYTES = 16;

  private static final String ALGORITHM = "HmacSHA256";
  private static final String CIPHER = "AES/CTR/NoPadding";
  private static final byte[] SIV = "siv".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CTR = "ctr".getBytes(StandardCharsets.US_ASCII);

  private final SecretKeySpec key;
  private volatile @Nullable SecretKeySpec cipherKey;

  /**
   * An HMAC and a cipher that take one key after another: one for each key would be slower, since
   * of thousands no processor has them at hand. Belongs to one thread at a time.
   */
  public static final class Tools {
    /** Never used itself: to copy it costs a fraction of looking the algorithm up. */
    private static final Mac UNUSED = lookUp();

    private static final int PLACES = 16;

    /** Used by nobody now, and nobody's key is in them. */
    private static final AtomicReferenceArray<@Nullable Tools> IDLE =
        new AtomicReferenceArray<>(PLACES);

    private static final SecretKeySpec NO_KEY = new SecretKeySpec(new byte[KEY_BYTES], ALGORITHM);
    private static final SecretKeySpec NO_CIPHER_KEY =
        new SecretKeySpec(new byte[KEY_BYTES], "AES");
    private static final IvParameterSpec NO_IV = new IvParameterSpec(new byte[SEAL_BYTES]);

    final Mac mac;
    final Cipher cipher;
    private boolean hasCipherKey;

    public Tools() {
      try {
        mac = (Mac) UNUSED.clone();
        cipher = Cipher.getInstance(CIPHER);
      } catch (GeneralSecurityException | CloneNotSupportedException e) {
        throw new IllegalStateException("every Java has HMAC-SHA-256 and AES", e);
      }
    }

    private static Mac lookUp() {
      try {
        return Mac.getInstance(ALGORITHM);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has HMAC-SHA-256", e);
      }
    }

    private static int place() {
      return Math.floorMod(Thread.currentThread().threadId(), PLACES);
    }

    private static Tools take() {
      Tools idle = IDLE.getAndSet(place(), null);
      return idle != null ? idle : new Tools();
    }

    /**
     * Without their key: whose it is can be forgotten while they are idle, or was while they were
     * in use.
     */
    private void giveBack() {
      loseKeys();
      IDLE.set(place(), this);
    }

    public void loseKeys() {
      try {
        mac.init(NO_KEY);
        // What was made last is still in it, and may be a key.
        mac.doFinal();
        if (hasCipherKey) {
          cipher.init(Cipher.ENCRYPT_MODE, NO_CIPHER_KEY, NO_IV);
          // So is what its last block was encrypted with.
          cipher.doFinal(new byte[1]);
          hasCipherKey = false;
        }
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("any key is taken", e);
      }
    }

    /** Those that nobody uses now. */
    static List<Tools> idle() {
      return IntStream.range(0, PLACES).mapToObj(IDLE::get).filter(Objects::nonNull).toList();
    }
  }

  /** Takes a key of 32 bytes. */
  NameHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** The same of a label in US-ASCII. */
  byte[] of(String label, byte[]... parts) {
    return of(label.getBytes(StandardCharsets.US_ASCII), parts);
  }

  /** What the key makes of a label and some parts, each with its length. */
  byte[] of(byte[] label, byte[]... parts) {
    Tools tools = Tools.take();
    byte[] made = of(tools, label, parts);
    tools.giveBack();
    return made;
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
  NameHash derive(String label, byte[]... parts) {
    return new NameHash(of(label, parts));
  }

  /**
   * Seals a text: 16 bytes longer, and the same each time.
   *
   * @param beside what it only opens with, and is not in it
   */
  byte[] seal(byte[] text, byte[]... beside) {
    Tools tools = Tools.take();
    byte[] iv = iv(tools, text, beside);
    byte[] sealed = Arrays.copyOf(iv, SEAL_BYTES + text.length);
    crypt(tools, iv, text, 0, sealed, SEAL_BYTES);
    tools.giveBack();
    return sealed;
  }

  /**
   * Opens what was sealed.
   *
   * @throws FormatException when it was changed, or sealed under another key
   */
  byte[] open(byte[] sealed, byte[]... beside) throws FormatException {
    if (sealed.length >= SEAL_BYTES) {
      Tools tools = Tools.take();
      byte[] iv = Arrays.copyOf(sealed, SEAL_BYTES);
      byte[] text = new byte[sealed.length - SEAL_BYTES];
      crypt(tools, iv, sealed, SEAL_BYTES, text, 0);
      boolean isWhole = MessageDigest.isEqual(iv, iv(tools, text, beside));
      tools.giveBack();
      if (isWhole) {
        return text;
      }
    }
    throw new FormatException("a sealed part does not open: it was changed, or its key is gone");
  }

  /** Opens what was sealed: with tools at hand unchecked, without them where it is whole. */
  public byte[] open(@Nullable Tools tools, byte[] sealed) throws FormatException {
    return tools == null ? open(sealed) : openUnchecked(tools, sealed);
  }

  /**
   * Opens what was sealed without a look whether it was changed, or sealed under another key: for
   * who holds all that he makes of it against the log.
   *
   * @throws FormatException when it is too short
   */
  public byte[] openUnchecked(Tools tools, byte[] sealed) throws FormatException {
    if (sealed.length < SEAL_BYTES) {
      throw new FormatException("a sealed part is cut");
    }
    try {
      tools.hasCipherKey = true;
      tools.cipher.init(
          Cipher.ENCRYPT_MODE, cipherKey(tools), new IvParameterSpec(sealed, 0, SEAL_BYTES));
      return tools.cipher.doFinal(sealed, SEAL_BYTES, sealed.length - SEAL_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES in counter mode", e);
    }
  }

  private byte[] iv(Tools tools, byte[] text, byte[]... beside) {
    byte[][] parts = Arrays.copyOf(beside, beside.length + 1);
    parts[beside.length] = text;
    return Arrays.copyOf(of(tools, SIV, parts), SEAL_BYTES);
  }

  private void crypt(Tools tools, byte[] iv, byte[] text, int from, byte[] into, int at) {
    try {
      SecretKeySpec known = cipherKey(tools);
      tools.hasCipherKey = true;
      tools.cipher.init(Cipher.ENCRYPT_MODE, known, new IvParameterSpec(iv));
      tools.cipher.doFinal(text, from, text.length - from, into, at);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES in counter mode", e);
    }
  }

  private SecretKeySpec cipherKey(Tools tools) {
    SecretKeySpec known = cipherKey;
    if (known == null) {
      known = new SecretKeySpec(of(tools, CTR), "AES");
      cipherKey = known;
    }
    return known;
  }
}
