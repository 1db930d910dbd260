/**
 * What the configuration file says to the authority.
 *
 * <p>Only values and their checks enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it chooses listeners, clients' limits and cosigners of
 * a domain; it names no key.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.settings;
