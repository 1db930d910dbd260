/**
 * The log by itself, as a process on a real disk, and its levels in a whole installation.
 *
 * <p>One refused entry voids a run, so no figure counts what was not recorded.
 *
 * <p><b>Trust.</b> Its entries name nobody, and its key is made for the run.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.log;
