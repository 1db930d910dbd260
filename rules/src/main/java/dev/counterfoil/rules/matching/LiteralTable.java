package dev.counterfoil.rules.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Which rules a value of one field could be of: whole values by a hash table, parts by a window of
 * four characters that slides over the value once, whatever the rules are; parts that are shorter
 * by one of two.
 */
final class LiteralTable {
  /** Shortest part that is found. */
  static final int PART_MIN = 2;

  private static final int WINDOW = 4;

  private final Map<String, List<Integer>> wholeInMaking = new HashMap<>();
  private final Map<String, int[]> whole = new HashMap<>();
  private final Windows parts = new Windows(WINDOW);
  private final Windows shortParts = new Windows(PART_MIN);

  void add(Literals.Literal literal, int rule) {
    if (literal.isWhole()) {
      wholeInMaking.computeIfAbsent(literal.text(), _ -> new ArrayList<>()).add(rule);
    } else {
      (literal.text().length() < WINDOW ? shortParts : parts).add(literal.text(), rule);
    }
  }

  /** To be called once all are added. */
  void close() {
    wholeInMaking.forEach((text, rules) -> whole.put(text, ints(rules)));
    wholeInMaking.clear();
    parts.close();
    shortParts.close();
  }

  private static int[] ints(List<Integer> rules) {
    return rules.stream().mapToInt(Integer::intValue).distinct().toArray();
  }

  /** Names the rules that a folded value could be of; one may be named several times. */
  void look(String value, IntConsumer rule) {
    int[] exact = whole.get(value);
    if (exact != null) {
      for (int owner : exact) {
        rule.accept(owner);
      }
    }
    parts.look(value, rule);
    shortParts.look(value, rule);
  }

  /** Parts by one window of each. */
  private static final class Windows {
    private final int size;
    private final long mask;
    private final Map<String, List<Integer>> inMaking = new HashMap<>();
    private final Map<Long, Integer> counts = new HashMap<>();
    private long[] keys = {};
    private int[][] owners = {};
    private boolean isEmpty = true;

    Windows(int size) {
      this.size = size;
      this.mask = size == WINDOW ? -1L : (1L << (16 * size)) - 1;
    }

    void add(String text, int rule) {
      List<Integer> owned = inMaking.computeIfAbsent(text, _ -> new ArrayList<>());
      if (owned.isEmpty()) {
        for (int at = 0; at + size <= text.length(); at++) {
          counts.merge(window(text, at), 1, Integer::sum);
        }
      }
      owned.add(rule);
    }

    void close() {
      Map<Long, List<Integer>> byWindow = new HashMap<>();
      inMaking.forEach(
          (text, rules) ->
              byWindow.computeIfAbsent(rarest(text), _ -> new ArrayList<>()).addAll(rules));
      int places = Integer.highestOneBit(Math.max(4, byWindow.size() * 2)) * 2;
      keys = new long[places];
      owners = new int[places][];
      byWindow.forEach((window, rules) -> put(window, ints(rules)));
      isEmpty = byWindow.isEmpty();
      inMaking.clear();
      counts.clear();
    }

    /** The window of a part that the fewest parts have. */
    private long rarest(String text) {
      long best = window(text, 0);
      for (int at = 1; at + size <= text.length(); at++) {
        long window = window(text, at);
        if (counts.getOrDefault(window, 0) < counts.getOrDefault(best, 0)) {
          best = window;
        }
      }
      return best;
    }

    private long window(String text, int at) {
      long window = 0;
      for (int i = 0; i < size; i++) {
        window = window << 16 | text.charAt(at + i);
      }
      return window;
    }

    private int place(long window) {
      long mixed = window * 0x9E3779B97F4A7C15L;
      return (int) (mixed >>> 33) & (keys.length - 1);
    }

    private void put(long window, int[] rules) {
      int at = place(window);
      while (owners[at] != null) {
        at = (at + 1) & (keys.length - 1);
      }
      keys[at] = window;
      owners[at] = rules;
    }

    void look(String value, IntConsumer rule) {
      if (isEmpty) {
        return;
      }
      long window = 0;
      for (int at = 0; at < value.length(); at++) {
        window = (window << 16 | value.charAt(at)) & mask;
        if (at < size - 1) {
          continue;
        }
        int place = place(window);
        while (owners[place] != null) {
          if (keys[place] == window) {
            for (int owner : owners[place]) {
              rule.accept(owner);
            }
            break;
          }
          place = (place + 1) & (keys.length - 1);
        }
      }
    }
  }
}
