package dev.counterfoil.scan.finding;

import dev.counterfoil.format.bytes.PlainText;
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
    names.add(PlainText.of(name, NAME_CHARS_MAX));
    return new ScanPlace(file, names);
  }

  public int depth() {
    return inside.size();
  }

  @Override
  public String toString() {
    String plain = PlainText.of(file, NAME_CHARS_MAX);
    return inside.isEmpty() ? plain : plain + "!" + String.join("!", inside);
  }
}
