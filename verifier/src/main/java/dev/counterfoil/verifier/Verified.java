package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.TokenId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A token that was checked in every respect and was issued; or, for a service that said {@link
 * VerifierBuilder#reportedOnly}, that passes without: {@link #proof} tells. Only {@link
 * Verifier#verify} makes one, and what a token says can be read from nothing else.
 */
public final class Verified implements Verification {
  private final TokenClaims claims;
  private final TokenId tokenId;
  private final String keyId;
  private final Hash digest;
  private final IssuanceProof proof;
  private final TokenEnds.Grounds grounds;

  Verified(
      TokenClaims claims,
      TokenId tokenId,
      String keyId,
      Hash digest,
      IssuanceProof proof,
      TokenEnds.Grounds grounds) {
    this.claims = claims;
    this.tokenId = tokenId;
    this.keyId = keyId;
    this.digest = digest;
    this.proof = proof;
    this.grounds = grounds;
  }

  /** The same, of which nothing shows any more that it was issued. */
  Verified reportedOnly(Refused refusal) {
    return new Verified(
        claims,
        tokenId,
        keyId,
        digest,
        new IssuanceProof.ReportedOnly(tokenId.position(), refusal.code(), refusal.reason()),
        grounds);
  }

  /**
   * The {@code iss}: the policy's issuer, or an attached one that the service named. A {@code sub}
   * names a subject only together with it.
   */
  public String issuer() {
    return claims.issuer();
  }

  /** The {@code sub}: for whom the token acts. */
  public String subject() {
    return claims.subject();
  }

  /** The handle by which it is revoked together with others; empty where it has none. */
  public Optional<GroupHandle> group() {
    return Optional.ofNullable(claims.group());
  }

  /** The {@code client_id}; every access token has one. */
  public Optional<String> clientId() {
    return Optional.ofNullable(claims.clientId());
  }

  /** The words of {@code scope}. */
  public Set<String> scopes() {
    return claims.scopes();
  }

  /** The {@code tenant}. */
  public String tenant() {
    return claims.tenant();
  }

  /** Every {@code aud}. */
  public List<String> audiences() {
    return claims.audiences();
  }

  /** The {@code iat}. */
  public Instant issuedAt() {
    return claims.issuedAt();
  }

  /** The {@code exp}: the first instant at which the token is no good. */
  public Instant expiresAt() {
    return claims.expiresAt();
  }

  /**
   * The {@code jti}, taken apart. Of a token that another issuer composed, and that was found by
   * its digest: the record log, the position there, and the digest.
   */
  public TokenId tokenId() {
    return tokenId;
  }

  /** The token's position in its log. */
  public long position() {
    return tokenId.position();
  }

  /** The thumbprint of the key that signed it. */
  public String keyId() {
    return keyId;
  }

  /** The thumbprint of the client's key that the token is bound to; its proof was checked. */
  public Optional<String> boundTo() {
    return Optional.ofNullable(claims.binding().key());
  }

  /**
   * The thumbprint of the client's certificate that the token is bound to (RFC 8705); it was
   * presented.
   */
  public Optional<String> boundToCertificate() {
    return Optional.ofNullable(claims.binding().certificate());
  }

  /** What shows that it was issued. */
  public IssuanceProof proof() {
    return proof;
  }

  /**
   * Why a token that was presented once is no good any more: it expired, it or its key was revoked,
   * or nobody can tell now ({@link RefusalCode#isUndecided}). Empty while it is good. Costs no
   * call; what a client has to show anew with each request is not looked at.
   */
  public Optional<Refused> ended() {
    return grounds.ends().ended(this);
  }

  /**
   * Calls back once when the token is good no more, within a second of when this verifier learns
   * it, for sessions that last longer than a request; with what {@link #ended} says. A verifier
   * that is closed ends all.
   *
   * <p>Close what this gives when the session is over. It is forgotten at the token's end anyway.
   *
   * @param listener called on a thread of the verifier's, which it must not hold up; what it throws
   *     is logged
   * @throws IllegalStateException when 100,000 tokens are watched already, or the verifier is
   *     closed: open no session then
   */
  public EndWatch onEnd(Consumer<Refused> listener) {
    return grounds.ends().watch(this, listener);
  }

  /** Every claim. */
  public JsonObject claims() {
    return claims.all();
  }

  /**
   * What to write into audit records: the SHA-256 of the signing input in base64url. It identifies
   * the token, leads to its leaf in the log, and cannot be used in the token's place.
   */
  public String auditId() {
    return digest.base64Url();
  }

  TokenEnds.Grounds grounds() {
    return grounds;
  }

  TokenClaims tokenClaims() {
    return claims;
  }

  /** SHA-256 of its signing input: what tells it from a token that copies its identifier. */
  public Hash digest() {
    return digest;
  }

  @Override
  public String toString() {
    return "Verified[" + tokenId + ", tenant=" + tenant() + ", subject=" + subject() + "]";
  }
}
