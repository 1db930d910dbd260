package dev.counterfoil.format.bytes;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a key may be used for, by name: nothing, some names, or any ({@code ["*"]} in JSON). What is
 * not allowed is denied.
 *
 * @param any whether every name is allowed
 * @param names the names allowed where not every one is
 */
public record AllowList(boolean any, Set<String> names) {
  private static final String ANY = "*";

  public AllowList {
    names = Set.copyOf(names);
    if (any && !names.isEmpty()) {
      throw new IllegalArgumentException("either any name or some");
    }
  }

  /** Every name. */
  public static AllowList all() {
    return new AllowList(true, Set.of());
  }

  /** These names and no others. */
  public static AllowList of(String... names) {
    return new AllowList(false, Set.of(names));
  }

  /** Reads the array of a JSON member. */
  public static AllowList parse(List<String> array) throws FormatException {
    if (array.equals(List.of(ANY))) {
      return all();
    }
    Set<String> names = new TreeSet<>(array);
    if (names.size() != array.size() || names.contains(ANY)) {
      throw new FormatException("allow list has a name twice, or * beside names");
    }
    return new AllowList(false, names);
  }

  /** The array for a JSON member, sorted. */
  public List<String> toJson() {
    return any ? List.of(ANY) : List.copyOf(new TreeSet<>(names));
  }

  /** Whether a name is allowed. */
  public boolean allows(String name) {
    return any || names.contains(name);
  }

  /** What is allowed here and there. */
  public AllowList and(AllowList other) {
    if (any) {
      return other;
    }
    return other.any
        ? this
        : new AllowList(
            false,
            names.stream()
                .filter(other.names::contains)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Whether everything that the other allows is allowed here. */
  public boolean contains(AllowList other) {
    return any || (!other.any && names.containsAll(other.names));
  }
}
