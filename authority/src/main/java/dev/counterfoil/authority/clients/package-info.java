/**
 * The clients of a domain, how each proves who it is, and what it gets.
 *
 * <p>A way to authenticate enters here with its replay rule.
 *
 * <p><b>Trust.</b> An attacker who controls it speaks as any client of the domain, inside the scope
 * of the signer's keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.clients;
