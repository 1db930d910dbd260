/**
 * One run of a benchmark: its folder, the processes that it starts, the load on them, its report.
 *
 * <p>Every measurement enters here; no part of the product does.
 *
 * <p><b>Trust.</b> An attacker who controls it publishes wrong figures, and reaches no key of an
 * installation in use.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.run;
