/**
 * OpenID Shared Signals at the authority: the transmitter's metadata, streams and polling over
 * HTTP, the tokens of events, and where events come from here.
 *
 * <p>A client with an access token for this issuer and scope {@code ssf.manage} has one stream. A
 * new source of events enters in {@link dev.counterfoil.authority.signals.SignalSources}, durable
 * before what it tells of is forgotten.
 *
 * <p><b>Trust.</b> An attacker who controls this room can tell receivers of what did not happen, so
 * that they end sessions, or keep them from hearing. It has no key: the signer records each event
 * and composes it so that it is good for nothing else.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.signals;
