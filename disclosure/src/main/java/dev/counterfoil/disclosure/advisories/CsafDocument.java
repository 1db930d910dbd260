package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A CSAF document, of which the members that a provider needs are there and of their types. Whether
 * it is valid says {@link CsafCheck}.
 *
 * @param json all of it
 * @param id {@code tracking.id}
 * @param version {@code tracking.version}
 * @param title {@code document.title}
 * @param released {@code tracking.initial_release_date}
 * @param current {@code tracking.current_release_date}
 * @param isDraft whether its status is {@code draft}
 * @param tlp who may have it; a document without a label is not published
 */
public record CsafDocument(
    JsonObject json,
    String id,
    String version,
    String title,
    Instant released,
    Instant current,
    boolean isDraft,
    TlpLabel tlp) {
  /** Longest document accepted, in bytes. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  /** What a file's name has an underscore for (CSAF 2.0, 5.1). */
  private static final Pattern NOT_IN_NAMES = Pattern.compile("[^+\\-a-z0-9]+");

  /**
   * Parses a document.
   *
   * @throws FormatException naming the member that is missing or of another type
   */
  public static CsafDocument parse(byte[] utf8) throws FormatException {
    JsonObject json = StrictJson.object(utf8, BYTES_MAX);
    JsonObject document = json.object("document");
    JsonObject tracking = document.object("tracking");
    return new CsafDocument(
        json,
        tracking.string("id"),
        tracking.string("version"),
        document.string("title"),
        time(tracking, "initial_release_date"),
        time(tracking, "current_release_date"),
        tracking.string("status").equals("draft"),
        TlpLabel.of(document.object("distribution").object("tlp").string("label")));
  }

  private static Instant time(JsonObject tracking, String name) throws FormatException {
    try {
      return OffsetDateTime.parse(tracking.string(name)).toInstant();
    } catch (DateTimeException e) {
      throw new FormatException("member " + name + " is not a time (RFC 3339)", e);
    }
  }

  /** The name that its file must have (CSAF 2.0, 5.1). */
  public String fileName() {
    return fileName(id);
  }

  static String fileName(String id) {
    return NOT_IN_NAMES.matcher(id.toLowerCase(Locale.ROOT)).replaceAll("_") + ".json";
  }

  /** The version after this one, in the document's own way of counting. */
  public String nextVersion() {
    return DocumentVersion.of(version).nextMajor();
  }

  /** Where it stands below the folder of its label: the year of its first release, and its name. */
  String path() {
    return released.atOffset(ZoneOffset.UTC).getYear() + "/" + fileName();
  }

  /** The bytes that are published: members sorted by name, two spaces a level, as UTF-8. */
  public byte[] bytes() {
    return SortedJson.of(json).getBytes(StandardCharsets.UTF_8);
  }
}
