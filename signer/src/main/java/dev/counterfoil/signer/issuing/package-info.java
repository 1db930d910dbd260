/**
 * How a token is issued, in the steps of docs/understand/issuance.md: composed, recorded, then
 * signed.
 *
 * <p>Only what each token passes through enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it issues recorded tokens inside the scope of the
 * signer's keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.issuing;
