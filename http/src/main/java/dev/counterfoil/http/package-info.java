/**
 * What the HTTP side of all processes shares: the listener, how it answers, and who calls.
 *
 * <p>What one process alone answers does not enter.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.http;
