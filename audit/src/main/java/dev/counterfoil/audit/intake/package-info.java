/**
 * Takes events in: checks each line, gives it its number and position, and answers when it is
 * durable.
 *
 * <p>A way in for sources enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it refuses, delays or invents events; it does not
 * change one under a checkpoint that someone else holds.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.intake;
