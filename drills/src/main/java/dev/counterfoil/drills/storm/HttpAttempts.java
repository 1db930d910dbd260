package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.HttpMailClient;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Several requests to the HTTP mail service, and what came of them. */
final class HttpAttempts {
  private final List<String> opened = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final Map<String, List<String>> refusedByCode = new TreeMap<>();

  /** Takes a result. */
  void add(String what, HttpMailClient.Result result) {
    switch (result) {
      case HttpMailClient.Result.Read read -> opened.add(what);
      case HttpMailClient.Result.Refused refusal -> {
        refused.add(what);
        refusedByCode.computeIfAbsent(refusal.code(), code -> new ArrayList<>()).add(what);
      }
    }
  }

  /** Whether every request was answered with mail. */
  boolean allOpened() {
    return refused.isEmpty() && !opened.isEmpty();
  }

  /** Whether none was. */
  boolean noneOpened() {
    return opened.isEmpty() && !refused.isEmpty();
  }

  /** In words. */
  String summary() {
    var text =
        new StringBuilder(
            "%d of %d opened".formatted(opened.size(), opened.size() + refused.size()));
    refusedByCode.forEach(
        (code, whats) ->
            text.append("; ")
                .append(code)
                .append(" for ")
                .append(String.join(", ", new LinkedHashSet<>(whats))));
    return text.toString();
  }

  /** In figures. */
  Map<String, Object> figures() {
    return Map.of("opened", opened.size(), "refused", refused.size());
  }
}
