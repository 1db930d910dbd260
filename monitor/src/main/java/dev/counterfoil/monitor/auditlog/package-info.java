/**
 * What the monitor itself says to the audit log that it serves, and finds of it.
 *
 * <p>What an operation of the monitor is as an event enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it reads and is on no record, and keeps detection rules
 * from finding anything; the events stay in the audit log, over which the rules can be run again.
 * One who writes to the folder of the rules' state makes rules know what never was, or nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.auditlog;
