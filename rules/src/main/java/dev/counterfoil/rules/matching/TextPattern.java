package dev.counterfoil.rules.matching;

import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Piece;
import java.util.ArrayList;
import java.util.List;

/** A text with wildcards, ready to be compared. Without case, both sides are folded. */
final class TextPattern {
  private static final int SINGLE = -1;
  private static final int DASH = -2;
  private static final String DASHES = "-/\u2013\u2014\u2015";

  private final boolean isCased;
  private final boolean beginsOpen;
  private final boolean endsOpen;

  /** What stands between the runs: characters, or {@link #SINGLE} and {@link #DASH}. */
  private final int[][] segments;

  /** The same as text where it has nothing but characters; empty otherwise. */
  private final String[] literals;

  TextPattern(ValueTest.Text text) {
    isCased = text.cased();
    List<Piece> pieces = text.pieces();
    beginsOpen = !pieces.isEmpty() && pieces.getFirst() instanceof Piece.Run;
    endsOpen = !pieces.isEmpty() && pieces.getLast() instanceof Piece.Run;
    List<int[]> all = new ArrayList<>();
    List<Integer> segment = new ArrayList<>();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Literal literal -> add(segment, literal.text());
        case Piece.Single _ -> segment.add(SINGLE);
        case Piece.Dash _ -> segment.add(DASH);
        case Piece.Run _ -> {
          close(segment, all);
        }
      }
    }
    close(segment, all);
    segments = all.toArray(int[][]::new);
    literals = new String[segments.length];
    for (int i = 0; i < segments.length; i++) {
      literals[i] = literal(segments[i]);
    }
  }

  private void add(List<Integer> segment, String text) {
    for (int at = 0; at < text.length(); at++) {
      segment.add((int) (isCased ? text.charAt(at) : Folding.fold(text.charAt(at))));
    }
  }

  private static void close(List<Integer> segment, List<int[]> into) {
    if (!segment.isEmpty()) {
      into.add(segment.stream().mapToInt(Integer::intValue).toArray());
      segment.clear();
    }
  }

  private static String literal(int[] segment) {
    StringBuilder text = new StringBuilder();
    for (int unit : segment) {
      if (unit < 0) {
        return "";
      }
      text.append((char) unit);
    }
    return text.toString();
  }

  boolean isCased() {
    return isCased;
  }

  /** Whether a text, folded unless this is cased, is of this pattern. */
  boolean matches(String text) {
    if (segments.length == 0) {
      return beginsOpen || text.isEmpty();
    }
    int from = 0;
    int to = text.length();
    int first = 0;
    int last = segments.length;
    if (!beginsOpen) {
      int length = segments[0].length;
      if (!standsAt(text, 0, 0) || (last == 1 && !endsOpen && length != to)) {
        return false;
      }
      from = length;
      first = 1;
    }
    if (!endsOpen && first < last) {
      int length = segments[last - 1].length;
      if (to - length < from || !standsAt(text, to - length, last - 1)) {
        return false;
      }
      to -= length;
      last--;
    }
    for (int i = first; i < last; i++) {
      int found = find(text, from, to, i);
      if (found < 0) {
        return false;
      }
      from = found + segments[i].length;
    }
    return true;
  }

  private int find(String text, int from, int to, int segment) {
    if (!literals[segment].isEmpty()) {
      return text.indexOf(literals[segment], from, to);
    }
    for (int at = from; at <= to - segments[segment].length; at++) {
      if (standsAt(text, at, segment)) {
        return at;
      }
    }
    return -1;
  }

  private boolean standsAt(String text, int at, int segment) {
    if (!literals[segment].isEmpty()) {
      return text.startsWith(literals[segment], at);
    }
    int[] units = segments[segment];
    if (at + units.length > text.length()) {
      return false;
    }
    for (int i = 0; i < units.length; i++) {
      char c = text.charAt(at + i);
      if (units[i] >= 0 ? units[i] != c : (units[i] == DASH && DASHES.indexOf(c) < 0)) {
        return false;
      }
    }
    return true;
  }
}
