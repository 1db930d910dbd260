/**
 * The people of a trust domain: who they are, the passkeys and password hashes with which they
 * prove it, their invitations, their groups, and what they agreed to.
 *
 * <p>A way to prove oneself enters here with its rule for single use or for its counter. No HTTP,
 * and no secret that anyone could sign in with: links, passwords and recovery codes are kept as
 * hashes, secrets of one-time codes as their keeper sealed them.
 *
 * <p><b>Trust.</b> An attacker who can write here can be any person of the domain, with a passkey
 * of its own. An attacker who can only read here learns names, addresses and password hashes, and
 * cannot sign in. Neither can make a token outside the scope of the signer's keys, or one without a
 * record.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.directory;
