package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;

/**
 * A token's identifier, its {@code jti}: {@code <log>.<position>.<commitment>}.
 *
 * <p>The commitment is the SHA-256 of a 128-bit random salt and the canonical context of issuing
 * (client, ground, address, time), in unpadded base64url: it makes the identifier unpredictable and
 * places the context under the log's leaf together with the token.
 *
 * @param log short name of the log, unique in its trust domain: 1 to 16 of {@code a-z 0-9 -}
 * @param position index of the token in that log, from 0
 * @param commitment SHA-256(salt ‖ context)
 */
public record TokenId(String log, long position, Hash commitment) {
  /** Length of the salt in bytes. */
  public static final int SALT_BYTES = 16;

  /** Longest identifier accepted, in characters. */
  public static final int LENGTH_MAX = 16 + 1 + 15 + 1 + 43;

  private static final int LOG_NAME_MAX = 16;

  /** Positions stay below 10^15, so that every JSON reader holds them exactly. */
  public static final long POSITION_LIMIT = 1_000_000_000_000_000L;

  public TokenId {
    if (!isLogName(log) || position < 0 || position >= POSITION_LIMIT) {
      throw new IllegalArgumentException("not a log name and position");
    }
  }

  /** Whether a text can name a log: 1 to 16 of {@code a-z 0-9 -}, the first not a hyphen. */
  public static boolean isLogName(String name) {
    if (name.isEmpty() || name.length() > LOG_NAME_MAX || name.charAt(0) == '-') {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** Whether a name is of a record log: see {@link LogName#isRecordLog}. */
  public static boolean isRecordLogName(String name) {
    return LogName.parse(name).filter(LogName::isRecordLog).isPresent();
  }

  /** The commitment to a context: SHA-256(salt ‖ context). */
  public static Hash commitment(byte[] salt, byte[] context) {
    return Hash.sha256(salt, context);
  }

  /** Parses the one spelling of an identifier. */
  public static TokenId parse(String text) throws FormatException {
    if (text.length() > LENGTH_MAX) {
      throw new FormatException("token identifier is too long");
    }
    int first = text.indexOf('.');
    int second = text.indexOf('.', first + 1);
    if (first < 1 || second < 0) {
      throw new FormatException("token identifier is not log.position.commitment");
    }
    String log = text.substring(0, first);
    if (!isLogName(log)) {
      throw new FormatException("token identifier names no log");
    }
    long position = Decimal.parse(text.substring(first + 1, second), POSITION_LIMIT - 1);
    return new TokenId(log, position, Hash.parseBase64Url(text.substring(second + 1)));
  }

  @Override
  public String toString() {
    return log + "." + position + "." + commitment.base64Url();
  }
}
