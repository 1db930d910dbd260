package dev.counterfoil.pages;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a person signs in, and where they are signed in.
 *
 * @param passkeys theirs
 * @param sessions theirs, this one first
 * @param hasPassword whether they have a password too
 * @param recoveryCodes how many recovery codes are left; empty for people without one-time codes
 * @param links accounts at other providers that sign them in
 * @param upstreams other providers, of which they may link an account
 * @param mayAddPasskey whether the issuer takes passkeys
 * @param addPasskeyOptions a {@code PublicKeyCredentialCreationOptionsJSON} (WebAuthn Level 3) once
 *     there is a fresh proof
 * @param signal what the browser is told of passkeys that hold (WebAuthn Level 3, 5.1.10)
 */
public record SignInWays(
    List<PasskeyRow> passkeys,
    List<SessionRow> sessions,
    boolean hasPassword,
    Optional<Integer> recoveryCodes,
    List<LinkRow> links,
    List<UpstreamOffer> upstreams,
    boolean mayAddPasskey,
    Optional<String> addPasskeyOptions,
    Optional<String> signal) {
  /**
   * One passkey.
   *
   * @param id base64url
   * @param label for people
   * @param backedUp whether a provider keeps copies of it
   * @param made when
   * @param used when last
   */
  public record PasskeyRow(
      String id, String label, boolean backedUp, Instant made, Optional<Instant> used) {}

  /**
   * One account at another provider.
   *
   * @param issuer of the provider
   * @param account its subject there
   * @param label for people
   * @param made when it was linked
   */
  public record LinkRow(String issuer, String account, String label, Instant made) {}

  /**
   * One session.
   *
   * @param id its public handle
   * @param browser in words
   * @param address from where it began
   * @param by how it began, in words
   * @param since when
   * @param until when it ends by itself
   * @param isThis whether this page is shown to it
   */
  public record SessionRow(
      String id,
      String browser,
      String address,
      String by,
      Instant since,
      Instant until,
      boolean isThis) {}
}
