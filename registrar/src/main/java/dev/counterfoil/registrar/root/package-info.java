/**
 * The root's key of one holder, and a root for trying things out.
 *
 * <p>Only what a holder does on a machine of his own enters here; no signer or registrar opens such
 * a key.
 *
 * <p><b>Trust.</b> Who controls a quorum of holders delegates to whom they like; one holder alone
 * does not.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar.root;
