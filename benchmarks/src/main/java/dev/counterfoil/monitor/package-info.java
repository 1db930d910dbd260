/** Reaches the parts of the monitor that benchmarks measure one by one. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor;
