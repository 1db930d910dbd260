/**
 * Counterfoils on disk: segments, index, archives and their keys.
 *
 * <p>Only records whose leaf is known enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it reads and destroys counterfoils of this custodian;
 * it makes none that fits the log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian.held;
