/** Reaches the parts of the audit log that benchmarks measure one by one. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit;
