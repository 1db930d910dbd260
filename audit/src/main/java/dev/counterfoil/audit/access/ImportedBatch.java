package dev.counterfoil.audit.access;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.util.regex.Pattern;

/**
 * Events that an operator brings in from a file: as a rule older than a source may report. Each
 * keeps the time that the file says and gets its own time of recording, from which on it is kept.
 *
 * @param name where they are from; with the tenant the source as which they are recorded
 * @param file the file's name
 * @param digest of the whole file
 * @param firstLine the line of the file with the first of them
 * @param lastLine the line with the last
 */
public record ImportedBatch(String name, String file, Hash digest, long firstLine, long lastLine) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * Checks it.
   *
   * @throws FormatException saying what it may be
   */
  public void check() throws FormatException {
    if (!NAME.matcher(name).matches()) {
      throw new FormatException(
          "an import's source is 1 to 64 letters, digits, dots, hyphens and underscores, and begins"
              + " with a letter or digit");
    }
    AuditEvent.requireName(file, "file");
    if (firstLine < 1 || lastLine < firstLine) {
      throw new FormatException("a batch is from a first line to a last one");
    }
  }

  /** What is said before events are taken. */
  public String begins(int count) {
    return "up to %d events %s".formatted(count, from());
  }

  /**
   * What is said once they are.
   *
   * @param before how many were recorded before: all, where the answer to the same batch was lost
   */
  public String recorded(int count, int before) {
    return "%d events recorded, %d recorded before, %s".formatted(count, before, from());
  }

  private String from() {
    return "from lines %d to %d of %s, SHA-256 %s"
        .formatted(firstLine, lastLine, file, digest.hex());
  }
}
