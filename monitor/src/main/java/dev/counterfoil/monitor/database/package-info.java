/**
 * The monitor's database, and how much it may hold.
 *
 * <p>Only connection, size and refusal enter here; tables are their rooms'.
 *
 * <p><b>Trust.</b> An attacker who controls it changes what the monitor remembers; counterfoils and
 * logs are elsewhere.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.database;
