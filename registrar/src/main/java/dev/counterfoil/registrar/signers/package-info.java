/**
 * What each signer may have stated: its own keys, within the rules and its share of the key log;
 * and the alarms when one goes beyond.
 *
 * <p><b>Trust.</b> An attacker who controls this room gives one signer the statements of another,
 * or lets it fill the key log. They state nothing that the root does not delegate.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar.signers;
