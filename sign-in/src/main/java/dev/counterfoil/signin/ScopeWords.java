package dev.counterfoil.signin;

import dev.counterfoil.pages.Sheet;
import java.util.Collection;
import java.util.List;

/** What scopes let an application do, in plain words. */
final class ScopeWords {
  private ScopeWords() {}

  static List<String> effects(Sheet sheet, Collection<String> scopes) {
    return scopes.stream()
        .map(
            scope -> {
              String key = "effect." + scope;
              return sheet.messages().has(key) ? sheet.say(key) : sheet.say("effect.other", scope);
            })
        .toList();
  }
}
