/**
 * Watches a domain's keys, logs, signers, cosigners and verifiers, and makes findings of what
 * differs.
 *
 * <p>A watch enters here that needs no sighting.
 *
 * <p><b>Trust.</b> An attacker who controls it silences its findings; no watch grants anything to
 * anyone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.watching;
