/**
 * The record logs: digests of tokens that were composed elsewhere come in, positions go out when
 * they are durable.
 *
 * <p>Nothing that signs tokens enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it records digests of tokens that nobody issued; such a
 * record says nothing of a key of ours.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.door;
