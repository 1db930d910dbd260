/**
 * Reads a log again all the time, and tells whether the clock is right.
 *
 * <p>A check that runs beside a log enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it hides damage to a disk until someone else reads it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.care;
