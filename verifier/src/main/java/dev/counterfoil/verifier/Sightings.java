package dev.counterfoil.verifier;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.format.token.CompactToken;
import java.time.Instant;
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
    CompactToken parsed = check.token();
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
          refused.code().isForgedWhenSigned()
              ? !elsewhere && check.isSignedByItsKey()
              : refused.code().isRevocation() && check.isShownForged();
      evidence = forged ? token : null;
      // Where the whole token stays here, that its key was used is said at least: a decoy key shows
      // itself by it, and a token that nobody could show to be issued, or whose proofs were not its
      // own, is looked for by the monitor.
      signed =
          !forged
              && (check.isFoundSigned()
                  || ((elsewhere || refused.code().isRevocation()) && check.isSignedByItsKey()));
    }
    return sighting(
        now,
        outcome,
        parsed == null ? null : parsed.digest(),
        check.keyName(),
        check.claimsForSighting(),
        expectations,
        request,
        evidence,
        signed);
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
        digest,
        Sighting.fitting(kid),
        claims == null ? null : Sighting.fitting(claims.issuer()),
        claims == null ? null : Sighting.fitting(claims.tenant()),
        claims == null ? null : Sighting.fitting(claims.subject()),
        claims == null ? null : Sighting.fitting(claims.clientId()),
        claims == null ? null : Sighting.fitting(claims.tokenId()),
        claims == null ? null : claims.issuedAt().getEpochSecond(),
        claims == null ? null : claims.expiresAt().getEpochSecond(),
        String.valueOf(Sighting.fitting(expectations.audience())),
        Sighting.fitting(request.resource()),
        Sighting.fitting(request.method()),
        Sighting.fitting(request.clientAddress()),
        1,
        evidence,
        signed);
  }
}
