/**
 * What a configuration file says to a registrar.
 *
 * <p>Only values and their checks enter here; nothing in this package opens a file or a key.
 *
 * <p><b>Trust.</b> An attacker who controls it names the signers and the root of one registrar;
 * verifiers pin the root themselves.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.registrar.settings;
