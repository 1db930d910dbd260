package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.Delegation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How long a key may sign at most. Which class a key is in follows from facts, its statement and
 * the root's delegation, and from no setting. The figures are those reported of the draft of NIST
 * IR 8587.
 */
public enum KeyCeiling {
  /** More than one tenant is served. */
  SHARED(Duration.ofDays(14)),
  /** A tenant's own key, where other tenants have theirs. */
  TENANT(Duration.ofDays(90)),
  /** The one organisation whose installation it is. */
  ORGANISATION(Duration.ofDays(365)),
  /** Another issuer's, which rotates by that issuer's rules; it is taken in for a year at most. */
  FOREIGN(Duration.ofDays(365));

  /** The tenant of an installation's own clients, which is nobody's but the operator's. */
  public static final String OWN_TENANT = "counterfoil";

  private final Duration age;

  KeyCeiling(Duration age) {
    this.age = age;
  }

  /** From a key's first token to its last. */
  public Duration age() {
    return age;
  }

  /** The class of a key. */
  public static KeyCeiling of(KeyStatement key, Delegation delegation) {
    return key.isForeign() ? FOREIGN : of(key.tenants(), delegation.bounds().tenants());
  }

  /**
   * The class of keys.
   *
   * @param served tenants that the key serves
   * @param delegated tenants that the domain's keys may serve, by the root's word
   */
  public static KeyCeiling of(AllowList served, AllowList delegated) {
    if (isMoreThanOne(served)) {
      return SHARED;
    }
    return isMoreThanOne(delegated) ? TENANT : ORGANISATION;
  }

  private static boolean isMoreThanOne(AllowList tenants) {
    Set<String> others = new TreeSet<>(tenants.names());
    others.remove(OWN_TENANT);
    return tenants.any() || others.size() > 1;
  }

  /** What a statement says against its ceiling; empty when nothing. */
  public static Optional<String> objection(KeyStatement key, Delegation delegation) {
    KeyCeiling ceiling = of(key, delegation);
    Duration window = Duration.between(key.activeFrom(), key.activeUntil());
    return window.compareTo(ceiling.age) > 0 && !(key.record() instanceof RecordForm.None)
        ? Optional.of(
            "key would sign for "
                + window.toSeconds()
                + " seconds, and its ceiling is "
                + ceiling.age.toDays()
                + " days")
        : Optional.empty();
  }

  /** Whether a key is too old at an instant to have signed anything then. */
  public static boolean isPassed(KeyStatement key, Delegation delegation, Instant at) {
    return end(key, delegation).filter(end -> !at.isBefore(end)).isPresent();
  }

  /**
   * The first instant at which a key is too old to have signed anything; empty where its tokens are
   * not recorded, for which their end is another.
   */
  public static Optional<Instant> end(KeyStatement key, Delegation delegation) {
    return key.record() instanceof RecordForm.None
        ? Optional.empty()
        : Optional.of(key.activeFrom().plus(of(key, delegation).age));
  }
}
