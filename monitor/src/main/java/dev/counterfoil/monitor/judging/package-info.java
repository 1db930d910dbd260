/**
 * Sightings and their judge: was there a counterfoil for this token, and could its key sign it?
 *
 * <p>A question about a token that was presented enters here; {@link
 * dev.counterfoil.monitor.judging.Judge} changes nothing.
 *
 * <p><b>Trust.</b> An attacker who controls it lets a forged token pass unseen here; verifiers
 * refuse it by themselves.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.judging;
