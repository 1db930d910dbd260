/**
 * What operators ask of registrar and signers: the questions, and what comes of revoking keys.
 *
 * <p>No process listens here, and nothing is printed.
 *
 * <p><b>Trust.</b> It acts with what the admin sockets grant the Unix user who runs it. A signer
 * that answers may be the attacker's.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.operations;
