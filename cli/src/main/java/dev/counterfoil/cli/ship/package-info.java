/**
 * Ships lines of files as audit events.
 *
 * <p>The file is the spool; nothing is kept here that is not in it.
 *
 * <p><b>Trust.</b> Who controls it sends what a source did not write, under that source's name.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.ship;
