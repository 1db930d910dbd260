/**
 * What people allowed clients: codes, refresh tokens, and the groups by which their access tokens
 * end. A journal of its own, synced before anything is answered; no SQL.
 *
 * <p>An attacker who controls it can use a code or refresh token twice and go on with what a person
 * ended, within what the signer's key may give. They cannot issue a token that is not recorded, and
 * what they issue shows in the name of the person.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.connect.grants;
