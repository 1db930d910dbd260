/**
 * One run of a drill: expectations stated before, what was observed, the report, and an end that
 * leaves nothing behind.
 *
 * <p>What every drill needs enters here; no part of the product does.
 *
 * <p><b>Trust.</b> An attacker who controls it calls a failed drill passed. Nothing in production
 * runs it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.run;
