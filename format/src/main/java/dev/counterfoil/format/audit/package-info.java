/**
 * Audit events and the leaves that the audit log has of them.
 *
 * <p>A field enters here with its place in OCSF.
 *
 * <p><b>Trust.</b> An attacker who controls it changes what an event says before it is recorded,
 * not after.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.audit;
