package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;

/**
 * What tokens of one group have in common, such as all of one client: 128 random bits, in the claim
 * {@value #CLAIM}. One revocation of it ends them all (spec/token.md). Immutable.
 */
public final class GroupHandle {
  /** The claim. */
  public static final String CLAIM = "revocation_group";

  /** Its length. */
  public static final int BYTES = 16;

  private final String text;

  private GroupHandle(String text) {
    this.text = text;
  }

  /** A handle of given bytes, which are random. */
  public static GroupHandle of(byte[] random) {
    if (random.length != BYTES) {
      throw new IllegalArgumentException("a group's handle has " + BYTES + " bytes");
    }
    return new GroupHandle(Base64Url.encode(random));
  }

  /** Reads a handle in its one spelling: base64url without padding, 22 characters. */
  public static GroupHandle parse(String text) throws FormatException {
    byte[] bytes = Base64Url.decode(text);
    if (bytes.length != BYTES) {
      throw new FormatException("a group's handle is not of " + BYTES + " bytes");
    }
    return new GroupHandle(text);
  }

  /** The bytes, in a new array. */
  public byte[] bytes() {
    try {
      return Base64Url.decode(text);
    } catch (FormatException e) {
      throw new IllegalStateException("a handle was read or made in its one spelling", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GroupHandle handle && handle.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it stands in tokens and entries. */
  @Override
  public String toString() {
    return text;
  }
}
