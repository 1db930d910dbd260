package dev.counterfoil.rules.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Which rules a value of one field could be of: whole values by a hash table, parts by a window of
 * four characters that slides over the value once, whatever the rules are.
 */
final class LiteralTable {
  /** Shortest part that is found. */
  static final int WINDOW = 4;

  private final Map<String, List<Integer>> wholeInMaking = new HashMap<>();
  private final Map<String, List<Integer>> partsInMaking = new HashMap<>();
  private final Map<Long, Integer> counts = new HashMap<>();
  private final Map<String, int[]> whole = new HashMap<>();
  private long[] keys = {};
  private int[][] owners = {};
  private boolean hasParts;

  void add(Literals.Literal literal, int rule) {
    Map<String, List<Integer>> into = literal.isWhole() ? wholeInMaking : partsInMaking;
    List<Integer> owned = into.computeIfAbsent(literal.text(), _ -> new ArrayList<>());
    if (owned.isEmpty() && !literal.isWhole()) {
      for (int at = 0; at + WINDOW <= literal.text().length(); at++) {
        counts.merge(window(literal.text(), at), 1, Integer::sum);
      }
    }
    if (owned.isEmpty() || owned.getLast() != rule) {
      owned.add(rule);
    }
  }

  /** To be called once all are added. */
  void close() {
    wholeInMaking.forEach((text, rules) -> whole.put(text, ints(rules)));
    Map<Long, List<Integer>> byWindow = new HashMap<>();
    partsInMaking.forEach(
        (text, rules) ->
            byWindow.computeIfAbsent(rarest(text), _ -> new ArrayList<>()).addAll(rules));
    int size = Integer.highestOneBit(Math.max(4, byWindow.size() * 2)) * 2;
    keys = new long[size];
    owners = new int[size][];
    byWindow.forEach((window, rules) -> put(window, ints(rules)));
    hasParts = !byWindow.isEmpty();
    wholeInMaking.clear();
    partsInMaking.clear();
    counts.clear();
  }

  private static int[] ints(List<Integer> rules) {
    return rules.stream().mapToInt(Integer::intValue).distinct().toArray();
  }

  /** The window of a literal that the fewest literals have. */
  private long rarest(String text) {
    long best = window(text, 0);
    for (int at = 1; at + WINDOW <= text.length(); at++) {
      long window = window(text, at);
      if (counts.getOrDefault(window, 0) < counts.getOrDefault(best, 0)) {
        best = window;
      }
    }
    return best;
  }

  private static long window(String text, int at) {
    long window = 0;
    for (int i = 0; i < WINDOW; i++) {
      window = window << 16 | text.charAt(at + i);
    }
    return window;
  }

  private static int place(long window, int mask) {
    long mixed = window * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 33) & mask;
  }

  private void put(long window, int[] rules) {
    int mask = keys.length - 1;
    int at = place(window, mask);
    while (owners[at] != null) {
      at = (at + 1) & mask;
    }
    keys[at] = window;
    owners[at] = rules;
  }

  /** Names the rules that a folded value could be of; one may be named several times. */
  void look(String value, IntConsumer rule) {
    int[] exact = whole.get(value);
    if (exact != null) {
      for (int owner : exact) {
        rule.accept(owner);
      }
    }
    if (!hasParts) {
      return;
    }
    int mask = keys.length - 1;
    long window = 0;
    for (int at = 0; at < value.length(); at++) {
      window = window << 16 | value.charAt(at);
      if (at < WINDOW - 1) {
        continue;
      }
      int slot = place(window, mask);
      while (owners[slot] != null) {
        if (keys[slot] == window) {
          for (int owner : owners[slot]) {
            rule.accept(owner);
          }
          break;
        }
        slot = (slot + 1) & mask;
      }
    }
  }
}
