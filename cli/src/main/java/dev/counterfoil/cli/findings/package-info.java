/**
 * The commands below {@code findings}: what is suppressed for a while, and whether it was right.
 *
 * <p><b>Trust.</b> What the monitor says enters, with texts that strangers chose; they are printed
 * as plain text. An attacker who controls these commands does what their operator may do.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.findings;
