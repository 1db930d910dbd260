/**
 * Promises on the command line: evaluated for the operator, and recomputed by a stranger.
 *
 * <p>A file of promises enters, the key log, and what is published about them.
 *
 * <p><b>Trust.</b> An attacker who controls this room shows its own reader a wrong verdict. It has
 * no key.
 */
@NullMarked
package dev.counterfoil.cli.promises;

import org.jspecify.annotations.NullMarked;
