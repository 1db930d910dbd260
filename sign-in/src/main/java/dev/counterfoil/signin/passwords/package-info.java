/**
 * Passwords: how they are hashed and compared, hashes of other systems, and how many attempts a
 * name, an address and a known browser have.
 *
 * <p>What a person typed enters here, and the hash that the directory keeps. A name that nobody has
 * costs as much as one that a person has.
 *
 * <p><b>Trust.</b> An attacker who controls it reads the passwords that are typed while they do,
 * and calls any password right: they sign in as anyone for whom a password is enough. The hashes
 * that are kept give no password away.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.passwords;
