/**
 * The registrar's own keys: for the key log and for statements.
 *
 * <p><b>Trust.</b> An attacker who controls these states keys inside the root's delegation and
 * signs a second key log. They cannot extend the delegation, and a witness or a verifier that saw
 * the first log notices the second.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar.keys;
