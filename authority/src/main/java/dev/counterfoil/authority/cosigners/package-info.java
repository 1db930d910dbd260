/**
 * Carries logs to their witnesses and custodians, and the cosignatures back to the signer.
 *
 * <p><b>Trust.</b> An attacker who controls it withholds cosignatures; a false one does not verify.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.cosigners;
