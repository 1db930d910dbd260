/**
 * What the monitor answers over HTTP to those who report and those who read findings.
 *
 * <p>A path enters here with the scope that opens it.
 *
 * <p><b>Trust.</b> An attacker who controls it drops sightings and hides findings from their
 * readers.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.http;
