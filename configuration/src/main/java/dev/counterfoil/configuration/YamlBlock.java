package dev.counterfoil.configuration;

import dev.counterfoil.configuration.YamlNode.Entry;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A block of keys of a YAML file that no record describes. Whatever is wrong in it is named by
 * file, line and key.
 */
public final class YamlBlock {
  private final Place place;
  private final String path;
  private final Mapping mapping;

  /** A text of a list, and its line. */
  public record Item(int line, String text) {}

  private YamlBlock(Place place, String path, Mapping mapping) {
    this.place = place;
    this.path = path;
    this.mapping = mapping;
  }

  /**
   * Reads a document.
   *
   * @param file how messages call it
   */
  public static YamlBlock parse(String file, String yaml) throws ConfigurationException {
    Place place = new Place(file, Path.of("").toAbsolutePath());
    return new YamlBlock(place, "", YamlReader.read(place, yaml));
  }

  /** The line where it begins. */
  public int line() {
    return mapping.line();
  }

  /** The names of its keys, as they stand. */
  public Set<String> names() {
    return mapping.entries().keySet();
  }

  /** Whether a key stands there. */
  public boolean has(String name) {
    return mapping.entries().containsKey(name);
  }

  /** Refuses keys other than these. */
  public void allowOnly(List<String> known) throws ConfigurationException {
    for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
      if (!known.contains(entry.getKey())) {
        throw place.unknownKey(entry.getValue().line(), path, entry.getKey(), known);
      }
    }
  }

  /** What is wrong with a key, or with the block where it lacks the key. */
  public ConfigurationException wrong(String name, String why) {
    Entry entry = mapping.entries().get(name);
    return place.wrong(
        entry == null ? mapping.line() : entry.line(), "key '" + path + name + "': " + why);
  }

  /** What is wrong with the block as a whole. */
  public ConfigurationException wrong(String why) {
    return place.wrong(mapping.line(), why);
  }

  /** A text that must be there. */
  public String text(String name) throws ConfigurationException {
    return optionalText(name).orElseThrow(() -> wrong(name, "it is missing, want a text"));
  }

  /** A text. */
  public Optional<String> optionalText(String name) throws ConfigurationException {
    Entry entry = mapping.entries().get(name);
    if (entry == null) {
      return Optional.empty();
    }
    if (entry.value() instanceof Scalar scalar) {
      return Optional.of(scalar.text());
    }
    throw wanted(name, "a text", entry);
  }

  /** A truth value. */
  public Optional<Boolean> optionalTruth(String name) throws ConfigurationException {
    Optional<String> text = optionalText(name);
    if (text.isPresent() && !text.get().equals("true") && !text.get().equals("false")) {
      throw wrong(name, "want true or false");
    }
    return text.map("true"::equals);
  }

  /** A list of blocks. */
  public Optional<List<YamlBlock>> optionalBlocks(String name) throws ConfigurationException {
    Entry entry = mapping.entries().get(name);
    if (entry == null) {
      return Optional.empty();
    }
    List<YamlBlock> blocks = new ArrayList<>();
    for (YamlNode element : elements(name, entry)) {
      String inner = path + name + "[" + blocks.size() + "].";
      if (!(element instanceof Mapping block)) {
        throw place.wrong(
            element.line(),
            "key '" + inner + "': want a block of keys, and there is " + element.kind());
      }
      blocks.add(new YamlBlock(place, inner, block));
    }
    return Optional.of(blocks);
  }

  /** A list of texts. */
  public Optional<List<Item>> optionalTexts(String name) throws ConfigurationException {
    Entry entry = mapping.entries().get(name);
    if (entry == null) {
      return Optional.empty();
    }
    List<Item> items = new ArrayList<>();
    for (YamlNode element : elements(name, entry)) {
      if (!(element instanceof Scalar scalar)) {
        throw place.wrong(
            element.line(),
            "key '" + path + name + "': want a text, and there is " + element.kind());
      }
      items.add(new Item(element.line(), scalar.text()));
    }
    return Optional.of(items);
  }

  private List<YamlNode> elements(String name, Entry entry) throws ConfigurationException {
    return switch (entry.value()) {
      case Sequence sequence -> sequence.elements();
      case YamlNode.Empty _ -> List.of();
      default -> throw wanted(name, "a list", entry);
    };
  }

  private ConfigurationException wanted(String name, String wanted, Entry entry) {
    return wrong(name, "want " + wanted + ", and there is " + entry.value().kind());
  }

  /**
   * A value as a JSON document would have it: a map, a list, a text, a whole number or a truth
   * value; null where nothing stands.
   */
  public @Nullable Object plain(String name) {
    Entry entry = mapping.entries().get(name);
    return entry == null ? null : plain(entry.value());
  }

  private static @Nullable Object plain(YamlNode node) {
    return switch (node) {
      case Scalar scalar -> plain(scalar);
      case YamlNode.Empty _ -> null;
      case Sequence sequence -> {
        List<@Nullable Object> values = new ArrayList<>();
        sequence.elements().forEach(element -> values.add(plain(element)));
        yield values;
      }
      case Mapping block -> {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        block.entries().forEach((name, entry) -> values.put(name, plain(entry.value())));
        yield values;
      }
    };
  }

  private static Object plain(Scalar scalar) {
    String text = scalar.text();
    if (scalar.isQuoted()) {
      return text;
    }
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> text.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(text) : text;
    };
  }
}
