package dev.counterfoil.rules.matching;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.SourceKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Which rules of many an event fulfils. For each kind of log that comes, the rules for it are made
 * ready once. For one thread.
 */
public final class RuleIndex {
  private final List<Entry> rules;
  private final FieldMap fields;
  private final Map<SourceKind, Kind> kinds = new HashMap<>();
  private long looked;

  /** A rule: which events it is for, and what they must fulfil. */
  public record Entry(SourceKind source, Criterion criterion) {}

  public RuleIndex(List<Entry> rules, FieldMap fields) {
    this.rules = List.copyOf(rules);
    this.fields = fields;
  }

  /** Names the rules that an event fulfils, by their places in the list, in order. */
  public void matches(SourceKind source, JsonObject event, IntConsumer rule) {
    kinds.computeIfAbsent(source, Kind::new).matches(event, rule);
  }

  /** How often a rule was looked at in full, since the start. */
  public long looked() {
    return looked;
  }

  /** How many rules for a kind of log no literal keeps from being looked at. */
  public int unindexed(SourceKind source) {
    return kinds.computeIfAbsent(source, Kind::new).always.length;
  }

  /** The rules for one kind of log. */
  private final class Kind {
    private final Map<String, Integer> slots = new LinkedHashMap<>();
    private final List<FieldPath> paths = new ArrayList<>();
    private final int[] ordinals;
    private final Checks.Check[] checks;
    private final int[] always;
    private final Map<Integer, LiteralTable> tables = new LinkedHashMap<>();
    private final LiteralTable anywhere = new LiteralTable();
    private final boolean looksAnywhere;

    /** The number of the last event for which a rule was named. */
    private final long[] named;

    private final int[] candidates;
    private int count;
    private long number;

    Kind(SourceKind source) {
      ordinals = allFor(source);
      checks = new Checks.Check[ordinals.length];
      named = new long[ordinals.length];
      candidates = new int[ordinals.length];
      Checks maker = new Checks(field -> slot(fields.path(source, field)));
      Map<Literals.Literal, Integer> counts = new HashMap<>();
      for (int ordinal : ordinals) {
        Literals.each(
            rules.get(ordinal).criterion(), literal -> counts.merge(literal, 1, Integer::sum));
      }
      List<Integer> unindexed = new ArrayList<>();
      boolean isAnywhere = false;
      for (int i = 0; i < ordinals.length; i++) {
        Criterion criterion = rules.get(ordinals[i]).criterion();
        checks[i] = maker.of(criterion);
        List<Literals.Literal> needed =
            Literals.needed(criterion, literal -> cost(literal, counts));
        if (needed == null) {
          unindexed.add(i);
          continue;
        }
        for (Literals.Literal literal : needed) {
          if (literal.field().equals(Literals.ANYWHERE)) {
            anywhere.add(literal, i);
            isAnywhere = true;
          } else {
            tables
                .computeIfAbsent(
                    slot(fields.path(source, literal.field())), _ -> new LiteralTable())
                .add(literal, i);
          }
        }
      }
      always = unindexed.stream().mapToInt(Integer::intValue).toArray();
      looksAnywhere = isAnywhere;
      anywhere.close();
      tables.values().forEach(LiteralTable::close);
    }

    private int[] allFor(SourceKind source) {
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i < rules.size(); i++) {
        if (rules.get(i).source().covers(source)) {
          all.add(i);
        }
      }
      return all.stream().mapToInt(Integer::intValue).toArray();
    }

    private int slot(String path) {
      return slots.computeIfAbsent(
          path,
          one -> {
            paths.add(new FieldPath(one));
            return paths.size() - 1;
          });
    }

    /** What many rules name stands in many events, and so does what is short. */
    private static double cost(Literals.Literal literal, Map<Literals.Literal, Integer> counts) {
      int length = Math.min(16, literal.text().length() + 1);
      return (1 + counts.getOrDefault(literal, 1)) / (double) (length * length);
    }

    private void name(int rule) {
      if (named[rule] != number) {
        named[rule] = number;
        candidates[count++] = rule;
      }
    }

    void matches(JsonObject event, IntConsumer matched) {
      number++;
      count = 0;
      EventFields its = new EventFields(event, paths);
      for (int rule : always) {
        name(rule);
      }
      for (Map.Entry<Integer, LiteralTable> table : tables.entrySet()) {
        FieldValues values = its.get(table.getKey());
        for (int i = 0; i < values.size(); i++) {
          table.getValue().look(values.folded(i), this::name);
        }
      }
      if (looksAnywhere) {
        for (String text : its.folded()) {
          anywhere.look(text, this::name);
        }
      }
      Arrays.sort(candidates, 0, count);
      for (int i = 0; i < count; i++) {
        looked++;
        if (checks[candidates[i]].holds(its)) {
          matched.accept(ordinals[candidates[i]]);
        }
      }
    }
  }
}
