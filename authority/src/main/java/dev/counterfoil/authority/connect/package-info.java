/**
 * OpenID Connect: a client sends a person's browser here, and gets codes, ID tokens and userinfo.
 *
 * <p>What it may have is decided by pure functions ({@link
 * dev.counterfoil.authority.connect.AuthorizationRequest}, {@link
 * dev.counterfoil.authority.connect.AuthorizationSteps}); who the person is, sign-in knows.
 *
 * <p><b>Trust.</b> An attacker who controls it has tokens issued in the name of any person of the
 * domain, to any client, inside the scope of the signer's keys. Each of them is recorded, and shows
 * in the name of that person.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.connect;
