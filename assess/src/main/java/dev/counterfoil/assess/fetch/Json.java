package dev.counterfoil.assess.fetch;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reading JSON from strangers: one object, no repeated members, bounded depth; and writing our own.
 */
public final class Json {
  private static final int DEPTH = 32;
  private static final int NUMBER_LENGTH = 40;

  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH)
                          .maxNumberLength(NUMBER_LENGTH)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /** The object that {@code text} holds, or why it holds none. */
  public sealed interface Parsed {
    record Document(ObjectNode object) implements Parsed {}

    record Unreadable(String why) implements Parsed {}
  }

  public static Parsed parseObject(String text) {
    try {
      return MAPPER.readTree(text) instanceof ObjectNode object
          ? new Parsed.Document(object)
          : new Parsed.Unreadable("it is JSON, but not an object");
    } catch (JacksonException e) {
      // The original message only: the full one quotes the source, which for a token is part of a
      // credential.
      return new Parsed.Unreadable(Printable.of(e.getOriginalMessage()));
    }
  }

  /** The member as text; empty when absent or of another type. */
  public static Optional<String> text(JsonNode object, String member) {
    @Nullable JsonNode value = object.get(member);
    return value != null && value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
  }

  /**
   * The member as a whole number, e.g. a NumericDate whose fraction is cut; empty when absent or of
   * another type.
   */
  public static OptionalLong number(JsonNode object, String member) {
    @Nullable JsonNode value = object.get(member);
    if (value == null || !value.isNumber()) {
      return OptionalLong.empty();
    }
    double number = value.doubleValue();
    // Larger than any date that Instant can hold: as good as absent.
    return Math.abs(number) < 1e15 ? OptionalLong.of((long) number) : OptionalLong.empty();
  }

  /** The member's strings: those of an array, or the one string; anything else is left out. */
  public static List<String> texts(JsonNode object, String member) {
    @Nullable JsonNode value = object.get(member);
    if (value == null) {
      return List.of();
    }
    if (value.isString()) {
      return List.of(value.stringValue());
    }
    return value.isArray()
        ? value.values().stream().filter(JsonNode::isString).map(JsonNode::stringValue).toList()
        : List.of();
  }
}
