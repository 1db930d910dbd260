/**
 * Makes an auditor's folder again from what a custodian holds and the keys that were kept apart.
 *
 * <p>Nothing that a running auditor needs for its work enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it restores less than there was; leaves and counts show
 * what is missing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.restore;
