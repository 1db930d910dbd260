/**
 * A whole installation: how soon it is ready, what the guard costs, and drills at full size.
 *
 * <p>A drill that fails voids its run.
 *
 * <p><b>Trust.</b> It attacks throwaway installations alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.installation;
