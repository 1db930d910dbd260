/**
 * The commands {@code response}: runs of playbooks, and what people decide about them.
 *
 * <p>Only commands to the response process, to the authority where something is taken back, and
 * their answers enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it decides in the name of the Unix user who runs it;
 * each decision leaves an event in the audit log, and where two persons are needed, one is missing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.response;
