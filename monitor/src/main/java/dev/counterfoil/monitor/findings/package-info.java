/**
 * Findings, durable, and how they are asked for.
 *
 * <p>A detection enters here when a person should look at it.
 *
 * <p><b>Trust.</b> Who controls it hides, invents or acknowledges findings.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.findings;
