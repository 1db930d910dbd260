package dev.counterfoil.signin.upstream;

import java.time.Instant;
import java.util.Optional;

/**
 * Who a person is, by the word of a provider.
 *
 * @param issuer of the provider
 * @param subject there: with the issuer it names one account for ever (OpenID Connect Core, 5.7)
 * @param authTime when they proved it there; empty where the provider does not say so
 * @param username that they prefer, for people to recognise
 * @param name for people
 * @param email an address
 * @param emailVerified whether the provider saw that the address is theirs
 */
public record UpstreamIdentity(
    String issuer,
    String subject,
    Optional<Instant> authTime,
    Optional<String> username,
    Optional<String> name,
    Optional<String> email,
    boolean emailVerified) {}
