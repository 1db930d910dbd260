/**
 * The root's key of one holder, and a root for trying things out.
 *
 * <p>Only what a holder does on a machine of their own enters here; no signer or registrar opens
 * such a key.
 *
 * <p><b>Trust.</b> An attacker who controls a quorum of holders delegates to any key; one holder
 * alone does not.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar.root;
