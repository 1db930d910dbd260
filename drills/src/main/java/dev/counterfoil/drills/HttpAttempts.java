package dev.counterfoil.drills;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Several requests to the HTTP mail service, and what came of them. */
final class HttpAttempts {
  private final List<String> opened = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();

  /** Takes a result. */
  void add(String what, HttpMailClient.Result result) {
    switch (result) {
      case HttpMailClient.Result.Read read -> opened.add(what);
      case HttpMailClient.Result.Refused refused -> refusals.add(what + ": " + refused.code());
    }
  }

  /** Whether every request was answered with mail. */
  boolean allOpened() {
    return refusals.isEmpty() && !opened.isEmpty();
  }

  /** Whether none was. */
  boolean noneOpened() {
    return opened.isEmpty() && !refusals.isEmpty();
  }

  /** What was refused, and with which code. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** In words. */
  String summary() {
    String text = "%d of %d opened".formatted(opened.size(), opened.size() + refusals.size());
    return refusals.isEmpty() ? text : text + "; refused: " + String.join(", ", refusals);
  }

  /** In figures. */
  Map<String, Object> figures() {
    return Map.of("opened", opened.size(), "refused", refusals.size());
  }
}
