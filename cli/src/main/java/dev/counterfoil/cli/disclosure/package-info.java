/**
 * The disclosure process on the command line: run, its keys stated, incidents taken over, what is
 * due; and what all commands share that ask it.
 *
 * <p>What the monitor and the disclosure process answer enters here, and signed files that others
 * sent.
 *
 * <p><b>Trust.</b> An attacker who controls it acts at the disclosure process as the Unix user who
 * runs it, and each act stays in the disclosure log; it cannot be the second person.
 */
@NullMarked
package dev.counterfoil.cli.disclosure;

import org.jspecify.annotations.NullMarked;
