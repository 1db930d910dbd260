/**
 * The read side of a domain's logs: checkpoints, tiles, proofs, leaves, counterfoils for
 * custodians, the record door.
 *
 * <p>A path enters here with who may read it.
 *
 * <p><b>Trust.</b> An attacker who controls it withholds a log from its readers; what does not fit
 * a signed checkpoint is refused by them.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.logs;
