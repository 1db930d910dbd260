package dev.counterfoil.pages;

import java.util.Map;
import java.util.Optional;

/**
 * The form that takes a one-time code behind a password.
 *
 * @param hidden fields that come back with it
 * @param username who signs in
 * @param problem what went wrong before, in words that say how to mend it
 */
public record CodeForm(Map<String, String> hidden, String username, Optional<String> problem) {}
