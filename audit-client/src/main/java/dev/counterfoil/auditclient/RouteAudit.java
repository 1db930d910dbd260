package dev.counterfoil.auditclient;

import java.util.Set;

/** How what lies at a path stands in the audit log. A path that says neither is not served. */
public sealed interface RouteAudit {
  /**
   * Each request is exactly one of these events, or what a signer records of it.
   *
   * @param operations those that it can be
   */
  record Events(Set<Operation> operations) implements RouteAudit {
    public Events {
      operations = Set.copyOf(operations);
    }
  }

  /**
   * No event, since it says nothing of anybody and changes nothing.
   *
   * @param why for whoever asks
   */
  record None(String why) implements RouteAudit {}

  /** One of these. */
  static RouteAudit events(Operation... operations) {
    return new Events(Set.of(operations));
  }

  /** None. */
  static RouteAudit none(String why) {
    return new None(why);
  }
}
