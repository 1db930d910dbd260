/**
 * An administrator of the mail system reads mail without a task, and is found from the audit log.
 *
 * <p><b>Trust.</b> What enters is a run's folder. Who controls this room makes a drill say what it
 * did not see; it holds no key of a real installation.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.insider;
