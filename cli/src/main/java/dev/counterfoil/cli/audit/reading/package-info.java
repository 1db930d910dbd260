/**
 * Where a command reads the audit log: at the monitor over HTTP as a tenant, at its socket as an
 * operator, or in the log's own past.
 *
 * <p><b>Trust.</b> What is read is what that side says: nothing here is proved. An attacker who
 * controls this room decides what the other commands are told.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.audit.reading;
