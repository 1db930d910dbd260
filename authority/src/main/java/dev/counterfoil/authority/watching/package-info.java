/**
 * Watches the monitor: sends it forged tokens, and pages when they do not become findings.
 *
 * <p>The key of these tokens is made at the start, stands in no key log, and never leaves this
 * process. So nothing accepts what it signs.
 *
 * <p><b>Trust.</b> An attacker who controls it hides that the monitor is silent, or says so without
 * cause. One who controls the monitor can find probes and hide the rest: the witnesses, custodians
 * and other reporters of a domain do not depend on its word.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.watching;
