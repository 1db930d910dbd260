/**
 * Records Keycloak's tokens at a record door before Keycloak releases them: one jar for its folder
 * {@code providers}. Keycloak's own signature providers are wrapped ({@link
 * dev.counterfoil.keycloak.RecordedAlgorithms}): docs/decisions/keycloak-signature-providers.md.
 *
 * <p><b>Trust.</b> The record door gets digests and the client's assertion, and answers when a
 * digest is durable: an attacker who controls it can refuse, delay, or answer without recording, in
 * which case verifiers refuse the token; it learns no token and gets no key. An attacker who
 * controls Keycloak can sign with its keys, and hand in the digests of forgeries, which the log
 * then shows under this source's name and time. An attacker with only a realm's stolen key can do
 * neither: its forgeries have no position. An attacker who writes {@code keycloak.conf} can leave
 * realms out, or let tokens out unrecorded for a time; verifiers refuse those. The file of kept
 * digests holds no token: an attacker who writes it can have digests recorded, as with the client's
 * key, and one who empties it makes tokens that were released remain unproven.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.keycloak;
