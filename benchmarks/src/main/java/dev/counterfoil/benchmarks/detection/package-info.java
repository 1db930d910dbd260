/**
 * Worlds of people with attacks among them, and what rules and matching find of these. Whoever
 * controls it makes detection look better or worse than it is; no server loads it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.detection;
