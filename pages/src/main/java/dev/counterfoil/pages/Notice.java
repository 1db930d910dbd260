package dev.counterfoil.pages;

import java.util.Map;
import java.util.Optional;

/**
 * A page that says one thing.
 *
 * @param id of its main part, for programs that drive a browser
 * @param title what is true
 * @param sentence what the person can do
 * @param reference that support can look up
 * @param next where to go from here
 */
public record Notice(
    String id, String title, String sentence, Optional<String> reference, Optional<NextStep> next) {
  /**
   * A link, or a button that posts.
   *
   * @param path below the issuer
   * @param text of it
   * @param hidden fields that a button posts; none for a link
   */
  public record NextStep(String path, String text, Map<String, String> hidden) {
    public NextStep {
      hidden = Map.copyOf(hidden);
    }

    /** A link. */
    public NextStep(String path, String text) {
      this(path, text, Map.of());
    }
  }
}
