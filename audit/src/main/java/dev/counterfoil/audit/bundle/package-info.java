/**
 * Exports, and the judge of an export (spec/audit-bundle.md).
 *
 * <p>Nothing enters the judge that the receiver of a bundle does not have: no store, no journal, no
 * name.
 *
 * <p><b>Trust.</b> An attacker who controls the export withholds events from it; its stated counts
 * show how many. An attacker who controls the judge tells one reader what it likes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.bundle;
