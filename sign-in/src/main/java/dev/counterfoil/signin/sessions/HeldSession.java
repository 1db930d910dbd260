package dev.counterfoil.signin.sessions;

import java.time.Instant;

/**
 * A session as an administrator sees it. It carries no secret.
 *
 * @param began when its person signed in at this browser
 * @param expires when it ends by itself
 * @param address from where it began
 * @param browser in words
 */
public record HeldSession(
    Session session, Instant began, Instant expires, String address, String browser) {}
