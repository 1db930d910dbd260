/**
 * Who is signed in at the console: by the OpenID provider of the trust domain, with the
 * authorization code flow, in a session of the console's own.
 *
 * <p>An ID token enters here and counts when the record has it, for this client, this tenant and
 * this browser. What a person may do follows from their tenant and one group; everyone else is
 * denied.
 *
 * <p><b>Trust.</b> An attacker who controls it can let anyone in as anyone; what they then see and
 * do still takes an access token that the authority gives to a person and the monitor checks.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.console.session;
