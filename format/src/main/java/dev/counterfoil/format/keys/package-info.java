/**
 * Names, identifiers and statements of keys: what one key is for, and public keys as JWKs.
 *
 * <p>No private key enters here but as a hint of 32 bits.
 *
 * <p><b>Trust.</b> An attacker who controls it lets a key vouch for what it was not stated for.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.keys;
