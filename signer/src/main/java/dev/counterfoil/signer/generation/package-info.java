/**
 * The generations of one signer: first keys, the generation that it goes on with, earlier ones, the
 * change to a successor; and its counterfoils as custodians read them.
 *
 * <p>What ends one log and begins another enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it reads every counterfoil of one signer, and can
 * withhold them from its custodians.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.generation;
