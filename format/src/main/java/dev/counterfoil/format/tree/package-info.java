/**
 * Merkle trees (RFC 6962): hashes, tiles, proofs.
 *
 * <p>Only pure functions of hashes enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it has a proof accepted of what is in no log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.tree;
