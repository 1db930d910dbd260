/**
 * The way to a domain's signers and registrar, over their sockets.
 *
 * <p>Nothing that decides about a client enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it has a signer issue recorded tokens; it gets no key.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.signers;
