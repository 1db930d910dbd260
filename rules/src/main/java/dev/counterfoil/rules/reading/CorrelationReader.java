package dev.counterfoil.rules.reading;

import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.rules.model.Correlation;
import dev.counterfoil.rules.model.Correlation.Bound;
import dev.counterfoil.rules.model.Correlation.Order;
import dev.counterfoil.rules.model.Correlation.Peers;
import dev.counterfoil.rules.model.ValueTest.Comparison;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the block {@code correlation} of a rule. */
final class CorrelationReader {
  /** Most rules, groups, aliases or fields of one correlation. */
  static final int NAMES_MAX = 32;

  /** Largest count that a condition may ask for. */
  static final long COUNT_MAX = 100_000;

  private static final Duration TIMESPAN_MAX = Duration.ofDays(730);
  private static final Pattern TIMESPAN = Pattern.compile("([0-9]{1,9})([smhd])");
  private static final List<String> KEYS =
      List.of(
          "type",
          "rules",
          "group-by",
          "timespan",
          "condition",
          "aliases",
          "generate",
          "learn",
          "returning",
          "peers",
          "order");

  private final RuleBlock block;
  private final Correlation.Type type;

  private CorrelationReader(RuleBlock block) throws RuleFault {
    this.block = block;
    for (String key : block.entries().keySet()) {
      if (!KEYS.contains(key)) {
        throw block.wrong(
            Kind.CORRELATION, key, "there is no such key. Keys: " + String.join(", ", KEYS));
      }
    }
    type = type(block.requiredText("type"));
  }

  static Correlation read(RuleBlock block) throws RuleFault {
    return new CorrelationReader(block).correlation();
  }

  private Correlation.Type type(String text) throws RuleFault {
    for (Correlation.Type one : Correlation.Type.values()) {
      if (one.name().toLowerCase(Locale.ROOT).equals(text)) {
        return one;
      }
    }
    throw block.wrong(Kind.CORRELATION, "type", "there is no type '" + text + "'");
  }

  private Correlation correlation() throws RuleFault {
    List<String> rules = names("rules");
    if (rules.isEmpty()) {
      throw block.wrong(Kind.CORRELATION, "rules", "it is missing, want ids or names of rules");
    }
    only(Correlation.Type.FIRST_SEEN, "learn", "returning", "peers");
    only(Correlation.Type.ABSENCE, "order");
    List<String> fields = List.of();
    List<Bound> bounds = List.of();
    if (block.has("condition")) {
      RuleBlock condition = block.requiredBlock("condition");
      fields = names(condition, "field");
      bounds = bounds(condition);
    }
    check(fields, bounds);
    if (type.name().startsWith("TEMPORAL") && bounds.isEmpty()) {
      bounds = List.of(new Bound(Comparison.GTE, rules.size()));
    }
    return new Correlation(
        type,
        rules,
        names("group-by"),
        duration("timespan", block.requiredText("timespan")),
        bounds,
        fields,
        aliases(),
        block.has("learn") ? duration("learn", block.text("learn")) : Duration.ZERO,
        block.truth("returning"),
        peers(),
        order());
  }

  private void only(Correlation.Type its, String... keys) throws RuleFault {
    for (String key : keys) {
      if (block.has(key) && type != its) {
        throw block.wrong(
            Kind.CORRELATION, key, "it belongs to type " + its.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  private void check(List<String> fields, List<Bound> bounds) throws RuleFault {
    boolean wantsFields =
        switch (type) {
          case VALUE_COUNT, VALUE_SUM, VALUE_AVG, VALUE_PERCENTILE, FIRST_SEEN -> true;
          case EVENT_COUNT, TEMPORAL, TEMPORAL_ORDERED, ABSENCE -> false;
        };
    boolean wantsBounds =
        switch (type) {
          case EVENT_COUNT, VALUE_COUNT, VALUE_SUM, VALUE_AVG, VALUE_PERCENTILE -> true;
          case TEMPORAL, TEMPORAL_ORDERED, FIRST_SEEN, ABSENCE -> false;
        };
    String name = type.name().toLowerCase(Locale.ROOT);
    if (wantsFields == fields.isEmpty()) {
      throw block.wrong(
          Kind.CORRELATION,
          "condition",
          "type " + name + (wantsFields ? " wants field" : " has no field"));
    }
    if (wantsBounds && bounds.isEmpty()) {
      throw block.wrong(
          Kind.CORRELATION, "condition", "type " + name + " wants gt, gte, lt, lte, eq or neq");
    }
    if (!bounds.isEmpty()
        && (type == Correlation.Type.FIRST_SEEN || type == Correlation.Type.ABSENCE)) {
      throw block.wrong(Kind.CORRELATION, "condition", "type " + name + " has no limit");
    }
    if (type.name().startsWith("TEMPORAL")
        && (bounds.size() > 1 || bounds.stream().anyMatch(b -> b.comparison() != Comparison.GTE))) {
      throw block.wrong(
          Kind.CORRELATION,
          "condition",
          "type " + name + " knows gte alone: how many of the rules");
    }
    if (type == Correlation.Type.ABSENCE && names("rules").size() > 2) {
      throw block.wrong(
          Kind.CORRELATION, "rules", "want the event, and its partner if it is another");
    }
  }

  private List<Bound> bounds(RuleBlock condition) throws RuleFault {
    List<Bound> bounds = new ArrayList<>();
    for (String key : condition.entries().keySet()) {
      if (key.equals("field")) {
        continue;
      }
      Comparison comparison;
      try {
        comparison = Comparison.valueOf(key.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw condition.wrong(Kind.CORRELATION, key, "want gt, gte, lt, lte, eq, neq or field");
      }
      String text = condition.requiredText(key);
      if (!text.matches("-?[0-9]{1,15}(\\.[0-9]{1,9})?")) {
        throw condition.wrong(Kind.CORRELATION, key, "want a number");
      }
      double limit = Double.parseDouble(text);
      if ((type == Correlation.Type.EVENT_COUNT || type == Correlation.Type.VALUE_COUNT)
          && limit > COUNT_MAX) {
        throw condition.wrong(Kind.LIMIT, key, "more than " + COUNT_MAX + " cannot be counted");
      }
      bounds.add(new Bound(comparison, limit));
    }
    return bounds;
  }

  private List<String> names(String key) throws RuleFault {
    return names(block, key);
  }

  private static List<String> names(RuleBlock in, String key) throws RuleFault {
    List<String> names = in.texts(key);
    if (names.size() > NAMES_MAX) {
      throw in.wrong(Kind.LIMIT, key, "more than " + NAMES_MAX);
    }
    if (names.stream().distinct().count() != names.size()) {
      throw in.wrong(Kind.CORRELATION, key, "a name stands twice");
    }
    return names;
  }

  private Duration duration(String key, String text) throws RuleFault {
    Matcher found = TIMESPAN.matcher(text);
    if (!found.matches()) {
      throw block.wrong(Kind.CORRELATION, key, "want a number and s, m, h or d, such as 90m");
    }
    long number = Long.parseLong(found.group(1));
    Duration duration =
        switch (found.group(2)) {
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        };
    if (duration.compareTo(TIMESPAN_MAX) > 0 || (duration.isZero() && key.equals("timespan"))) {
      throw block.wrong(Kind.LIMIT, key, "want 1s to " + TIMESPAN_MAX.toDays() + "d");
    }
    return duration;
  }

  private Map<String, Map<String, String>> aliases() throws RuleFault {
    Map<String, Map<String, String>> aliases = new LinkedHashMap<>();
    if (!block.has("aliases")) {
      return aliases;
    }
    RuleBlock all = block.requiredBlock("aliases");
    if (all.entries().size() > NAMES_MAX) {
      throw block.wrong(Kind.LIMIT, "aliases", "more than " + NAMES_MAX);
    }
    for (String alias : all.entries().keySet()) {
      RuleBlock one = all.requiredBlock(alias);
      Map<String, String> fields = new LinkedHashMap<>();
      for (Map.Entry<String, YamlNode.Entry> rule : one.entries().entrySet()) {
        fields.put(rule.getKey(), one.requiredText(rule.getKey()));
      }
      if (fields.size() > NAMES_MAX) {
        throw all.wrong(Kind.LIMIT, alias, "more than " + NAMES_MAX);
      }
      aliases.put(alias, Map.copyOf(fields));
    }
    return aliases;
  }

  private Peers peers() throws RuleFault {
    if (!block.has("peers")) {
      return Peers.NONE;
    }
    RuleBlock peers = block.requiredBlock("peers");
    for (String key : peers.entries().keySet()) {
      if (!key.equals("by") && !key.equals("gte")) {
        throw peers.wrong(Kind.CORRELATION, key, "peers have by and gte");
      }
    }
    List<String> by = names(peers, "by");
    String atLeast = peers.has("gte") ? peers.text("gte") : "1";
    if (by.isEmpty() || !atLeast.matches("[1-9][0-9]{0,2}")) {
      throw block.wrong(
          Kind.CORRELATION, "peers", "want by, a list of fields, and gte, from 1 to 999");
    }
    return new Peers(by, Integer.parseInt(atLeast));
  }

  private Order order() throws RuleFault {
    String text = block.text("order");
    return switch (text) {
      case "", "after" -> Order.AFTER;
      case "before" -> Order.BEFORE;
      case "either" -> Order.EITHER;
      default -> throw block.wrong(Kind.CORRELATION, "order", "want before, after or either");
    };
  }
}
