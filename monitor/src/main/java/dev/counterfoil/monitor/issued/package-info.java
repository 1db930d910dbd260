/**
 * Issued tokens as events, traces of them, and what each key did.
 *
 * <p>Counterfoils enter here as the custodian holds them.
 *
 * <p><b>Trust.</b> Who controls it shows a reader less, or more, than the counterfoils say; exports
 * carry proofs.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.issued;
