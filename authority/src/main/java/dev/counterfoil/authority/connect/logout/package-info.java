/**
 * Tells clients that sessions ended (OpenID Connect Back-Channel Logout 1.0).
 *
 * <p>An attacker who controls it can keep clients from hearing, tell them of ends that there were
 * not, so that people sign in again, and send to what the guard of outbound requests lets it. The
 * signer records each logout token and composes it so that it is good for nothing else.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.connect.logout;
