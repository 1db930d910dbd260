/**
 * How a signer or registrar starts and ends, who may connect to it, and what it tells operators and
 * the audit log about itself.
 *
 * <p>Only what both programs need before they know their work enters here, and no secret: no key,
 * PIN or passphrase is within reach of this package.
 *
 * <p><b>Trust.</b> An attacker who controls it stops a signer or registrar, or hides what it does
 * from its own audit events; counterfoils and key log still show tokens and keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.process;
