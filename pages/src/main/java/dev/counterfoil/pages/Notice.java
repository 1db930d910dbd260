package dev.counterfoil.pages;

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
   * A link.
   *
   * @param path below the issuer
   * @param text of it
   */
  public record NextStep(String path, String text) {}
}
