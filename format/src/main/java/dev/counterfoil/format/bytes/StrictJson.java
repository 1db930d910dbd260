package dev.counterfoil.format.bytes;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The one reader of JSON from outside: an object in strict RFC 8259 syntax and UTF-8, no duplicate
 * members, no lone surrogates, integers that fit 64 bits, and limits on everything.
 */
public final class StrictJson {
  /** Deepest nesting accepted. */
  public static final int DEPTH_MAX = 16;

  /** Most members and elements accepted in one document. */
  public static final int VALUES_MAX = 200_000;

  private static final TokenStreamFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(32)
                  .maxNameLength(256)
                  .build())
          .build();

  /** Whether a text may have surrogates at all: few documents have any. */
  private final boolean surrogates;

  /** Whether there is an escape anywhere: a text without has no character that must be one. */
  private final boolean escapes;

  private final int valuesMax;
  private int values;

  private StrictJson(boolean surrogates, boolean escapes, int valuesMax) {
    this.surrogates = surrogates;
    this.escapes = escapes;
    this.valuesMax = valuesMax;
  }

  /**
   * Reads one object that fills the input.
   *
   * @param utf8 the bytes
   * @param bytesMax longest input accepted
   * @throws FormatException naming the rule that was broken
   */
  public static JsonObject object(byte[] utf8, int bytesMax) throws FormatException {
    return object(utf8, bytesMax, VALUES_MAX);
  }

  /**
   * The same with a limit of its own on members and elements.
   *
   * @param valuesMax most of them, at all depths together
   */
  public static JsonObject object(byte[] utf8, int bytesMax, int valuesMax) throws FormatException {
    if (utf8.length > bytesMax) {
      throw new FormatException("JSON is longer than " + bytesMax + " bytes");
    }
    String text = text(utf8);
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new FormatException("JSON is not an object");
      }
      boolean escapes = text.indexOf('\\') >= 0;
      boolean isPlain = text.length() == utf8.length && !(escapes && text.contains("\\u"));
      JsonObject object = new StrictJson(!isPlain, escapes, valuesMax).readObject(parser);
      if (parser.nextToken() != null) {
        throw new FormatException("JSON goes on after its object");
      }
      return object;
    } catch (JacksonException e) {
      // The parser's own message repeats parts of the input, which may be a token: keep it out.
      throw new FormatException("JSON is malformed");
    }
  }

  /** A parser of the same syntax and limits, for who goes through what he need not keep. */
  public static JsonParser parser(byte[] json, int from, int length) {
    return FACTORY.createParser(ObjectReadContext.empty(), json, from, length);
  }

  private static String text(byte[] utf8) throws FormatException {
    // The fast way puts a replacement character where bytes are malformed. Where it has put none,
    // there was nothing to replace.
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') < 0) {
      return text;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(utf8))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("JSON is not UTF-8", e);
    }
  }

  private JsonObject readObject(JsonParser parser) throws FormatException {
    LinkedHashMap<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = wellFormed(parser.currentName());
      parser.nextToken();
      if (members.put(name, readValue(parser)) != null) {
        throw new FormatException("JSON has a member twice");
      }
    }
    return escapes ? JsonObject.adopt(members) : JsonObject.adoptBare(members);
  }

  private List<Object> readArray(JsonParser parser) throws FormatException {
    List<Object> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(readValue(parser));
    }
    return Collections.unmodifiableList(elements);
  }

  private Object readValue(JsonParser parser) throws FormatException {
    if (++values > valuesMax) {
      throw new FormatException("JSON has more than " + valuesMax + " values");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> readObject(parser);
      case START_ARRAY -> readArray(parser);
      case VALUE_STRING -> wellFormed(parser.getString());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> fraction(parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> JsonObject.Null.NULL;
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new FormatException("JSON is malformed");
    };
  }

  private static Long integer(JsonParser parser) throws FormatException {
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw new FormatException("JSON has a number beyond 64 bits");
    }
    return parser.getLongValue();
  }

  private static Double fraction(JsonParser parser) throws FormatException {
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value)) {
      throw new FormatException("JSON has a number beyond a double");
    }
    return value;
  }

  private String wellFormed(String text) throws FormatException {
    if (!surrogates) {
      return text;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new FormatException("JSON has a lone surrogate");
        }
        i++;
      }
    }
    return text;
  }
}
