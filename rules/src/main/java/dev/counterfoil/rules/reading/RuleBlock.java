package dev.counterfoil.rules.reading;

import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.configuration.YamlNode.Empty;
import dev.counterfoil.configuration.YamlNode.Entry;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keys of a rule file, with the file and path that a fault names. */
record RuleBlock(String file, String path, Mapping mapping) {
  int line() {
    return mapping.line();
  }

  Map<String, Entry> entries() {
    return mapping.entries();
  }

  boolean has(String key) {
    return mapping.entries().containsKey(key);
  }

  RuleFault wrong(RuleFault.Kind kind, String key, String why) {
    Entry entry = mapping.entries().get(key);
    return new RuleFault(
        kind,
        file,
        entry == null ? mapping.line() : entry.line(),
        "field '" + path + key + "': " + why);
  }

  /** A text that may be missing. */
  String text(String key) throws RuleFault {
    Entry entry = mapping.entries().get(key);
    if (entry == null || entry.value() instanceof Empty) {
      return "";
    }
    if (entry.value() instanceof Scalar scalar) {
      return scalar.text();
    }
    throw wanted(key, "a text", entry.value());
  }

  String requiredText(String key) throws RuleFault {
    String text = text(key);
    if (text.isBlank()) {
      throw wrong(RuleFault.Kind.KEY, key, "it is missing, want a text");
    }
    return text;
  }

  boolean truth(String key) throws RuleFault {
    String text = text(key);
    if (!text.isEmpty() && !text.equals("true") && !text.equals("false")) {
      throw wrong(RuleFault.Kind.KEY, key, "want true or false, and it is '" + text + "'");
    }
    return text.equals("true");
  }

  /** Texts: a list, or one alone. */
  List<String> texts(String key) throws RuleFault {
    Entry entry = mapping.entries().get(key);
    if (entry == null || entry.value() instanceof Empty) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (YamlNode one :
        entry.value() instanceof Sequence many ? many.elements() : List.of(entry.value())) {
      if (!(one instanceof Scalar scalar)) {
        throw wanted(key, "a list of texts", one);
      }
      texts.add(scalar.text());
    }
    return texts;
  }

  Optional<RuleBlock> block(String key) throws RuleFault {
    Entry entry = mapping.entries().get(key);
    if (entry == null) {
      return Optional.empty();
    }
    if (entry.value() instanceof Mapping inner) {
      return Optional.of(new RuleBlock(file, path + key + ".", inner));
    }
    throw wanted(key, "a block of keys", entry.value());
  }

  RuleBlock requiredBlock(String key) throws RuleFault {
    return block(key)
        .orElseThrow(() -> wrong(RuleFault.Kind.KEY, key, "it is missing, want a block of keys"));
  }

  RuleFault wanted(String key, String wanted, YamlNode node) {
    return new RuleFault(
        RuleFault.Kind.KEY,
        file,
        node.line(),
        "field '" + path + key + "': want " + wanted + ", and there is " + node.kind());
  }
}
