/**
 * What pages show: the monitor's answers, turned into sentences, tables and trees.
 *
 * <p>JSON of the monitor enters, and blocks of a page leave. Everything is a pure function but the
 * questions themselves.
 *
 * <p><b>Trust.</b> An attacker who controls it can show people what is not so. It sees access
 * tokens of those who look, and passes them to the monitor alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.console.views;
