package dev.counterfoil.assess.key;

import java.time.Duration;

/**
 * The longest time that a signing key should be in use, by what is lost when it is stolen.
 *
 * <p>The figures are those reported of the draft of NIST IR 8587 (December 2025). The final text
 * was not checked, so they are a yardstick here and no claim of conformity.
 */
public enum KeyPeriod {
  /** The key vouches for accounts of many tenants. */
  MANY_TENANTS(Duration.ofDays(14), "many tenants"),
  /** A key that belongs to one tenant of a shared service. */
  ONE_TENANT(Duration.ofDays(90), "one tenant of a shared service"),
  /** The installation serves a single organisation. */
  ONE_ORGANISATION(Duration.ofDays(365), "a single organisation's installation");

  private final Duration ceiling;
  private final String words;

  KeyPeriod(Duration ceiling, String words) {
    this.ceiling = ceiling;
    this.words = words;
  }

  public Duration ceiling() {
    return ceiling;
  }

  /** Whom the key serves, for a sentence. */
  public String words() {
    return words;
  }
}
