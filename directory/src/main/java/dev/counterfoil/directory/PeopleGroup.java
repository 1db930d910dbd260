package dev.counterfoil.directory;

import java.time.Instant;

/**
 * A group of people of one tenant, without its members.
 *
 * @param tenant the tenant that it belongs to; never changed
 * @param name 1 to 64 characters, unique in the tenant, never changed: what tokens say
 * @param createdAt to the millisecond
 * @param version rises with each change of its members, from 1
 */
public record PeopleGroup(String tenant, String name, Instant createdAt, long version) {
  private static final int NAME_MAX = 64;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public PeopleGroup {
    if (!Person.isText(tenant)) {
      throw new IllegalArgumentException(
          "a tenant has 1 to 200 characters and no control characters");
    }
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a group's name has 1 to 64 characters, no space at its ends, no quotation mark, backslash"
              + " or control character");
    }
  }

  /** Whether a text can be a group's name: JSON writes it as it is. */
  public static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= NAME_MAX
        && text.equals(text.strip())
        && text.codePoints()
            .noneMatch(
                c -> c == '"' || c == '\\' || Character.isISOControl(c) || isSurrogateOrFormat(c));
  }

  /** Half characters cannot be written, and those that nobody sees make two names look alike. */
  private static boolean isSurrogateOrFormat(int c) {
    return Character.getType(c) == Character.SURROGATE || Character.getType(c) == Character.FORMAT;
  }
}
