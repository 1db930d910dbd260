package dev.counterfoil.authority.people;

import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;

/** A person in the answers of the admin socket and in events. */
public final class PersonJson {
  private PersonJson() {}

  /**
   * {@code {"subject", "tenant", "username", "name", "email"?, "email_verified", "disabled",
   * "created_at", "version"}}.
   */
  public static JsonObject of(Person person) {
    return JsonObject.builder()
        .put("subject", person.subject())
        .put("tenant", person.tenant())
        .put("username", person.username())
        .put("name", person.name())
        .put("email", person.email().orElse(null))
        .put("email_verified", person.emailVerified())
        .put("disabled", person.disabled())
        .put("created_at", person.createdAt().toString())
        .put("version", person.version())
        .build();
  }

  /** Reads one. */
  public static Person parse(JsonObject json) throws FormatException {
    try {
      return new Person(
          json.string("subject"),
          json.string("tenant"),
          json.string("username"),
          json.string("name"),
          json.optionalString("email"),
          json.truth("email_verified"),
          json.truth("disabled"),
          Instant.parse(json.string("created_at")),
          json.number("version"));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new FormatException("this is no person: " + e.getMessage(), e);
    }
  }
}
