/**
 * What a configuration file says to a signer.
 *
 * <p>Only values and their checks enter here; nothing in this package opens a file, a socket or a
 * key.
 *
 * <p><b>Trust.</b> An attacker who controls it chooses quotas and release of one signer. It gets no
 * key stated that its registrar's own configuration refuses.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.settings;
