package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** Subject identifiers (RFC 9493, SSF 1.0 3). Pure. */
public final class Subjects {
  /** Longest subject, as JSON. */
  public static final int LENGTH_MAX = 2_048;

  private static final String FORMAT = "format";
  private static final String COMPLEX = "complex";

  /** Members of a complex subject (SSF 1.0 3.3). */
  private static final List<String> PARTS =
      List.of("user", "device", "session", "application", "tenant", "org_unit", "group");

  private Subjects() {}

  /** A person of an issuer. */
  public static JsonObject person(String issuer, String subject) {
    return JsonObject.builder()
        .put(FORMAT, "iss_sub")
        .put("iss", issuer)
        .put("sub", subject)
        .build();
  }

  /** One session of a person: without it an event is about all sessions. */
  public static JsonObject session(String issuer, String subject, String session) {
    return JsonObject.builder()
        .put(FORMAT, COMPLEX)
        .put("user", person(issuer, subject))
        .put("session", opaque(session))
        .build();
  }

  /** An address. */
  public static JsonObject email(String address) {
    return JsonObject.builder().put(FORMAT, "email").put("email", address).build();
  }

  /** Something that has an id. */
  public static JsonObject opaque(String id) {
    return JsonObject.builder().put(FORMAT, "opaque").put("id", id).build();
  }

  /**
   * Checks one from outside.
   *
   * @throws FormatException when it is none, in a format that is not known here, or too long
   */
  public static JsonObject checked(JsonObject subject) throws FormatException {
    if (subject.toString().length() > LENGTH_MAX) {
      throw new FormatException("a subject has at most " + LENGTH_MAX + " characters");
    }
    // SSF 1.0 3.3: what says no format and has members of these names is complex, too.
    String format = subject.optionalString(FORMAT).orElse(COMPLEX);
    switch (format) {
      case "iss_sub" -> {
        var _ = subject.string("iss");
        var _ = subject.string("sub");
      }
      case "email" -> {
        var _ = subject.string("email");
      }
      case "opaque" -> {
        var _ = subject.string("id");
      }
      case COMPLEX -> {
        if (subject.names().stream().noneMatch(PARTS::contains)) {
          throw new FormatException("a complex subject has none of the members " + PARTS);
        }
        for (String part : PARTS) {
          Optional<JsonObject> one = subject.optionalObject(part);
          if (one.isPresent()) {
            if (one.get().string(FORMAT).equals(COMPLEX)) {
              throw new FormatException("a complex subject stands in no other one");
            }
            var _ = checked(one.get());
          }
        }
      }
      default ->
          throw new FormatException(
              "subjects are taken in the formats iss_sub, email, opaque and complex");
    }
    return subject;
  }

  /** What two subjects that mean the same have in common: its members in order. */
  public static String key(JsonObject subject) {
    StringBuilder out = new StringBuilder();
    for (String name : new TreeSet<>(subject.names())) {
      Object value = Objects.requireNonNull(subject.get(name));
      String text = value instanceof JsonObject object ? key(object) : value.toString();
      out.append(name.length()).append(':').append(name);
      out.append(text.length()).append(':').append(text);
    }
    return out.toString();
  }

  /** Whose removal from a stream keeps an event about a subject from it: its own, or its user's. */
  public static List<String> keys(JsonObject subject) {
    return subject.get("user") instanceof JsonObject user
        ? List.of(key(subject), key(user))
        : List.of(key(subject));
  }
}
