/**
 * The commands {@code claim} and {@code correction}: what is said of an incident, sentence by
 * sentence, and what of it was wrong.
 *
 * <p>What operators type enters here, and what the disclosure process answers.
 *
 * <p><b>Trust.</b> An attacker who controls it records claims in the name of the Unix user who runs
 * it, each of which stays in the disclosure log; none is published by that.
 */
@NullMarked
package dev.counterfoil.cli.claims;

import org.jspecify.annotations.NullMarked;
