/**
 * Playbooks and the decision what to do about a finding: pure, without files and without a clock.
 *
 * <p>Files of playbooks and findings of the monitor enter; plans leave.
 *
 * <p><b>Trust.</b> The author of a playbook decides what acts without a person, within the limits
 * that the process's configuration sets. An attacker who plants a finding chooses its names: those
 * of a token that was never issued reach no step against a person, a client or a token.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.response.playbooks;
