/**
 * The audit log as the monitor serves it: intake, search, export, custody, the operator's desk.
 *
 * <p>A way to read enters here with the event that tells the tenant of it.
 *
 * <p><b>Trust.</b> Who controls it reads every tenant's events, and refuses those of any source.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.auditlog;
