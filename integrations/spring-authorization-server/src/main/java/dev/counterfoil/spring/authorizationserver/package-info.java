/**
 * Records the tokens of a Spring Authorization Server at a record door before they are released:
 * {@link dev.counterfoil.spring.authorizationserver.RecordingJwtEncoder} stands around its encoder.
 *
 * <p><b>Trust.</b> The record door gets digests and the client's assertion: an attacker who
 * controls it can refuse, delay, or answer without recording, in which case verifiers refuse the
 * token; it learns no token and gets no key. An attacker who controls the authorization server can
 * sign with its keys, and hand in the digests of forgeries, which the log then shows under this
 * source's name and time. An attacker with only the server's stolen key can do neither.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.spring.authorizationserver;
