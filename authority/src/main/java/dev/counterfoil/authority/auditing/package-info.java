/**
 * What the authority says to the audit log: each operation exactly once.
 *
 * <p>What an operation turned out to be about enters here; a secret or a whole token does not.
 *
 * <p><b>Trust.</b> An attacker who controls it hides requests from the audit log; counterfoils
 * still show what was issued.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.auditing;
