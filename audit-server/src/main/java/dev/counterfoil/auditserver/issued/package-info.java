/**
 * Issued tokens as audit events, and traces of them.
 *
 * <p>Counterfoils enter here as the custodian holds them.
 *
 * <p><b>Trust.</b> An attacker who controls it shows a reader less, or more, than the counterfoils
 * say; exports carry proofs.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditserver.issued;
