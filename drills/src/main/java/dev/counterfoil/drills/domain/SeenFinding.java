package dev.counterfoil.drills.domain;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A finding as the monitor serves it, as far as a drill looks at it.
 *
 * @param id its number
 * @param raisedAt when the monitor raised it
 * @param kind what was found
 * @param grade what it rests on
 * @param digest digest of the token, when known
 * @param tokenId identifier of the token, when known
 * @param kid key that the token names
 * @param tenant tenant that the token names
 * @param subject whom it was to speak for
 * @param service who saw it
 * @param detail all of its evidence
 */
public record SeenFinding(
    long id,
    Instant raisedAt,
    String kind,
    String grade,
    Optional<Hash> digest,
    Optional<String> tokenId,
    String kid,
    String tenant,
    String subject,
    String service,
    JsonObject detail) {}
