/**
 * The commands with which operators tell the truth after an incident: claims, statements,
 * corrections, clocks, notices.
 *
 * <p>What the monitor and the disclosure process answer enters here, and files that somebody sent.
 *
 * <p><b>Trust.</b> An attacker who controls it records claims and approvals in the name of the Unix
 * user who runs it, each of which stays in the disclosure log; it cannot be the second person.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.disclosure;
