/**
 * Exports, and the judge of an export (spec/audit-bundle.md).
 *
 * <p>Nothing enters the judge that the receiver of a bundle does not have: no store, no journal, no
 * name.
 *
 * <p><b>Trust.</b> Who controls the export withholds events from it; its stated counts show how
 * many. Who controls the judge tells one reader what he likes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.bundle;
