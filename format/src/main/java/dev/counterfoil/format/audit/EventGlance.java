package dev.counterfoil.format.audit;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What is read of an event in passing, where millions are looked at: whose it is and when it was.
 * Members must be in the order of the canonical form, so that none stands twice anywhere and
 * everybody reads the same; that the event is one beyond that is for {@link AuditEvent#parse}.
 *
 * @param tenant {@code metadata.tenant_uid}
 * @param reporter {@code metadata.reporter.uid}
 * @param timeMillis {@code time}
 */
public record EventGlance(String tenant, String reporter, long timeMillis) {
  /**
   * Reads what stands in a part of an array.
   *
   * @throws FormatException when it is no JSON object in UTF-8, out of order, or without one of
   *     these members
   */
  public static EventGlance of(byte[] json, int from, int to) throws FormatException {
    // Two bytes as every object in canonical form begins: so the parser takes it for UTF-8.
    if (to - from < 2 || json[from] != '{' || json[from + 1] != '"') {
      throw new FormatException("an event is not in its canonical form");
    }
    try (JsonParser parser = StrictJson.parser(json, from, to - from)) {
      parser.nextToken();
      Walk walk = new Walk(parser);
      walk.event();
      if (parser.nextToken() != null) {
        throw new FormatException("JSON goes on after its object");
      }
      return new EventGlance(
          there(walk.tenant, "metadata.tenant_uid"),
          there(walk.reporter, "metadata.reporter.uid"),
          there(walk.timeMillis, "time"));
    } catch (JacksonException e) {
      // The parser's own message repeats parts of the input: keep it out.
      throw new FormatException("JSON is malformed");
    }
  }

  private static <T> T there(@Nullable T value, String member) throws FormatException {
    if (value == null) {
      throw new FormatException("member " + member + " is missing, or is something else");
    }
    return value;
  }

  /** Goes through an event once. */
  private static final class Walk {
    private final JsonParser parser;
    private @Nullable String tenant;
    private @Nullable String reporter;
    private @Nullable Long timeMillis;

    Walk(JsonParser parser) {
      this.parser = parser;
    }

    void event() throws FormatException {
      for (String name = first(); name != null; name = after(name)) {
        JsonToken value = parser.nextToken();
        if (name.equals("metadata") && value == JsonToken.START_OBJECT) {
          metadata();
        } else if (name.equals("time") && value == JsonToken.VALUE_NUMBER_INT) {
          timeMillis = parser.getLongValue();
        } else {
          value(value);
        }
      }
    }

    private void metadata() throws FormatException {
      for (String name = first(); name != null; name = after(name)) {
        JsonToken value = parser.nextToken();
        if (name.equals("tenant_uid") && value == JsonToken.VALUE_STRING) {
          tenant = parser.getString();
        } else if (name.equals("reporter") && value == JsonToken.START_OBJECT) {
          reporter();
        } else {
          value(value);
        }
      }
    }

    private void reporter() throws FormatException {
      for (String name = first(); name != null; name = after(name)) {
        JsonToken value = parser.nextToken();
        if (name.equals("uid") && value == JsonToken.VALUE_STRING) {
          reporter = parser.getString();
        } else {
          value(value);
        }
      }
    }

    /** Nested as deep as the parser lets it be. */
    private void value(JsonToken begin) throws FormatException {
      if (begin == JsonToken.START_OBJECT) {
        for (String name = first(); name != null; name = after(name)) {
          value(parser.nextToken());
        }
      } else if (begin == JsonToken.START_ARRAY) {
        for (JsonToken next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          value(next);
        }
      }
    }

    private @Nullable String first() {
      return parser.nextToken() == JsonToken.END_OBJECT ? null : parser.currentName();
    }

    private @Nullable String after(String name) throws FormatException {
      String next = first();
      if (next != null && next.compareTo(name) <= 0) {
        throw new FormatException("an event's members are not in the order of its canonical form");
      }
      return next;
    }
  }
}
