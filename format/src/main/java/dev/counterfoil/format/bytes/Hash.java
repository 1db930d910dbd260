package dev.counterfoil.format.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A SHA-256 value: 32 bytes, held as four big-endian words so that a hash is one object. Immutable.
 */
public final class Hash implements Comparable<Hash> {
  /** Length of a hash in bytes. */
  public static final int BYTES = 32;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final MessageDigest UNUSED = lookUpSha256();

  private final long a;
  private final long b;
  private final long c;
  private final long d;

  private Hash(long a, long b, long c, long d) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /**
   * Reads a hash from 32 bytes at an offset.
   *
   * @throws IndexOutOfBoundsException when fewer than 32 bytes follow
   */
  public static Hash read(byte[] source, int offset) {
    return new Hash(
        (long) LONG.get(source, offset),
        (long) LONG.get(source, offset + 8),
        (long) LONG.get(source, offset + 16),
        (long) LONG.get(source, offset + 24));
  }

  /**
   * Takes exactly 32 bytes.
   *
   * @throws IllegalArgumentException when the array has another length
   */
  public static Hash of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return read(bytes, 0);
  }

  /** SHA-256 of the parts, one after another. */
  public static Hash sha256(byte[]... parts) {
    MessageDigest digest = newSha256();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return of(digest.digest());
  }

  /** A SHA-256 that the caller keeps and uses again; not to be shared between threads. */
  public static MessageDigest newSha256() {
    try {
      // A copy of an unused digest costs a fraction of looking the algorithm up.
      return (MessageDigest) UNUSED.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the platform's SHA-256 can be copied", e);
    }
  }

  /**
   * The JDK's own, where it is there: what is hashed here is short, and to call a native library
   * for it costs as much as the hash.
   */
  static MessageDigest lookUpSha256() {
    Provider platform = Security.getProvider("SUN");
    try {
      return platform == null
          ? MessageDigest.getInstance("SHA-256")
          : MessageDigest.getInstance("SHA-256", platform);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Parses standard base64 with padding, as checkpoints and notes write hashes. */
  public static Hash parseBase64(String text) throws FormatException {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new FormatException("hash is not base64", e);
    }
    if (bytes.length != BYTES) {
      throw new FormatException("hash does not have 32 bytes");
    }
    Hash hash = read(bytes, 0);
    if (!hash.base64().equals(text)) {
      throw new FormatException("hash is not in canonical base64");
    }
    return hash;
  }

  /** Parses unpadded base64url, as tokens and JSON members write hashes. */
  public static Hash parseBase64Url(String text) throws FormatException {
    byte[] bytes = Base64Url.decode(text);
    if (bytes.length != BYTES) {
      throw new FormatException("hash does not have 32 bytes");
    }
    return read(bytes, 0);
  }

  /** Parses lower-case hexadecimal, as people read hashes to each other. */
  public static Hash parseHex(String text) throws FormatException {
    try {
      Hash hash = of(HexFormat.of().parseHex(text));
      if (hash.hex().equals(text)) {
        return hash;
      }
    } catch (IllegalArgumentException e) {
      throw new FormatException("hash is not 64 lower-case hexadecimal digits", e);
    }
    throw new FormatException("hash is not 64 lower-case hexadecimal digits");
  }

  /** Writes the 32 bytes at an offset. */
  public void write(byte[] target, int offset) {
    LONG.set(target, offset, a);
    LONG.set(target, offset + 8, b);
    LONG.set(target, offset + 16, c);
    LONG.set(target, offset + 24, d);
  }

  /** A short value under a secret key, which tells hashes apart where nobody knows the key. */
  public long shortened(KeyedHash keyed) {
    return keyed.of(a, b, c, d);
  }

  /** The 32 bytes, in a new array. */
  public byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    write(bytes, 0);
    return bytes;
  }

  /** Standard base64 with padding: 44 characters. */
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes());
  }

  /** Unpadded base64url: 43 characters. */
  public String base64Url() {
    return Base64Url.encode(bytes());
  }

  /** Lower-case hexadecimal: 64 characters. */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash that
        && ((a ^ that.a) | (b ^ that.b) | (c ^ that.c) | (d ^ that.d)) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(a);
  }

  @Override
  public int compareTo(Hash that) {
    int order = Long.compareUnsigned(a, that.a);
    if (order == 0) {
      order = Long.compareUnsigned(b, that.b);
    }
    if (order == 0) {
      order = Long.compareUnsigned(c, that.c);
    }
    return order == 0 ? Long.compareUnsigned(d, that.d) : order;
  }

  @Override
  public String toString() {
    return hex();
  }
}
