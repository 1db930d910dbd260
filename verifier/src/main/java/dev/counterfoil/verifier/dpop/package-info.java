/**
 * Proofs of possession (RFC 9449): a proof is read, checked against the request and its key, and
 * counts once.
 *
 * <p>Untrusted text enters {@link dev.counterfoil.verifier.dpop.DpopReader}; what leaves is a
 * thumbprint of a key, or the reason why not.
 *
 * <p><b>Trust.</b> An attacker who controls it can have a stolen bound token accepted without its
 * key, and a proof twice. It cannot have a forged token accepted.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.verifier.dpop;
