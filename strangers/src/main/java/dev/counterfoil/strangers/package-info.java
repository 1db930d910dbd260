/**
 * Verifiers that we did not write, set up as their documentation begins: with the caches that they
 * have by default. The drill {@code rotation} shows them tokens.
 *
 * <p><b>Trust.</b> None is needed and none is given: it runs as a process of the drill's, knows
 * addresses of JWK sets and tokens of a throwaway installation, and says yes or no. Its libraries
 * stand on the class path of no other program. An attacker who controls them can have a drill fail
 * or pass.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.strangers;
