package dev.counterfoil.audit.names;

import dev.counterfoil.audit.access.Fence;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A name in a tenant's events, with the key of its own under which they are kept. Whoever has the
 * key can tell that the pseudonym is the name's; where the key is gone nobody can, and the events
 * that were kept under it are gone with it. Never in a message with its name.
 */
public final class KeyedName {
  /** Length of a pseudonym, in characters. */
  static final int PSEUDONYM_LENGTH = 12;

  private static final int PSEUDONYM_BYTES = 9;
  private static final Pattern PSEUDONYM = Pattern.compile("[A-Za-z0-9_-]{12}");

  private final Fence fence;
  private final String name;
  private final byte[] key;
  private final String pseudonym;

  /** Where it stands in the file of names. */
  private final long slot;

  KeyedName(Fence fence, String name, byte[] key, long slot) {
    this.fence = fence;
    this.name = name;
    this.key = key;
    this.slot = slot;
    this.pseudonym = pseudonym(key);
  }

  /** What stands for a name whose key it is: 12 letters, digits, {@code -} and {@code _}. */
  static String pseudonym(byte[] key) {
    byte[] cut = Arrays.copyOf(new NameHash(key).of("pseudonym"), PSEUDONYM_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(cut);
  }

  /** Whether a text may be a pseudonym. */
  public static boolean isPseudonym(String text) {
    return PSEUDONYM.matcher(text).matches();
  }

  /** Whose events name it. */
  public Fence fence() {
    return fence;
  }

  public String name() {
    return name;
  }

  /** Not to be changed. */
  byte[] key() {
    return key;
  }

  public String pseudonym() {
    return pseudonym;
  }

  long slot() {
    return slot;
  }

  /** The pseudonym alone. */
  @Override
  public String toString() {
    return "person " + pseudonym;
  }
}
