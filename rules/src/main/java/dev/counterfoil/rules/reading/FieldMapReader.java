package dev.counterfoil.rules.reading;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Sequence;
import dev.counterfoil.configuration.YamlReader;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.SourceKind;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a field map: which events are of which kind of log, and what rules call their fields. */
public final class FieldMapReader {
  private static final int SOURCES_MAX = 256;

  private FieldMapReader() {}

  /**
   * Reads one.
   *
   * @param file how messages call it
   */
  public static FieldMap read(String file, String yaml) throws RuleFault {
    if (yaml.length() > RuleReader.FILE_MAX) {
      throw new RuleFault(
          Kind.LIMIT, file, 1, "longer than " + RuleReader.FILE_MAX + " characters");
    }
    List<Mapping> documents;
    try {
      documents = YamlReader.documents(file, yaml, 1);
    } catch (ConfigurationException e) {
      throw new RuleFault(Kind.YAML, String.valueOf(e.getMessage()), e);
    }
    if (documents.isEmpty()) {
      return FieldMap.NONE;
    }
    RuleBlock root = new RuleBlock(file, "", documents.getFirst());
    List<FieldMap.Source> sources = new ArrayList<>();
    YamlNode.Entry listed = root.entries().get("sources");
    if (listed != null) {
      if (!(listed.value() instanceof Sequence list)) {
        throw root.wanted("sources", "a list", listed.value());
      }
      if (list.elements().size() > SOURCES_MAX) {
        throw root.wrong(Kind.LIMIT, "sources", "more than " + SOURCES_MAX);
      }
      for (YamlNode one : list.elements()) {
        if (!(one instanceof Mapping mapping)) {
          throw root.wanted("sources", "blocks with when, logsource and fields", one);
        }
        sources.add(source(new RuleBlock(file, "sources[" + sources.size() + "].", mapping)));
      }
    }
    Map<String, List<String>> placeholders = new LinkedHashMap<>();
    if (root.has("placeholders")) {
      RuleBlock block = root.requiredBlock("placeholders");
      for (String name : block.entries().keySet()) {
        placeholders.put(name, List.copyOf(block.texts(name)));
      }
    }
    return new FieldMap(sources, placeholders);
  }

  private static FieldMap.Source source(RuleBlock block) throws RuleFault {
    RuleBlock kind = block.requiredBlock("logsource");
    return new FieldMap.Source(
        texts(block, "when"),
        new SourceKind(kind.text("product"), kind.text("category"), kind.text("service")),
        texts(block, "fields"));
  }

  private static Map<String, String> texts(RuleBlock block, String key) throws RuleFault {
    Map<String, String> texts = new LinkedHashMap<>();
    if (block.has(key)) {
      RuleBlock inner = block.requiredBlock(key);
      for (String name : inner.entries().keySet()) {
        texts.put(name, inner.requiredText(name));
      }
    }
    return texts;
  }
}
