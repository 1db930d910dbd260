/**
 * Security events and the tokens that carry them (RFC 8417, OpenID Shared Signals 1.0): values
 * without files, clock and network.
 *
 * <p>A new kind of event enters in {@link dev.counterfoil.signals.EventTypes}, with its row in
 * docs/integrate/shared-signals.md. Text from outside enters through the parsers here, which are
 * fuzzed.
 *
 * <p><b>Trust.</b> An attacker who controls this room can have events misread or left out. It has
 * no key: what is sent is composed, recorded and signed by a signer.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signals;
