/**
 * The registrar: it states keys, revokes, withdraws, takes over what the root's holders signed, and
 * writes the key log.
 *
 * <p>A command enters here with who may give it and the audit event that comes before it. {@link
 * dev.counterfoil.registrar.RegistrarCommands} names the socket for each: only signers have token
 * keys stated, each its own ({@link dev.counterfoil.registrar.signers.SignersOwn}), and {@link
 * dev.counterfoil.registrar.signers.StatingRules} says which.
 *
 * <p><b>Trust.</b> An attacker who controls a registrar states keys inside the root's delegation,
 * visibly to every verifier, and revokes what should hold. It has no token key, and what it states
 * ends with the delegation. Key statements come on a socket for each signer, which neither the
 * authority nor another signer reaches as long as it runs under another Unix user. Where all run
 * under one, the kernel does not hold that line: an attacker who controls the authority can have a
 * key and a log of its own stated, and one who controls one signer can speak as another.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar;
