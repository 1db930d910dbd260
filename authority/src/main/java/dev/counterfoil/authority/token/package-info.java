/**
 * The endpoints of OAuth: token, introspection, revocation.
 *
 * <p>A grant or an endpoint enters here with the RFC that asks for it.
 *
 * <p><b>Trust.</b> An attacker who controls it issues recorded tokens to any client, inside the
 * scope of the signer's keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.token;
