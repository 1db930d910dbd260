/**
 * A log's newest leaves as a verifier receives and keeps them.
 *
 * <p>Leaves count here once they are under a signed checkpoint.
 *
 * <p><b>Trust.</b> An attacker who controls it has a verifier take a token for recorded that is
 * not.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.leaf;
