package dev.counterfoil.verifier;

/**
 * A token that must not be honoured.
 *
 * @param code why, stable across versions
 * @param reason the same for people; safe to log and to show, it never repeats the token
 */
public record Refused(RefusalCode code, String reason) implements Verification {}
