package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The products and groups that a document defines, and what is tested of them. */
final class Products {
  /** Words and signs of a range (CSAF 2.0, 6.1.31). */
  private static final Pattern RANGE =
      Pattern.compile(
          "[<>]|(^|\\s)(after|all|before|earlier|later|prior|versions)(\\s|$)",
          Pattern.CASE_INSENSITIVE);

  private final Set<String> products = new HashSet<>();
  private final Map<String, List<String>> groups = new LinkedHashMap<>();
  private final List<Fault> faults = new ArrayList<>();

  private Products() {}

  static Products of(CsafMembers tree) {
    Products found = new Products();
    tree.objects("full_product_names").forEach(found::define);
    tree.objects("branches").forEach(found::branch);
    List<CsafMembers> relationships = tree.objects("relationships");
    relationships.forEach(relation -> found.define(relation.inner("full_product_name")));
    found.relate(relationships);
    for (CsafMembers group : tree.objects("product_groups")) {
      String id = group.text("group_id").orElseThrow();
      if (found.groups.put(id, group.texts("product_ids")) != null) {
        found.faults.add(group.fault("6.1.5", "group_id", "is defined twice"));
      }
      found.mustBeDefined(group, "product_ids", group.texts("product_ids").stream());
    }
    return found;
  }

  private void define(CsafMembers product) {
    if (!products.add(product.text("product_id").orElseThrow())) {
      faults.add(product.fault("6.1.2", "product_id", "is defined twice"));
    }
    for (CsafMembers hashes : product.inner("product_identification_helper").objects("hashes")) {
      Set<String> algorithms = new HashSet<>();
      if (!hashes.objects("file_hashes").stream()
          .allMatch(hash -> algorithms.add(hash.text("algorithm").orElse("")))) {
        faults.add(hashes.fault("6.1.25", "file_hashes", "an algorithm stands twice"));
      }
    }
  }

  private void branch(CsafMembers branch) {
    if (branch.text("category").orElse("").equals("product_version")
        && RANGE.matcher(branch.text("name").orElse("")).find()) {
      faults.add(branch.fault("6.1.31", "name", "is a range; its category is then another one"));
    }
    if (branch.has("product")) {
      define(branch.inner("product"));
    }
    branch.objects("branches").forEach(this::branch);
  }

  private void relate(List<CsafMembers> relationships) {
    Map<String, Set<String>> refers = new HashMap<>();
    for (CsafMembers relation : relationships) {
      Set<String> to =
          refers.computeIfAbsent(
              relation.inner("full_product_name").text("product_id").orElseThrow(),
              id -> new LinkedHashSet<>());
      for (String name : List.of("product_reference", "relates_to_product_reference")) {
        mustBeDefined(relation, name, relation.text(name).stream());
        to.add(relation.text(name).orElseThrow());
      }
    }
    for (CsafMembers relation : relationships) {
      String id = relation.inner("full_product_name").text("product_id").orElseThrow();
      if (reaches(refers, id, id)) {
        faults.add(relation.fault("6.1.3", "full_product_name", "is defined by itself"));
      }
    }
  }

  private static boolean reaches(Map<String, Set<String>> refers, String from, String wanted) {
    Set<String> seen = new HashSet<>();
    List<String> open = new ArrayList<>(refers.getOrDefault(from, Set.of()));
    while (!open.isEmpty()) {
      String next = open.removeLast();
      if (next.equals(wanted)) {
        return true;
      }
      if (seen.add(next)) {
        open.addAll(refers.getOrDefault(next, Set.of()));
      }
    }
    return false;
  }

  private void mustBeDefined(CsafMembers at, String name, Stream<String> ids) {
    if (!ids.allMatch(products::contains)) {
      faults.add(at.fault("6.1.1", name, "names a product that the document does not define"));
    }
  }

  /** The products that an item names itself or by their groups; a fault for one not defined. */
  Set<String> named(CsafMembers item, List<Fault> found) {
    Set<String> named = new TreeSet<>(item.texts("product_ids"));
    if (!products.containsAll(named)) {
      found.add(
          item.fault("6.1.1", "product_ids", "names a product that the document does not define"));
    }
    for (String group : item.texts("group_ids")) {
      if (groups.containsKey(group)) {
        named.addAll(groups.get(group));
      } else {
        found.add(
            item.fault("6.1.4", "group_ids", "names a group that the document does not define"));
      }
    }
    return named;
  }

  boolean isDefined(String product) {
    return products.contains(product);
  }

  List<Fault> faults() {
    return faults;
  }
}
