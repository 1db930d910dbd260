package dev.counterfoil.auditserver.issued;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.TokenId;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a reader is: a position of the audit log, and one of each tokens' log in which he is
 * anywhere. As a text {@code 4711,s1g1.200,s2g1.17}. Each log only grows at its end, so that what
 * lies on one side of a cursor never changes.
 *
 * @param position in the audit log; -1 for before its first
 * @param logs positions by the logs' short names
 */
public record Cursor(long position, SortedMap<String, Long> logs) {
  /** Most logs that a cursor names. */
  static final int LOGS_MAX = 256;

  private static final int NAME_LENGTH_MAX = 64;
  private static final String NOTHING = "-1";

  public Cursor {
    logs = new TreeMap<>(logs);
  }

  public static Cursor of(long position, Map<String, Long> logs) {
    return new Cursor(position, new TreeMap<>(logs));
  }

  /**
   * Reads one.
   *
   * @param name of the parameter, for who sent it
   */
  public static Cursor parse(String name, String text) throws FormatException {
    String[] parts = text.split(",", -1);
    if (parts.length > LOGS_MAX + 1) {
      throw malformed(name);
    }
    SortedMap<String, Long> logs = new TreeMap<>();
    try {
      for (int i = 1; i < parts.length; i++) {
        int dot = parts[i].lastIndexOf('.');
        if (dot < 1 || dot > NAME_LENGTH_MAX) {
          throw malformed(name);
        }
        logs.put(
            parts[i].substring(0, dot),
            Decimal.parse(parts[i].substring(dot + 1), TokenId.POSITION_LIMIT));
      }
      return new Cursor(
          parts[0].equals(NOTHING) ? -1 : Decimal.parse(parts[0], AuditEvent.NUMBER_MAX), logs);
    } catch (FormatException e) {
      throw malformed(name);
    }
  }

  private static FormatException malformed(String name) {
    return new FormatException(
        name + " is what an answer said, or a position of the audit log, such as 4711");
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(Long.toString(position));
    logs.forEach((log, at) -> text.append(',').append(log).append('.').append(at));
    return text.toString();
  }
}
