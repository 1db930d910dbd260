package dev.counterfoil.configuration;

import dev.counterfoil.configuration.YamlNode.Empty;
import dev.counterfoil.configuration.YamlNode.Entry;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;
import tools.jackson.dataformat.yaml.YAMLReadFeature;

/**
 * Reads YAML documents into nodes with lines. Anchors, aliases and tags are refused: a reader of
 * the file should see what it says.
 */
public final class YamlReader {
  private static final int DEPTH_MAX = 16;
  private static final YAMLFactory FACTORY =
      YAMLFactory.builder()
          .enable(YAMLReadFeature.EMPTY_STRING_AS_NULL)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();

  private final Place place;
  private final YAMLParser parser;

  private YamlReader(Place place, YAMLParser parser) {
    this.place = place;
    this.parser = parser;
  }

  /** Reads the document; an empty one is an empty mapping. */
  static Mapping read(Place place, String text) throws ConfigurationException {
    try (YAMLParser parser = parser(text)) {
      YamlReader reader = new YamlReader(place, parser);
      JsonToken first = parser.nextToken();
      if (first == null || first == JsonToken.VALUE_NULL) {
        return new Mapping(1, Map.of());
      }
      YamlNode root = reader.value();
      if (!(root instanceof Mapping mapping)) {
        throw place.wrong(root.line(), "want keys and values, such as 'listen: 127.0.0.1:8480'");
      }
      if (parser.nextToken() != null) {
        throw place.wrong(reader.line(), "expected one document, but a second one begins");
      }
      return mapping;
    } catch (JacksonException e) {
      TokenStreamLocation location = e.getLocation();
      int line = location == null ? 1 : Math.max(1, location.getLineNr());
      throw place.wrong(line, "not YAML: " + firstLine(e.getOriginalMessage()));
    }
  }

  /**
   * Reads every document of a file; empty ones are left out.
   *
   * @param file how messages call it
   * @param documentsMax most documents accepted
   */
  public static List<Mapping> documents(String file, String text, int documentsMax)
      throws ConfigurationException {
    Place place = new Place(file, Path.of(""));
    List<Mapping> documents = new ArrayList<>();
    try (YAMLParser parser = parser(text)) {
      YamlReader reader = new YamlReader(place, parser);
      while (parser.nextToken() != null) {
        YamlNode root = reader.value();
        if (root instanceof Mapping mapping) {
          documents.add(mapping);
        } else if (!(root instanceof Empty)) {
          throw place.wrong(root.line(), "want keys and values, such as 'title: ...'");
        }
        if (documents.size() > documentsMax) {
          throw place.wrong(root.line(), "more than " + documentsMax + " documents in one file");
        }
      }
      return documents;
    } catch (JacksonException e) {
      TokenStreamLocation location = e.getLocation();
      int line = location == null ? 1 : Math.max(1, location.getLineNr());
      throw place.wrong(line, "not YAML: " + firstLine(e.getOriginalMessage()));
    }
  }

  private static YAMLParser parser(String text) {
    return (YAMLParser) FACTORY.createParser(ObjectReadContext.empty(), new WholeCharacters(text));
  }

  /**
   * Gives a text in parts of which none ends within a character: the scanner below fails on those
   * where its buffer is full.
   */
  private static final class WholeCharacters extends StringReader {
    WholeCharacters(String text) {
      super(text);
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      if (length < 2) {
        return super.read(into, offset, length);
      }
      int read = super.read(into, offset, length - 1);
      if (read > 0 && Character.isHighSurrogate(into[offset + read - 1])) {
        int rest = super.read(into, offset + read, 1);
        return rest < 0 ? read : read + 1;
      }
      return read;
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("malformed");
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  private YamlNode value() throws ConfigurationException {
    int line = line();
    if (parser.isCurrentAlias() || parser.getObjectId() != null || parser.getTypeId() != null) {
      throw place.wrong(line, "anchors (&), aliases (*) and tags (!) are not allowed");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(line);
      case START_ARRAY -> sequence(line);
      case VALUE_NULL -> new Empty(line);
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE ->
          new Scalar(line, parser.getString(), parser.currentToken() == JsonToken.VALUE_STRING);
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw place.wrong(line, "not YAML that a configuration can use");
    };
  }

  private Mapping mapping(int line) throws ConfigurationException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      int keyLine = line();
      parser.nextToken();
      Entry earlier = entries.put(name, new Entry(keyLine, value()));
      if (earlier != null) {
        throw place.wrong(
            keyLine, "key '" + name + "' stands twice, first on line " + earlier.line());
      }
    }
    return new Mapping(line, Collections.unmodifiableMap(entries));
  }

  private Sequence sequence(int line) throws ConfigurationException {
    List<YamlNode> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value());
    }
    return new Sequence(line, elements);
  }
}
