/**
 * Signing a release and checking one: its checksums as a signed note, and the proof that they are
 * in a log of our own.
 *
 * <p><b>Trust.</b> An attacker who controls this room where a release is made signs what it likes,
 * in the log for all to see; where one is checked, it passes off what it likes. It has no key of
 * any installation.
 */
@NullMarked
package dev.counterfoil.cli.release;

import org.jspecify.annotations.NullMarked;
