/**
 * What a verifier tells the monitor: sightings of tokens, and which keys it has, by {@link
 * dev.counterfoil.verifier.reporting.SightingReporter}.
 *
 * <p>Sightings enter, wait in a queue with a bound, and go out in batches with an access token of
 * this client.
 *
 * <p><b>Trust.</b> An attacker who controls it holds the client's key: it can hide and invent
 * sightings, and acknowledge keys, under the name of this service. It cannot make a token pass.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.verifier.reporting;
