package dev.counterfoil.pages;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An application that a person allowed something.
 *
 * @param id of the client
 * @param name of the client
 * @param effects what it may do, in plain words
 * @param since when it was allowed
 * @param until when that ends
 */
public record AllowedApplication(
    String id, String name, List<String> effects, Instant since, Optional<Instant> until) {}
