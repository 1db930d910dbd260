package dev.counterfoil.directory;

import java.util.Optional;

/**
 * A person, and what they agreed to for one client.
 *
 * @param consent also when it has expired
 */
public record PersonConsent(Person person, Optional<Consent> consent) {}
