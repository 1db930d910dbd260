package dev.counterfoil.configuration;

import java.util.List;
import java.util.Optional;

/** Finds the name that somebody meant who mistyped it. */
final class NearestName {
  private NearestName() {}

  /** The known name with the fewest edits, if they are at most a third of its letters. */
  static Optional<String> of(String typed, List<String> known) {
    return known.stream()
        .filter(name -> edits(typed, name) <= Math.max(2, name.length() / 3))
        .min((a, b) -> Integer.compare(edits(typed, a), edits(typed, b)));
  }

  /** Levenshtein distance. */
  static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int above = row[j];
        int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + change);
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
