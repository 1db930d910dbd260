package dev.counterfoil.rules.reading;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.configuration.YamlNode.Entry;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import dev.counterfoil.configuration.YamlReader;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.model.RuleHead;
import dev.counterfoil.rules.model.SourceKind;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a file of Sigma documents: rules, filters and correlations (Sigma 2.1.0), with the
 * extension of spec/rules.md.
 */
public final class RuleReader {
  /** Longest file, in characters. */
  public static final int FILE_MAX = 1 << 20;

  /** Most documents of one file. */
  public static final int DOCUMENTS_MAX = 64;

  /** Most parts of a rule's tree once its condition is written out. */
  static final int PARTS_MAX = 20_000;

  private static final List<String> LEVELS =
      List.of("informational", "low", "medium", "high", "critical");
  private static final List<String> STATES =
      List.of("stable", "test", "experimental", "deprecated", "unsupported");
  private static final int TITLE_MAX = 256;
  private static final int TEXT_MAX = 65_535;

  private final String file;
  private final Map<String, List<String>> placeholders;

  private RuleReader(String file, Map<String, List<String>> placeholders) {
    this.file = file;
    this.placeholders = placeholders;
  }

  /**
   * Reads a file.
   *
   * @param file how messages call it
   * @param placeholders values of what a rule with modifier {@code expand} names
   */
  public static List<RuleDocument> read(
      String file, String yaml, Map<String, List<String>> placeholders) throws RuleFault {
    if (yaml.length() > FILE_MAX) {
      throw new RuleFault(Kind.LIMIT, file, 1, "longer than " + FILE_MAX + " characters");
    }
    List<RuleDocument> documents = new ArrayList<>();
    try {
      for (Mapping mapping : YamlReader.documents(file, yaml, DOCUMENTS_MAX)) {
        documents.add(
            new RuleReader(file, placeholders).document(new RuleBlock(file, "", mapping)));
      }
    } catch (ConfigurationException e) {
      throw new RuleFault(Kind.YAML, String.valueOf(e.getMessage()), e);
    }
    if (documents.isEmpty()) {
      throw new RuleFault(Kind.KEY, file, 1, "there is no rule in it");
    }
    return documents;
  }

  private RuleDocument document(RuleBlock block) throws RuleFault {
    RuleHead head = head(block);
    var tests = new CaseReader(file).read(block);
    if (block.has("correlation")) {
      return new RuleDocument.Correlated(
          head,
          CorrelationReader.read(block.requiredBlock("correlation")),
          block.truth("generate") || block.requiredBlock("correlation").truth("generate"),
          tests);
    }
    SourceKind source = source(block.requiredBlock("logsource"));
    if (block.has("filter")) {
      RuleBlock filter = block.requiredBlock("filter");
      List<String> rules = filter.texts("rules");
      if (rules.isEmpty()) {
        throw filter.wrong(Kind.KEY, "rules", "it is missing, want ids or names of rules, or any");
      }
      return new RuleDocument.Filter(head, source, rules, criterion(filter, "rules"), tests);
    }
    return new RuleDocument.Detection(
        head, source, criterion(block.requiredBlock("detection"), ""), tests);
  }

  private RuleHead head(RuleBlock block) throws RuleFault {
    RuleHead head =
        new RuleHead(
            file,
            block.line(),
            bounded(block, "title", block.requiredText("title"), TITLE_MAX),
            bounded(block, "id", block.text("id"), TITLE_MAX),
            bounded(block, "name", block.text("name"), TITLE_MAX),
            oneOf(block, "status", STATES),
            bounded(block, "description", block.text("description"), TEXT_MAX),
            bounded(block, "author", block.text("author"), TEXT_MAX),
            bounded(block, "license", block.text("license"), TITLE_MAX),
            block.texts("references"),
            oneOf(block, "level", LEVELS),
            block.texts("tags"),
            block.texts("falsepositives"),
            block.texts("fields"),
            bounded(block, "runbook", block.text("runbook"), TEXT_MAX));
    if (head.status().equals("unsupported")) {
      throw block.wrong(Kind.KEY, "status", "the rule says that it cannot be used");
    }
    return head;
  }

  private static String bounded(RuleBlock block, String key, String text, int max)
      throws RuleFault {
    if (text.length() > max) {
      throw block.wrong(Kind.LIMIT, key, "longer than " + max + " characters");
    }
    return text;
  }

  private static String oneOf(RuleBlock block, String key, List<String> allowed) throws RuleFault {
    String text = block.text(key);
    if (!text.isEmpty() && !allowed.contains(text)) {
      throw block.wrong(
          Kind.KEY, key, "want " + String.join(", ", allowed) + ", and it is '" + text + "'");
    }
    return text;
  }

  private static SourceKind source(RuleBlock block) throws RuleFault {
    return new SourceKind(block.text("product"), block.text("category"), block.text("service"));
  }

  private Criterion criterion(RuleBlock block, String beside) throws RuleFault {
    Map<String, Criterion> named = new LinkedHashMap<>();
    for (Map.Entry<String, Entry> entry : block.entries().entrySet()) {
      String name = entry.getKey();
      if (name.equals("timeframe")) {
        throw block.wrong(
            Kind.CONDITION, name, "it was taken out of Sigma: write a correlation rule");
      }
      if (!name.equals("condition") && !name.equals(beside)) {
        named.put(name, selection(block, name, entry.getValue().value(), 0));
      }
    }
    List<String> conditions = block.texts("condition");
    if (conditions.isEmpty()) {
      throw block.wrong(Kind.KEY, "condition", "it is missing, want names of selections");
    }
    List<Criterion> each = new ArrayList<>();
    for (String condition : conditions) {
      try {
        each.add(ConditionReader.read(condition, named));
      } catch (ConditionReader.ConditionException e) {
        throw block.wrong(Kind.CONDITION, "condition", String.valueOf(e.getMessage()));
      }
    }
    Criterion all = each.size() == 1 ? each.getFirst() : new Criterion.One(each);
    if (parts(all, 0) > PARTS_MAX) {
      throw block.wrong(
          Kind.LIMIT, "condition", "written out, it has more than " + PARTS_MAX + " parts");
    }
    return all;
  }

  /** How many there are, or more than allowed as soon as that is known. */
  private static int parts(Criterion criterion, int before) {
    int count = before + 1;
    switch (criterion) {
      case Criterion.All all -> {
        for (Criterion part : all.parts()) {
          count = count > PARTS_MAX ? count : parts(part, count);
        }
      }
      case Criterion.One one -> {
        for (Criterion part : one.parts()) {
          count = count > PARTS_MAX ? count : parts(part, count);
        }
      }
      case Criterion.Not not -> count = parts(not.part(), count);
      case Criterion.Field field -> count += field.values().size();
      case Criterion.Keywords keywords -> count += keywords.texts().size();
    }
    return count;
  }

  /** A map is all of its fields; a list is one of its maps or keywords. */
  private Criterion selection(RuleBlock block, String name, YamlNode node, int depth)
      throws RuleFault {
    if (node instanceof Mapping fields) {
      List<Criterion> parts = new ArrayList<>();
      for (Map.Entry<String, Entry> field : fields.entries().entrySet()) {
        parts.add(
            ValueReader.read(
                file,
                block.path() + name + ".",
                field.getValue().line(),
                field.getKey(),
                field.getValue().value(),
                placeholders));
      }
      if (parts.isEmpty()) {
        throw block.wrong(Kind.VALUE, name, "the selection is empty");
      }
      return parts.size() == 1 ? parts.getFirst() : new Criterion.All(parts);
    }
    if (node instanceof Sequence list && depth == 0) {
      List<Criterion> parts = new ArrayList<>();
      for (YamlNode one : list.elements()) {
        parts.add(selection(block, name, one, 1));
      }
      if (parts.isEmpty()) {
        throw block.wrong(Kind.VALUE, name, "the selection is empty");
      }
      return parts.size() == 1 ? parts.getFirst() : new Criterion.One(parts);
    }
    if (node instanceof Scalar) {
      return ValueReader.read(file, block.path() + name, node.line(), "", node, placeholders);
    }
    throw block.wanted(name, "fields, or a list of fields or keywords", node);
  }
}
