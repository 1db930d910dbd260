package dev.counterfoil.scan.finding;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * How the bytes that are searched came from the place that they are found in.
 *
 * @param encodings what was decoded, the outermost first; empty for the place's own bytes
 * @param offsets where a position lies in the place
 */
public record Trail(List<String> encodings, IntToLongFunction offsets) {
  public static Trail of(IntToLongFunction offsets) {
    return new Trail(List.of(), offsets);
  }

  public long offset(int position) {
    return offsets.applyAsLong(position);
  }

  /** Of what was decoded from here. */
  public Trail decoded(String encoding, IntToLongFunction inner) {
    List<String> all = new ArrayList<>(encodings);
    all.add(encoding);
    return new Trail(all, inner);
  }

  public int depth() {
    return encodings.size();
  }
}
