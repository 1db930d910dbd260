/**
 * What a verifier reads from an authority, and how: {@link
 * dev.counterfoil.verifier.reading.ReadSide} and its HTTP client.
 *
 * <p>Bytes enter here, each answer with a limit, and are judged elsewhere.
 *
 * <p><b>Trust.</b> An attacker who controls it can withhold what was published, so that fresh
 * tokens are refused. Nothing read here counts before a signature over it is checked.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.verifier.reading;
