package dev.counterfoil.keycloak;

import org.keycloak.crypto.SignatureException;
import org.keycloak.provider.Provider;

/** Puts what a realm's key is about to sign on record. */
interface RecordProvider extends Provider {
  /** Whether the tokens of a realm are recorded. */
  boolean records(String realm);

  /**
   * Says whether a token could be released now, without waiting for anything.
   *
   * @throws jakarta.ws.rs.WebApplicationException with status 503 when it could not
   */
  void admit();

  /**
   * Returns once a signing input may be signed: when it is recorded, when the configuration lets it
   * out unrecorded, or when it is no token.
   *
   * @throws SignatureException when it must not be signed
   */
  void record(byte[] signingInput) throws SignatureException;

  @Override
  default void close() {}
}
