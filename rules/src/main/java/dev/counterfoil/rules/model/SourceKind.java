package dev.counterfoil.rules.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The kind of log that an event comes from, or that a rule is for: Sigma's {@code logsource}.
 *
 * @param product such as {@code counterfoil}; empty where nothing is said
 * @param category such as {@code authentication}; empty where nothing is said
 * @param service such as {@code audit}; empty where nothing is said
 */
public record SourceKind(String product, String category, String service) {
  /** Says nothing: a rule with it is for every event. */
  public static final SourceKind ANY = new SourceKind("", "", "");

  /** Whether a rule of this kind is for events of that kind: all that it names must be the same. */
  public boolean covers(SourceKind event) {
    return covers(product, event.product)
        && covers(category, event.category)
        && covers(service, event.service);
  }

  private static boolean covers(String wanted, String has) {
    return wanted.isEmpty() || wanted.equals(has);
  }

  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    add(parts, "product", product);
    add(parts, "category", category);
    add(parts, "service", service);
    return parts.isEmpty() ? "any" : String.join(",", parts);
  }

  private static void add(List<String> parts, String name, String value) {
    if (!value.isEmpty()) {
      parts.add(name + "=" + value);
    }
  }
}
