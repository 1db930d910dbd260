/**
 * The commands {@code incident}: findings that belong together, what they touched, and who looks
 * after them.
 *
 * <p>Only questions to the monitor and their answers enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it shows too little, or closes an incident in the name
 * of the Unix user who runs it; both leave an event in the audit log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.incident;
