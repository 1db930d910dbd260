package dev.counterfoil.authority.connect.grants;

import java.time.Instant;

/**
 * That a client has to hear of the end of a session.
 *
 * @param id 128 random bits in base64url
 * @param clientId who has to hear
 * @param subject the person
 * @param tenant of the person
 * @param session the handle of the session: the {@code sid}
 * @param at when it ended
 */
public record LogoutNotice(
    String id, String clientId, String subject, String tenant, String session, Instant at) {}
