/**
 * The life of token keys: prepared, stated, active, retired. {@link
 * dev.counterfoil.signer.rotation.KeyDecisions} decides, {@link
 * dev.counterfoil.signer.rotation.KeyKeeper} carries out.
 *
 * <p>Decisions about keys enter here as pure functions of keys, configuration and clock.
 *
 * <p><b>Trust.</b> An attacker who controls it decides when a signer asks for keys; the registrar
 * decides which of them it states.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.rotation;
