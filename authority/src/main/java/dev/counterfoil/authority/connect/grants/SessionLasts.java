package dev.counterfoil.authority.connect.grants;

/** Who knows whether sessions last. */
@FunctionalInterface
public interface SessionLasts {
  /** Whether a person's session with this handle lasts. */
  boolean lasts(String subject, String session);
}
