/**
 * The audit log over HTTP and at the operator's desk, for a monitor to serve.
 *
 * <p>A way to read enters here with the event that tells the tenant of it.
 *
 * <p><b>Trust.</b> An attacker who controls it reads every tenant's events, and refuses those of
 * any source.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditserver;
