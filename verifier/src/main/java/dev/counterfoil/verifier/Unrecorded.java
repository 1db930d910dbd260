package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A token of an issuer that keeps no record, checked in every other respect. Whoever holds that
 * issuer's key makes such tokens at will, and nobody can tell. It is no {@link Verified} and cannot
 * be made one; a service that honours it does so knowingly, and only until {@link #until}.
 */
public final class Unrecorded implements Verification {
  private final TokenClaims claims;
  private final String keyId;
  private final Hash digest;
  private final Instant until;

  Unrecorded(TokenClaims claims, String keyId, Hash digest, Instant until) {
    this.claims = claims;
    this.keyId = keyId;
    this.digest = digest;
    this.until = until;
  }

  /** From then on no token of the key is honoured at all. */
  public Instant until() {
    return until;
  }

  /** The {@code iss}: the policy's issuer. */
  public String issuer() {
    return claims.issuer();
  }

  /** The {@code sub}: for whom the token acts. */
  public String subject() {
    return claims.subject();
  }

  /** The {@code client_id}, where the issuer says it. */
  public Optional<String> clientId() {
    return Optional.ofNullable(claims.clientId());
  }

  /** The words of {@code scope}. */
  public Set<String> scopes() {
    return claims.scopes();
  }

  /** The {@code tenant}; where the token says none, the only one that its key serves. */
  public String tenant() {
    return claims.tenant();
  }

  /** Every {@code aud}. */
  public List<String> audiences() {
    return claims.audiences();
  }

  /** The {@code exp}: the first instant at which the token is no good. */
  public Instant expiresAt() {
    return claims.expiresAt();
  }

  /** The thumbprint of the key that signed it. */
  public String keyId() {
    return keyId;
  }

  /** Every claim. */
  public JsonObject claims() {
    return claims.all();
  }

  /** What to write into audit records: the SHA-256 of the signing input in base64url. */
  public String auditId() {
    return digest.base64Url();
  }

  @Override
  public String toString() {
    return "Unrecorded[until=" + until + ", tenant=" + tenant() + ", subject=" + subject() + "]";
  }
}
