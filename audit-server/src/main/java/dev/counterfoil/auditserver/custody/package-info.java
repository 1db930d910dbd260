/**
 * Custodians and witnesses of the audit log: what they are given, and what they say of it.
 *
 * <p>Their words enter here and count by their keys; an event does not enter.
 *
 * <p><b>Trust.</b> An attacker who controls it hides that a custodian holds another log, or gives
 * the sealed records to others, who cannot open them.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditserver.custody;
