package dev.counterfoil.authority.http;

import dev.counterfoil.signerprotocol.Answer;
import java.time.Duration;

/**
 * What clients hear when a signer, registrar or database refuses or is not there: the one place.
 */
public final class SignerRefusals {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration LATER = Duration.ofSeconds(30);

  private SignerRefusals() {}

  /** A refusal as the client hears it. */
  public static OAuthError of(Answer.Refused refused) {
    return switch (refused.code()) {
      case OUT_OF_SCOPE ->
          OAuthError.of(
              OAuthError.Code.INVALID_TARGET,
              "no key of this issuer may sign such a token: ask its operator about the key's"
                  + " tenants, audiences and longest life");
      case QUOTA ->
          new OAuthError(
              OAuthError.Code.QUOTA, "the quota of the client or its tenant is used up", SOON);
      case BUSY -> OAuthError.unavailable("too many requests at this time", SOON);
      case NO_KEY, SEALED -> OAuthError.unavailable("no key is active at this time", SOON);
      case LEVEL_NOT_REACHED ->
          OAuthError.unavailable(
              "the token was recorded, but not held or cosigned in time: it is not given out",
              SOON);
      case DISK_FULL ->
          OAuthError.unavailable("the journal has no room: the operator has to make some", LATER);
      case GONE -> OAuthError.of(OAuthError.Code.GONE, refused.text());
      case MALFORMED, NOT_ALLOWED, NOT_ITS_OWN, UNKNOWN, CONFLICT, OUTDATED, TOO_SOON ->
          OAuthError.of(
              OAuthError.Code.SERVER_ERROR,
              "the signer did not take the request; the server's log says why");
    };
  }

  /** A signer that is not there or does not answer. */
  public static OAuthError unavailable() {
    return OAuthError.unavailable("the signer does not answer at this time", SOON);
  }

  /** The same of the registrar. */
  public static OAuthError registrarUnavailable() {
    return OAuthError.unavailable("the registrar does not answer at this time", SOON);
  }

  /** The same of the database of people and clients. */
  public static OAuthError databaseUnavailable() {
    return OAuthError.unavailable("the database does not answer at this time", SOON);
  }
}
