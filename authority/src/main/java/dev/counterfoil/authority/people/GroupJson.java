package dev.counterfoil.authority.people;

import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;

/** A group in the answers of the admin socket and in events. */
public final class GroupJson {
  private GroupJson() {}

  /** {@code {"tenant", "name", "created_at", "version"}}. */
  public static JsonObject of(PeopleGroup group) {
    return JsonObject.builder()
        .put("tenant", group.tenant())
        .put("name", group.name())
        .put("created_at", group.createdAt().toString())
        .put("version", group.version())
        .build();
  }

  /** Reads one; further members are left alone. */
  public static PeopleGroup parse(JsonObject json) throws FormatException {
    try {
      return new PeopleGroup(
          json.string("tenant"),
          json.string("name"),
          Instant.parse(json.string("created_at")),
          json.number("version"));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new FormatException("this is no group: " + e.getMessage(), e);
    }
  }
}
