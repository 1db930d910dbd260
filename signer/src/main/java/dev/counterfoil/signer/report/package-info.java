/**
 * What the process tells operators and the audit log about itself.
 *
 * <p>A fact enters here when it is no secret: no key, PIN or passphrase is within reach of this
 * package.
 *
 * <p><b>Trust.</b> Who controls it hides what one signer or registrar does from its own audit
 * events; counterfoils and key log still show tokens and keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.report;
