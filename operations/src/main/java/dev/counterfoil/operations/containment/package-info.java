/**
 * A theft contained: which signer is meant, what is to be revoked, and whether the keys are gone.
 *
 * <p>Facts are gathered, a pure function makes the plan, the plan is carried out.
 *
 * <p><b>Trust.</b> The stolen signer's answer is checked, and counts only for what is its own.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.operations.containment;
