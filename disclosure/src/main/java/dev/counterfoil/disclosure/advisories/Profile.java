package dev.counterfoil.disclosure.advisories;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The profiles of CSAF 2.0 (section 4). */
public enum Profile {
  BASE,
  SECURITY_INCIDENT_RESPONSE,
  INFORMATIONAL_ADVISORY,
  SECURITY_ADVISORY,
  VEX;

  /** {@code document.category}. */
  public String category() {
    return "csaf_" + name().toLowerCase(Locale.ROOT);
  }

  /** The one of a category, such as {@code csaf_vex}. */
  public static Optional<Profile> of(String category) {
    return Arrays.stream(values())
        .filter(profile -> profile.category().equals(category))
        .findFirst();
  }

  boolean isOneOf(Profile... profiles) {
    return Arrays.asList(profiles).contains(this);
  }
}
