/**
 * How often something may be tried: a name, a person, an address, at all authorities of a domain
 * together.
 *
 * <p>What is counted and how much of it is allowed enters here. Whether an attempt was right does
 * not.
 *
 * <p><b>Trust.</b> An attacker who controls it can guess passwords and codes without a limit, or
 * lock people out. A hash still takes its time, and a passkey cannot be guessed.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.attempts;
