/**
 * What an operator does when a key or a signer is in other hands: whom to suspect, what to revoke,
 * what stands published still.
 *
 * <p><b>Trust.</b> An attacker who controls it has an operator revoke what is good, or leave
 * standing what is stolen; all of it stands in the key log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.compromise;
