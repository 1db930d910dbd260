/**
 * Reads what attached issuers publish of their keys, and makes findings of what differs from what
 * is stated.
 *
 * <p>What is read here states nothing: an operator confirms a key before it counts.
 *
 * <p><b>Trust.</b> An attacker who controls it silences the findings about attached issuers' keys,
 * and can show an operator another key to confirm. It cannot have one stated.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.attached;
