/**
 * Signs people in, inside the authority's process: passkeys, passwords, sessions, consent, and the
 * pages where people see what stands in their name.
 *
 * <p>What a page asks for enters here with its form, its CSRF check and its limit. What a client
 * asks for does not: the authority's own rooms decide that, and call this one.
 *
 * <p><b>Trust.</b> An attacker who controls it can be any person of its domain towards the
 * authority, and can show people false pages. The signer still signs only inside the scope of its
 * keys, and every token that the attacker gets is recorded in the name of the person it is for. It
 * keeps no password and no cookie, only hashes of both, and seals the secrets of one-time codes
 * with a key beside them; a thief of its files signs in as nobody.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin;
