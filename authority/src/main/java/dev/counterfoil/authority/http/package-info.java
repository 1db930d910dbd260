/**
 * How requests are read and answered: forms, limits, refusals in the words of OAuth.
 *
 * <p>Bytes from strangers enter here, and each has a bound.
 *
 * <p><b>Trust.</b> An attacker who controls it reads every token and client secret that passes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.http;
