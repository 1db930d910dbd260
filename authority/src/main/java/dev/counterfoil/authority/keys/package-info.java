/**
 * The key log as the authority serves it, the JWK sets that follow from it, and revocations.
 *
 * <p>What the registrar signed enters here, and is held against the key log before it is served.
 *
 * <p><b>Trust.</b> An attacker who controls it withholds or delays keys and revocations; it does
 * not make one.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.keys;
