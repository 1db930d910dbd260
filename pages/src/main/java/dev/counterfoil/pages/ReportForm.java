package dev.counterfoil.pages;

import java.util.Map;
import java.util.Optional;

/**
 * The form of a person who reports something.
 *
 * @param hidden fields that come back with it
 * @param text that was typed
 * @param contact that was typed
 * @param about that was typed
 * @param problem what went wrong before, in words that say how to mend it
 */
public record ReportForm(
    Map<String, String> hidden,
    String text,
    String contact,
    String about,
    Optional<String> problem) {
  public ReportForm {
    hidden = Map.copyOf(hidden);
  }
}
