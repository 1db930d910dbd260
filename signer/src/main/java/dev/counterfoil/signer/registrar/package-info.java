/**
 * The registrar: it states keys, revokes, withdraws, takes over what the root's holders signed, and
 * writes the key log.
 *
 * <p>A command enters here with who may give it and the audit event that comes before it. {@link
 * dev.counterfoil.signer.registrar.RegistrarCommands} names the socket for each: only signers have
 * token keys stated, each its own ({@link dev.counterfoil.signer.registrar.SignersOwn}), and {@link
 * dev.counterfoil.signer.registrar.StatingRules} says which.
 *
 * <p><b>Trust.</b> Who controls it states keys inside the root's delegation, visibly to every
 * verifier, and revokes what should hold. It has no token key.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.registrar;
