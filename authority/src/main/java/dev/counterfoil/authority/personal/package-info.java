/**
 * What people see of the tokens that were issued in their name.
 *
 * <p>A signed-in person enters here, and what the monitor holds of that person's tokens; no token
 * leaves.
 *
 * <p><b>Trust.</b> An attacker who controls it reads what the audit log holds of every tenant, as
 * one who holds the authority can anyway, and hides tokens from the people they name. It issues
 * nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.personal;
