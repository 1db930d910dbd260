package dev.counterfoil.configuration;

import java.util.List;
import java.util.Map;

/** One value of a YAML file and the line where it begins. Scalars stay text: the reader decides. */
public sealed interface YamlNode {
  /** Line from 1. */
  int line();

  /** What the value is, for messages. */
  String kind();

  /**
   * A text, number or truth value, as written.
   *
   * @param isQuoted whether YAML takes it for a text, whatever it looks like
   */
  record Scalar(int line, String text, boolean isQuoted) implements YamlNode {
    Scalar(int line, String text) {
      this(line, text, false);
    }

    @Override
    public String kind() {
      return "a single value";
    }
  }

  /** A key without a value. */
  record Empty(int line) implements YamlNode {
    @Override
    public String kind() {
      return "nothing";
    }
  }

  /** A list. */
  record Sequence(int line, List<YamlNode> elements) implements YamlNode {
    public Sequence {
      elements = List.copyOf(elements);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /** Keys and values in their order; a key's line is where its name stands. */
  record Mapping(int line, Map<String, Entry> entries) implements YamlNode {
    @Override
    public String kind() {
      return "a block of keys";
    }
  }

  /** A key's line and value. */
  record Entry(int line, YamlNode value) {}
}
