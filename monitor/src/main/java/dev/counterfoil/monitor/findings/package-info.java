/**
 * Findings, durable, and how they are asked for.
 *
 * <p>A detection enters here when a person should look at it: its kind here, its code in {@code
 * judging} where it is about a token that was presented, else in {@code watching}
 * (docs/understand/hacking.md).
 *
 * <p><b>Trust.</b> An attacker who controls it hides, invents or acknowledges findings.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.findings;
