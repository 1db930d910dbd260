/**
 * Recognises public keys under which others than their owner can sign. Anyone makes signatures of
 * some without a private key; of some RSA keys the private half follows from the public one; of
 * some keys it is printed in an RFC. Every constructor of a public key asks here, every reader of
 * one asks for the printed ones too, and {@code assess} asks about the keys of others. It holds no
 * secret.
 *
 * <p>The keys looked for come of accidents: a buffer of zeros that was exported as a key, a broken
 * generator, an example that was copied. A process that may state a key can always state one of
 * their own; nothing here is against that.
 */
@NullMarked
package dev.counterfoil.format.weakkeys;

import org.jspecify.annotations.NullMarked;
