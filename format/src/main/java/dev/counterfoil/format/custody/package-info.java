/**
 * What custodians state of whose leaves a log has (spec/custody.md).
 *
 * <p><b>Trust.</b> An attacker who controls it has a count accepted that no custodian signed.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.custody;
