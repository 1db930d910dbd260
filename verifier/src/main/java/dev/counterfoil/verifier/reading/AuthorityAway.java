package dev.counterfoil.verifier.reading;

import java.net.URI;
import java.time.Instant;

/**
 * An authority that does not answer a verifier. Tokens that the verifier knows pass meanwhile;
 * fresh ones are refused as undecided, at once.
 *
 * @param origin scheme, host and port, such as {@code https://login.example}
 * @param since when the read failed that made it count as away
 * @param reason why that read failed, for people
 */
public record AuthorityAway(URI origin, Instant since, String reason) {}
