package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what was seen of a token as a {@link Sighting}. */
final class Sightings {
  private Sightings() {}

  /** The sighting of a token that was checked just now. */
  static Sighting of(
      TokenCheck check,
      Verification verification,
      String token,
      Instant now,
      Expectations expectations,
      RequestContext request) {
    @Nullable TrustedKey signer = null;
    String outcome = verification instanceof Unrecorded ? Sighting.UNRECORDED : Sighting.ACCEPTED;
    @Nullable String evidence = null;
    // Of what passed though nothing shows that it was issued, the monitor is to look at once.
    boolean signed =
        verification instanceof Verified verified
            && verified.proof() instanceof IssuanceProof.ReportedOnly;
    if (verification instanceof Refused refused) {
      outcome = refused.code().text();
      // A whole token is a credential wherever nobody asks for its counterfoil. It leaves the
      // service only when its key has signed what its signer never would.
      // An honest token of another domain, at the wrong service, is no evidence.
      boolean elsewhere = refused.code() == RefusalCode.ISSUER && check.isOfItsKeysIssuer();
      boolean forged =
          !elsewhere
              && check.isSignedByItsKey()
              && (isForgedWhenSigned(check, refused.code()) || check.isShownForged());
      evidence = forged ? token : null;
      // Where the whole token stays here, that a key was used is said at least, whatever else is
      // wrong with the token: the monitor looks for its digest in the record.
      List<TokenCheck.Signed> all = check.allSigned();
      signer = all.isEmpty() ? null : all.get(0).key();
      signed = !forged && signer != null;
      if (!all.isEmpty()) {
        outcome = outcome(check, all.get(0), refused.code());
      }
    }
    return sighting(
        now,
        outcome,
        digest(check, signer),
        signer == null ? check.keyName() : signer.kid(),
        check.claimsForSighting(),
        expectations,
        request,
        evidence,
        signed);
  }

  /** The sightings of what else keys have signed in a text that is no token. */
  static List<Sighting> ofOthers(
      TokenCheck check,
      Verification verification,
      Instant now,
      Expectations expectations,
      RequestContext request) {
    return verification instanceof Refused refused
        ? check.allSigned().stream()
            .skip(1)
            .map(
                other ->
                    sighting(
                        now,
                        outcome(check, other, refused.code()),
                        other.digest(),
                        other.key().kid(),
                        null,
                        expectations,
                        request,
                        null,
                        true))
            .toList()
        : List.of();
  }

  /** That no log has the digest says more than how the token is spelled. */
  private static String outcome(TokenCheck check, TokenCheck.Signed by, RefusalCode code) {
    return !code.isUndecided() && code != RefusalCode.DIGEST_UNKNOWN && check.isUnrecorded(by)
        ? RefusalCode.DIGEST_UNKNOWN.text()
        : code.text();
  }

  /** How another issuer spells its tokens is its own affair: an odd one is none of a thief's. */
  private static boolean isForgedWhenSigned(TokenCheck check, RefusalCode code) {
    boolean ofItsSpelling = code == RefusalCode.MALFORMED || code == RefusalCode.ALGORITHM;
    return code.isForgedWhenSigned() && !(ofItsSpelling && check.isForeign());
  }

  /** Of a text that is no token of ours only what a key has signed can have a counterfoil. */
  private static @Nullable Hash digest(TokenCheck check, @Nullable TrustedKey signer) {
    return check.token() != null || signer != null ? check.signedDigest() : null;
  }

  /** The sighting of a token that was verified before and is refused now. */
  static Sighting of(
      Verified verified,
      RefusalCode code,
      Instant now,
      Expectations expectations,
      RequestContext request) {
    return sighting(
        now,
        code.text(),
        verified.digest(),
        verified.keyId(),
        verified.tokenClaims(),
        expectations,
        request,
        null,
        code.isRevocation());
  }

  private static Sighting sighting(
      Instant now,
      String outcome,
      @Nullable Hash digest,
      @Nullable String kid,
      @Nullable TokenClaims claims,
      Expectations expectations,
      RequestContext request,
      @Nullable String evidence,
      boolean signed) {
    return new Sighting(
        now,
        outcome,
        digest == null ? Sighting.Grade.IDENTIFIER : Sighting.Grade.DIGEST,
        new Sighting.Token(
            digest,
            Sighting.fitting(kid),
            claims == null ? null : Sighting.fitting(claims.issuer()),
            claims == null || claims.tenant().isEmpty() ? null : Sighting.fitting(claims.tenant()),
            claims == null ? null : Sighting.fitting(claims.subject()),
            claims == null ? null : Sighting.fitting(claims.clientId()),
            claims == null ? null : Sighting.fitting(claims.tokenId()),
            claims == null ? null : claims.issuedAt().getEpochSecond(),
            claims == null ? null : claims.expiresAt().getEpochSecond()),
        new Sighting.Use(
            String.valueOf(Sighting.fitting(expectations.audience())),
            Sighting.fitting(request.resource()),
            Sighting.fitting(request.method()),
            Sighting.fitting(request.clientAddress())),
        1,
        evidence,
        signed);
  }
}
