/**
 * What a configuration file says to both programs, and which times and purposes of keys follow from
 * it.
 *
 * <p>Only values and their checks enter here; nothing in this package opens a file, a socket or a
 * key.
 *
 * <p><b>Trust.</b> An attacker who controls it chooses purposes, times and users of one process. A
 * signer gets no key stated that its registrar's own configuration refuses.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.process.settings;
