package dev.counterfoil.pages;

import java.util.Map;
import java.util.Optional;

/**
 * What the pages of a person's account have in common.
 *
 * @param place which one it is
 * @param hidden fields that come back with each of its forms
 * @param username who is signed in
 * @param done what was just done
 * @param problem what could not be done
 * @param recovery that a recovery of the account was begun
 */
public record AccountPage(
    Place place,
    Map<String, String> hidden,
    String username,
    Optional<String> done,
    Optional<String> problem,
    Optional<PendingRecovery> recovery) {
  /** The pages of an account. */
  public enum Place {
    SIGN_IN("/account", "nav.sign-in"),
    APPLICATIONS("/account/applications", "nav.applications"),
    ISSUED("/account/issued", "nav.issued");

    private final String path;
    private final String title;

    Place(String path, String title) {
      this.path = path;
      this.title = title;
    }

    /** Where it lies below the issuer. */
    public String path() {
      return path;
    }

    /** The name of its title's text. */
    public String title() {
      return title;
    }
  }
}
