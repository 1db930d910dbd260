package dev.counterfoil.format.keys;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The short name of a log of one generation of a signer: {@code s1g2} is the log of tokens of the
 * signer {@code s1} in its second generation, {@code d1g2} that of the record door {@code d1}. Key
 * logs, and logs of other issuers, are named otherwise.
 *
 * @param owner the signer, or the record door of one
 * @param generation from 1
 */
public record LogName(String owner, int generation) {
  /** The name of every domain's key log. */
  public static final String KEY_LOG = "keys";

  /** The last generation that a name can have. */
  public static final int GENERATION_MAX = 999_999;

  private static final Pattern NAME = Pattern.compile("(.+)g([1-9][0-9]{0,5})");
  private static final Pattern DOOR = Pattern.compile("d[1-9][0-9]{0,3}");

  public LogName {
    if (generation < 1
        || generation > GENERATION_MAX
        || owner.isEmpty()
        || !TokenId.isLogName(owner + "g" + generation)) {
      throw new IllegalArgumentException("not a signer's name and generation");
    }
  }

  /** Reads a short name; empty where it is another log's, or none. */
  public static Optional<LogName> parse(String name) {
    Matcher parts = NAME.matcher(name);
    return TokenId.isLogName(name) && parts.matches()
        ? Optional.of(new LogName(parts.group(1), Integer.parseInt(parts.group(2))))
        : Optional.empty();
  }

  /** Whether a log is one of a signer's or door's, by its short name. */
  public static boolean isOf(String owner, String log) {
    return parse(log).filter(name -> name.owner().equals(owner)).isPresent();
  }

  /**
   * Whether it is a record log: it holds the digests of tokens that were composed elsewhere; no
   * token names a position of it, and there are no counterfoils.
   */
  public boolean isRecordLog() {
    return isDoor(owner);
  }

  /** Whether an owner's name is a record door's. */
  public static boolean isDoor(String owner) {
    return DOOR.matcher(owner).matches();
  }

  /** Whether it is of the same signer or door and of an earlier generation. */
  public boolean isBefore(LogName other) {
    return isOfOwnerOf(other) && generation < other.generation;
  }

  /** Whether it is of the same signer or door. */
  public boolean isOfOwnerOf(LogName other) {
    return owner.equals(other.owner);
  }

  /** The short name. */
  @Override
  public String toString() {
    return owner + "g" + generation;
  }
}
