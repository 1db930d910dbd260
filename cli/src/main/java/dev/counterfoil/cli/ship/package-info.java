/**
 * Where commands ship the records of files: over HTTP as a client, or at the monitor's admin socket
 * as its operator.
 *
 * <p><b>Trust.</b> An attacker who controls it sends what a source did not write, under that
 * source's name.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.ship;
