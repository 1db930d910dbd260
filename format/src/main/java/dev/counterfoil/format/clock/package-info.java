/**
 * Time as a host's clock tells it, which people and time servers set, also backwards.
 *
 * <p><b>Trust.</b> It holds no secret. An attacker who controls it can have everything asked for
 * too often, or nothing again.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.clock;
