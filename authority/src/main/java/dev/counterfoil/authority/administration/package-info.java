/**
 * How a domain is administered: its clients here, its people and groups through their room; at the
 * admin socket, and over HTTP where that is configured.
 *
 * <p>A command enters here with who asks, and a route with its row in {@code
 * spec/administration.openapi.json}.
 *
 * <p><b>Trust.</b> An attacker who controls it registers clients and becomes any person of the
 * domain, with an event of each change for as long as the audit log is another's. It makes no token
 * outside the scope of the signer's keys. A stolen token of an administrator of one tenant does the
 * same to that tenant until it expires, from the networks that are configured.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.administration;
