/** Tests of the audit log. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit;
