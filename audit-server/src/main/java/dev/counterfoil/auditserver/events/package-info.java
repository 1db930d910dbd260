/**
 * Audit events in and out: intake, search, export, stream, trace, the operator's desk.
 *
 * <p>A way to read enters here with the event that tells the tenant of it.
 *
 * <p><b>Trust.</b> An attacker who controls it reads every tenant's events, and refuses those of
 * any source.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditserver.events;
