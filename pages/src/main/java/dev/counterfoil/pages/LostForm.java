package dev.counterfoil.pages;

import java.util.Map;
import java.util.Optional;

/**
 * The form of a person who cannot sign in.
 *
 * @param hidden fields that come back with it
 * @param username that was typed
 * @param problem what went wrong before, in words that say how to mend it
 */
public record LostForm(Map<String, String> hidden, String username, Optional<String> problem) {}
