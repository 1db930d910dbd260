/**
 * Sends security events to the receivers that asked for them: streams and what waits for them in
 * SQL, each event signed once and sent until it is taken (RFC 8935), fetched (RFC 8936) or dead.
 *
 * <p>Only an event that happened enters, by {@link dev.counterfoil.signals.sending.Streams#tell}.
 * No key and no HTTP listener.
 *
 * <p><b>Trust.</b> An attacker who controls this room can keep receivers from hearing, tell them of
 * what did not happen, and send to what the guard of outbound requests lets it; it sees the
 * receivers' Authorization headers. The signer records every event before it signs it, in a form
 * that is good for nothing else.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signals.sending;
