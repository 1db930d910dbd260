/**
 * Passkeys (WebAuthn): options for the browser, checks of what an authenticator signed, and the
 * origins that may use the passkeys of this issuer.
 *
 * <p>Untrusted bytes of a browser enter here and are read by WebAuthn4J. Whether a fresh proof is
 * asked for is decided in the room around it.
 *
 * <p><b>Trust.</b> An attacker who controls it signs in as anyone who has a passkey. They get no
 * private key: those never leave the authenticators.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.passkeys;
