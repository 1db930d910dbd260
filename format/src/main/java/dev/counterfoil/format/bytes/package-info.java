/**
 * Bytes, hashes, numbers and JSON in the one form in which they are read and written.
 *
 * <p>Only what knows nothing of tokens, logs or keys' uses enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it has one text read in two ways, and with that
 * everything.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.bytes;
