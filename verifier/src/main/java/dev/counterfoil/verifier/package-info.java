/**
 * Checking tokens where they are used: {@link dev.counterfoil.verifier.Verifier}.
 *
 * <p><b>Trust.</b> The verifier starts from one file, the {@link
 * dev.counterfoil.format.policy.TrustPolicy}, and holds no secret but the reporter's own client
 * key.
 *
 * <ul>
 *   <li>An attacker who controls the <em>network or the authority</em> between verifier and log can
 *       make tokens be refused: every answer is checked against the root or the log's key, so it
 *       cannot make a forged token pass, un-revoke one beyond the end of the last key set, or hide
 *       a fork of the log that this verifier has seen both sides of. It can hold revocations back
 *       for as long as keys may age: five minutes, or an hour where every leaf is received ({@link
 *       dev.counterfoil.verifier.StreamLimits#outageMax}).
 *   <li>An attacker who controls a <em>neighbour</em> that shares its leaves can hold them back,
 *       and no more: leaves count by the log's signature alone.
 *   <li>An attacker who holds a <em>token key</em> can sign what it likes and is refused, because
 *       no leaf of the key's log has the digest of its token; what it tries is reported. Where the
 *       service said {@link dev.counterfoil.verifier.VerifierBuilder#reportedOnly} it gets in, and
 *       is only reported.
 *   <li>An attacker who holds a token key <em>and</em> the key of its log can record a forged
 *       token: then it stands in the log for everybody to see.
 *   <li>An attacker who controls the <em>service</em> that embeds the verifier can do what that
 *       service may do, and can hide or invent sightings. It cannot mint anything.
 * </ul>
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.verifier;
