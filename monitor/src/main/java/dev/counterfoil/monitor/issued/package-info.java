/**
 * What each key did, what verifiers hold of it, and decoys, for reports.
 *
 * <p>Counterfoils enter here as the custodian holds them.
 *
 * <p><b>Trust.</b> An attacker who controls it shows an operator less, or more, than the
 * counterfoils say.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.issued;
