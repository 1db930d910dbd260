/**
 * Reports audit events, for services and for our own parts. {@link
 * dev.counterfoil.auditclient.AuditClient} keeps each in a {@link
 * dev.counterfoil.auditclient.Spool} on disk before what it tells of is done, and {@link
 * dev.counterfoil.auditclient.Delivery} hands them to the audit log until that says that they are
 * durable.
 *
 * <p><b>Trust.</b> An attacker who controls a process that reports can leave events out and invent
 * others, under its own name and for its own tenants. An attacker who controls the spool's folder
 * can take away or change what was not delivered yet: numbers that are missing are seen at the
 * audit log, and so is a process that falls silent. It can change nothing that was delivered.
 * Spooled events are not encrypted; the folder is its owner's alone. Nothing secret belongs into an
 * event.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditclient;
