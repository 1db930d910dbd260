/**
 * Providers at which people of a tenant sign in, and which are believed about who that is: their
 * discovery, their keys, and the ID tokens that come back for a code.
 *
 * <p>What an answer of a provider has to prove enters here. Which person it is does not: the room
 * around it links issuer and subject to one.
 *
 * <p><b>Trust.</b> An attacker who controls it signs in as anyone who is linked to a provider, as
 * one who controls sign-in does. A provider that is controlled by an attacker signs in as the
 * people who are linked to it, and as nobody else.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.upstream;
