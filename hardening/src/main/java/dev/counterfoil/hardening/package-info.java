/**
 * Protects the process from being read by others, and limits what it is of use for after it is
 * taken over: Landlock, the system-call filter, dumps, keys in native memory.
 *
 * <p>A measure enters here when a start can try it and say whether it holds.
 *
 * <p><b>Trust.</b> An attacker who controls it leaves the keys in memory open to the process's own
 * Unix user and to root.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.hardening;
