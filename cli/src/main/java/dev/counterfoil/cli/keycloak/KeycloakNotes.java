package dev.counterfoil.cli.keycloak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was not taken of a realm, by reason. */
final class KeycloakNotes {
  private static final int NAMED_MAX = 5;

  private final Map<String, List<String>> left = new LinkedHashMap<>();
  private final List<String> said = new ArrayList<>();

  /**
   * Something was not taken.
   *
   * @param what and why
   * @param name of whom or of what
   */
  void add(String what, String name) {
    left.computeIfAbsent(what, _ -> new ArrayList<>()).add(name);
  }

  /** Something else is to be known. */
  void say(String sentence) {
    said.add(sentence);
  }

  /** All, each a sentence. */
  List<String> all() {
    List<String> all = new ArrayList<>();
    left.forEach(
        (what, names) -> {
          int more = names.size() - NAMED_MAX;
          all.add(
              "Not taken: "
                  + what
                  + " ("
                  + String.join(", ", names.subList(0, Math.min(NAMED_MAX, names.size())))
                  + (more > 0 ? " and " + more + " more" : "")
                  + ").");
        });
    all.addAll(said);
    return all;
  }
}
