package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.SignerSearch.Signed;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what was seen of a token as a {@link Sighting}. */
final class Sightings {
  private Sightings() {}

  /** The sightings of a token that was checked just now: of what is no token one for each key's. */
  static List<Sighting> of(
      TokenCheck check,
      Verification verification,
      String token,
      Instant now,
      Expectations expectations,
      RequestContext request) {
    Sighting first = first(check, verification, token, now, expectations, request);
    if (!(verification instanceof Refused refused)) {
      return List.of(first);
    }
    List<Sighting> all = new ArrayList<>(List.of(first));
    for (Signed other : check.allSigned().stream().skip(1).toList()) {
      String outcome = outcome(check, other, refused.code());
      String kid = other.key().kid();
      all.add(sighting(now, outcome, other.digest(), kid, null, expectations, request, null, true));
    }
    return all;
  }

  private static Sighting first(
      TokenCheck check,
      Verification verification,
      String token,
      Instant now,
      Expectations expectations,
      RequestContext request) {
    CompactToken parsed = check.token();
    @Nullable Hash digest = parsed == null ? null : parsed.digest();
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
      Signed by = check.allSigned().stream().findFirst().orElse(null);
      if (by != null) {
        // Of a text that is no token of ours only what a key has signed can have a counterfoil.
        digest = by.digest();
        signer = by.key();
        outcome = outcome(check, by, refused.code());
      }
      signed = !forged && signer != null;
    }
    return sighting(
        now,
        outcome,
        digest,
        signer == null ? check.keyName() : signer.kid(),
        check.claimsForSighting(),
        expectations,
        request,
        evidence,
        signed);
  }

  /** That no log has the digest says more than how the token is spelled. */
  private static String outcome(TokenCheck check, Signed by, RefusalCode code) {
    return !code.isUndecided() && code != RefusalCode.DIGEST_UNKNOWN && check.isUnrecorded(by)
        ? RefusalCode.DIGEST_UNKNOWN.text()
        : code.text();
  }

  /** How another issuer spells its tokens is its own affair: an odd one is none of a thief's. */
  private static boolean isForgedWhenSigned(TokenCheck check, RefusalCode code) {
    boolean ofItsSpelling = code == RefusalCode.MALFORMED || code == RefusalCode.ALGORITHM;
    return code.isForgedWhenSigned() && !(ofItsSpelling && check.isForeign());
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
