/**
 * Whose word counts: the trust policy, log policies and their quorums, proofs under them.
 *
 * <p>A line of a policy enters here with what it makes true for a verifier.
 *
 * <p><b>Trust.</b> An attacker who controls it chooses which issuers verifiers believe.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.policy;
