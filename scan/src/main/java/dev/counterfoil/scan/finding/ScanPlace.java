package dev.counterfoil.scan.finding;

import java.util.ArrayList;
import java.util.List;

/**
 * Where bytes come from.
 *
 * @param file on disk, or {@code -} for standard input
 * @param inside names of the entries that were opened one in another, the outermost first; empty
 *     for the file itself
 */
public record ScanPlace(String file, List<String> inside) {
  private static final int NAME_CHARS_MAX = 512;

  public ScanPlace {
    inside = List.copyOf(inside);
  }

  public static ScanPlace file(String name) {
    return new ScanPlace(name, List.of());
  }

  /** An entry of it; names of entries come from strangers and are cut and cleaned. */
  public ScanPlace entry(String name) {
    List<String> names = new ArrayList<>(inside);
    names.add(clean(name));
    return new ScanPlace(file, names);
  }

  private static String clean(String name) {
    StringBuilder clean = new StringBuilder();
    name.codePoints()
        .limit(NAME_CHARS_MAX)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  public int depth() {
    return inside.size();
  }

  @Override
  public String toString() {
    return inside.isEmpty() ? clean(file) : clean(file) + "!" + String.join("!", inside);
  }
}
