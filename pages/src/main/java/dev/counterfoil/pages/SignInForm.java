package dev.counterfoil.pages;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form that signs in.
 *
 * @param hidden fields that come back with it
 * @param username that was typed, or is hinted at
 * @param asksPassword whether it is the second step
 * @param again whether a person who is signed in is asked for a fresh proof
 * @param passkeyOptions a {@code PublicKeyCredentialRequestOptionsJSON} (WebAuthn Level 3); empty
 *     where the issuer takes no passkeys
 * @param unknownPasskey what the browser is told of a passkey that nobody has (WebAuthn Level 3,
 *     5.1.10)
 * @param organisation what was typed as the person's organisation; empty where it is not asked for
 * @param upstreams other providers at which the person may sign in
 * @param upstreamQuery what the address of one says beside its name
 * @param problem what went wrong before, in words that say how to mend it
 */
public record SignInForm(
    Map<String, String> hidden,
    String username,
    boolean asksPassword,
    boolean again,
    Optional<String> passkeyOptions,
    Optional<String> unknownPasskey,
    Optional<String> organisation,
    List<UpstreamOffer> upstreams,
    String upstreamQuery,
    Optional<String> problem) {}
