/**
 * What the monitor's configuration file says.
 *
 * <p>Only values and their checks enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it chooses what a monitor follows and whom it tells.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.settings;
