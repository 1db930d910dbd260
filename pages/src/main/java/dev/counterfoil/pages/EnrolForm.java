package dev.counterfoil.pages;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form of an invited person.
 *
 * @param hidden fields that come back with it
 * @param name of the person
 * @param username with which they will sign in
 * @param passkeyOptions a {@code PublicKeyCredentialCreationOptionsJSON} (WebAuthn Level 3); empty
 *     where the issuer takes no passkeys
 * @param mayPassword whether they may choose a password
 * @param upstreams other providers at which they may have an account
 * @param upstreamQuery what the address of one says beside its name
 * @param problem what went wrong before
 */
public record EnrolForm(
    Map<String, String> hidden,
    String name,
    String username,
    Optional<String> passkeyOptions,
    boolean mayPassword,
    List<UpstreamOffer> upstreams,
    String upstreamQuery,
    Optional<String> problem) {}
