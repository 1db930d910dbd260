/**
 * Whose events may be seen, who reports, who reads, and how much each may ask for.
 *
 * <p>Every search and every intake passes through these types.
 *
 * <p><b>Trust.</b> An attacker who controls it shows the events of one tenant to another.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.access;
