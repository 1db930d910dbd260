/**
 * The keys of a first start, the generation that a signer goes on with, those before it, the change
 * to a successor, and its counterfoils as custodians read them.
 *
 * <p>What ends one log and begins another enters here.
 *
 * <p><b>Trust.</b> Who controls it reads every counterfoil of one signer, and can withhold them
 * from its custodians.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.generation;
