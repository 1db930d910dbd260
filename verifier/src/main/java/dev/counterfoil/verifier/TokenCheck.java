package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.token.TokenHashing;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.LogView.Standing;
import dev.counterfoil.verifier.SignerSearch.Signed;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The check of one token, in order: what costs nothing first, then its signature, and only for a
 * token that its key has really signed the network. One object for one token.
 */
final class TokenCheck {
  /** What the checks need from the verifier. */
  interface Surroundings {
    TrustPolicy policy();

    CompactToken.Reader tokens();

    KeySetSource.Fresh keys();

    KeySetSource.Fresh keysAfterDemand();

    /** The key of another domain that has this identifier. */
    Optional<TrustedKey> keyOfNeighbour(String kid);

    /** The keys of this domain, and those of other domains, as far as they are known here. */
    List<VerificationKeys> rings();

    SignatureCheck signatures();

    /** Finds who signed a token that is refused. */
    SignerSearch signers();

    LogView view(KeySet.StatedLog log);

    Instant now();

    Duration clockSkew();

    ClocksApart clocks();

    /** Takes note of a token that nothing shows to be issued; whether it passes all the same. */
    boolean passesUnshown(Refused refusal);

    /** What is done with proofs that clients send. */
    Stapling stapling();

    /** Where it is asked whether a token that was verified is still good. */
    TokenEnds ends();

    /** Why a proof of possession does not hold; empty when it does. */
    Optional<Refused> bindingRefusal(
        String token, TokenClaims claims, RequestContext request, Expectations expectations);
  }

  private final Surroundings around;
  private final String text;
  private final TokenHashing.@Nullable Hashed hashed;
  private final Expectations expectations;
  private final RequestContext request;

  private @Nullable CompactToken token;
  private @Nullable TokenClaims claims;
  private @Nullable TrustedKey key;
  private KeySet.@Nullable StatedLog log;
  private boolean signed;
  private @Nullable List<Signed> found;
  private boolean demanded;

  /**
   * @param hashed the text with the hash of its signing input, where that is there already
   */
  TokenCheck(
      Surroundings around,
      String text,
      TokenHashing.@Nullable Hashed hashed,
      Expectations expectations,
      RequestContext request) {
    this.around = around;
    this.text = text;
    this.hashed = hashed;
    this.expectations = expectations;
    this.request = request;
  }

  /** The token taken apart, once that was possible. */
  @Nullable CompactToken token() {
    return token;
  }

  /** Its claims, once they could be read. They are what somebody claims: for sightings only. */
  @Nullable TokenClaims claimsForSighting() {
    return claims;
  }

  /** The key that the token names, once it was found. */
  @Nullable TrustedKey key() {
    return key;
  }

  /** The thumbprint of the key that the token names; what it says where no key is known by it. */
  @Nullable String keyName() {
    TrustedKey named = key;
    if (named != null) {
      return named.kid();
    }
    CompactToken parsed = token;
    return parsed == null ? null : parsed.kid();
  }

  /** The log that records the key's tokens, once the token got that far. */
  KeySet.@Nullable StatedLog log() {
    return log;
  }

  /**
   * What keys of the domain, or of a neighbour, have signed: the token, or each text in what is no
   * token, since a thief may put an honest token before a forged one. Asked after the decision.
   */
  List<Signed> allSigned() {
    CompactToken parsed = token;
    TrustedKey named = key;
    if (signed && parsed != null && named != null) {
      return List.of(new Signed(named, parsed.digest()));
    }
    List<Signed> all = found;
    if (all == null) {
      all = search(parsed == null ? SignedText.allIn(text) : List.of(SignedText.of(parsed)));
      found = all;
    }
    return all;
  }

  private List<Signed> search(List<SignedText> texts) {
    if (!texts.isEmpty()) {
      // One that cannot be read is refused without the keys: a new process may have none yet.
      firstKeys();
    }
    return around.signers().all(texts, this::keyFor, around.rings(), around.now().getEpochSecond());
  }

  private @Nullable TrustedKey keyFor(SignedText text) {
    String kid = text.kid();
    if (kid != null && (key == null || token == null)) {
      findKeyForSighting(kid);
    }
    return key;
  }

  /**
   * Whether a key of an attached issuer has signed what no record log has: how the token is spelled
   * and for whom it is then tells nothing. Asked after the decision, and reads the logs: who gets
   * here holds that key, or a token of it.
   */
  boolean isUnrecorded(Signed by) {
    if (!(by.key().statement().record() instanceof RecordForm.Digest form)
        || !(around.keys() instanceof KeySetSource.Fresh.Ring fresh)) {
      return false;
    }
    List<LogView> views = fresh.ring().logs(form).stream().map(around::view).toList();
    return !views.isEmpty()
        && new DigestSearch(fresh.ring(), views, new Leaf(by.digest())).lacks(by.digest());
  }

  /** Whether it is whole and signed by the key that it names, with its algorithm and spelling. */
  boolean isSignedByItsKey() {
    // The search finds the key of a token that was refused before its key was asked for.
    List<Signed> all = allSigned();
    TrustedKey named = key;
    CompactToken parsed = token;
    return parsed != null
        && named != null
        && all.stream().anyMatch(by -> by.key().kid().equals(named.kid()))
        && parsed.signature().length == named.key().jwk().signatureBytes()
        && (signed || SignedText.of(parsed).isSignedBy(named.key(), around.signatures()));
  }

  /** Whether another issuer composes the tokens of its key, as it likes. */
  boolean isForeign() {
    TrustedKey named = key;
    return named != null && named.statement().isForeign();
  }

  /** Whether it names the issuer for which its key signs, here or in another domain. */
  boolean isOfItsKeysIssuer() {
    TokenClaims said = claims;
    TrustedKey named = key;
    return said != null && named != null && named.statement().issuer().equals(said.issuer());
  }

  /**
   * Whether its key has signed it and what is known of the log shows that it was never issued;
   * asked after the decision. Reads nothing: a refusal for revocation must not cost a look into the
   * log.
   */
  boolean isShownForged() {
    CompactToken parsed = token;
    TokenClaims said = claims;
    TrustedKey named = key;
    if (parsed == null
        || said == null
        || said.tokenId() == null
        || named == null
        || !(around.keys() instanceof KeySetSource.Fresh.Ring fresh)) {
      return false;
    }
    TokenId id;
    try {
      id = TokenId.parse(said.tokenId());
    } catch (FormatException e) {
      // A withdrawn key's token is refused before its identifier is read.
      return false;
    }
    return named.statement().record().equals(new RecordForm.Position(id.log()))
        && fresh
            .ring()
            .log(id.log())
            .filter(stating -> around.view(stating).showsAnother(id.position(), parsed.leaf()))
            .isPresent()
        && isSignedByItsKey();
  }

  Verification decide() {
    CompactToken parsed;
    TokenClaims said;
    Foreign foreign = null;
    try {
      foreign = foreign();
      parsed = foreign == null ? parsed() : foreign.token;
      token = parsed;
      PublicJwk.Algorithm.ofJose(parsed.algorithm());
    } catch (FormatException e) {
      return token == null
          ? new Refused(RefusalCode.MALFORMED, String.valueOf(e.getMessage()))
          : new Refused(RefusalCode.ALGORITHM, String.valueOf(e.getMessage()));
    }
    try {
      said =
          foreign == null
              ? TokenClaims.read(parsed.claims(), parsed.type())
              : TokenClaims.readForeign(parsed.claims(), foreign.key);
      claims = said;
    } catch (FormatException e) {
      return new Refused(RefusalCode.MALFORMED, String.valueOf(e.getMessage()));
    }
    if (foreign != null && foreign.key == null) {
      return new Refused(
          RefusalCode.KEY_UNKNOWN,
          "token's key is no confirmed key of the attached issuer "
              + said.issuer()
              + ": counterfoil keys attach confirms it");
    }
    if (!said.issuer().equals(around.policy().issuer())) {
      findKeyForSighting(parsed.kid());
      if (foreign == null || !foreign.isOf(said.issuer())) {
        return new Refused(RefusalCode.ISSUER, "token is of another issuer");
      }
      if (!expectations.attachedIssuers().allows(said.issuer())) {
        return new Refused(
            RefusalCode.ISSUER,
            "token is of an attached issuer, and this service does not name it among those whose"
                + " tokens it takes");
      }
    }
    KeySetSource.Fresh fresh = firstKeys();
    if (fresh instanceof KeySetSource.Fresh.Missing missing) {
      return new Refused(missing.code(), missing.reason());
    }
    VerificationKeys ring = ((KeySetSource.Fresh.Ring) fresh).ring();
    if (ring.key(parsed.kid()) == null && !ring.isWithdrawn(parsed.kid())) {
      // The key may have been stated a moment ago.
      if (around.keysAfterDemand() instanceof KeySetSource.Fresh.Ring newer) {
        ring = newer.ring();
      }
    }
    return decide(parsed, said, ring);
  }

  /** The keys; where there are none that count they are fetched, once for a token. */
  private KeySetSource.Fresh firstKeys() {
    KeySetSource.Fresh known = around.keys();
    if (known instanceof KeySetSource.Fresh.Ring || demanded) {
      return known;
    }
    demanded = true;
    return around.keysAfterDemand();
  }

  private CompactToken parsed() throws FormatException {
    CompactToken.Reader reader = around.tokens();
    TokenHashing.Hashed known = hashed;
    return known == null ? reader.parse(text) : reader.parse(known);
  }

  /**
   * A token that another issuer composed.
   *
   * @param key the statement of the key that it names; null when it says that it is of an attached
   *     issuer, and its key is not stated
   */
  private record Foreign(CompactToken token, @Nullable KeyStatement key) {
    boolean isOf(String issuer) {
      return key != null && key.issuer().equals(issuer);
    }
  }

  /**
   * The token, where another issuer composed it: those have a few liberties that ours have not.
   * Null for every other one and for what cannot be read.
   */
  private @Nullable Foreign foreign() {
    if (around.keys() instanceof KeySetSource.Fresh.Ring fresh
        && (!fresh.ring().hasForeign() || isOfOwnKey(fresh.ring()))) {
      return null;
    }
    try {
      CompactToken parsed = CompactToken.parseForeign(text);
      KeySetSource.Fresh fresh = firstKeys();
      TrustedKey named = named(fresh, parsed);
      if (named == null && isOfAttached(fresh, parsed)) {
        // The key may have been stated a moment ago.
        fresh = around.keysAfterDemand();
        named = named(fresh, parsed);
        if (named == null && isOfAttached(fresh, parsed)) {
          return new Foreign(parsed, null);
        }
      }
      return named != null && named.statement().isForeign()
          ? new Foreign(parsed, named.statement())
          : null;
    } catch (FormatException e) {
      // Said again, and answered, where the token is parsed.
      return null;
    }
  }

  /** Without a look inside: a token of ours is taken apart once, also beside attached issuers. */
  private boolean isOfOwnKey(VerificationKeys ring) {
    String kid = around.tokens().knownKid(text);
    TrustedKey named = kid == null ? null : ring.key(kid);
    return named != null && !named.statement().isForeign();
  }

  private static @Nullable TrustedKey named(KeySetSource.Fresh keys, CompactToken parsed) {
    return keys instanceof KeySetSource.Fresh.Ring fresh ? fresh.ring().key(parsed.kid()) : null;
  }

  private static boolean isOfAttached(KeySetSource.Fresh keys, CompactToken parsed) {
    return keys instanceof KeySetSource.Fresh.Ring fresh
        && parsed.claims().get("iss") instanceof String issuer
        && fresh.ring().attaches(issuer)
        && !fresh.ring().isWithdrawn(parsed.kid());
  }

  private void findKeyForSighting(String kid) {
    if (around.keys() instanceof KeySetSource.Fresh.Ring fresh) {
      key = fresh.ring().key(kid);
    }
    if (key == null) {
      key = around.keyOfNeighbour(kid).orElse(null);
    }
  }

  private Verification decide(CompactToken parsed, TokenClaims said, VerificationKeys ring) {
    TrustedKey stated = ring.key(parsed.kid());
    key = stated;
    String named = stated == null ? parsed.kid() : stated.kid();
    if (ring.isWithdrawn(named)) {
      // The last step of every key's life: whoever comes late has an expired token, and no other.
      return ring.isEnded(named) && !around.now().isBefore(said.expiresAt())
          ? new Refused(RefusalCode.EXPIRED, "token is expired")
          : new Refused(RefusalCode.KEY_WITHDRAWN, "token's key was withdrawn");
    }
    if (stated == null) {
      key = around.keyOfNeighbour(parsed.kid()).orElse(null);
      return key == null
          ? new Refused(RefusalCode.KEY_UNKNOWN, "token's key is not in the key set")
          : new Refused(RefusalCode.DOMAIN, "token's key is a key of another trust domain");
    }
    if (!stated.statement().jwk().algorithm().jose().equals(parsed.algorithm())) {
      return new Refused(RefusalCode.ALGORITHM, "token's algorithm is not its key's");
    }
    if (ring.isTooOld(stated, said.issuedAt())) {
      return new Refused(RefusalCode.KEY_TOO_OLD, "token's key is older than any may be");
    }
    boolean foreign = stated.statement().isForeign();
    boolean attached = !stated.statement().issuer().equals(around.policy().issuer());
    Optional<Refused> refused =
        ClaimChecks.scope(parsed, said, stated.statement())
            .or(() -> foreign ? ClaimChecks.foreignKind(parsed, said) : Optional.empty())
            .or(() -> ClaimChecks.expectations(parsed, said, expectations, attached))
            .or(
                () ->
                    ClaimChecks.times(said, expectations, around.now(), around.clockSkew())
                        .map(no -> new Refused(no.code(), around.clocks().with(no.reason()))));
    if (refused.isPresent()) {
      return refused.get();
    }
    RecordForm form = stated.statement().record();
    if (form instanceof RecordForm.Position position) {
      return decideByPosition(parsed, said, ring, stated, position);
    }
    return form instanceof RecordForm.Digest digest
        ? decideByDigest(parsed, said, ring, stated, digest)
        : decideUnrecorded(parsed, said, ring, stated, (RecordForm.None) form);
  }

  private Verification decideByPosition(
      CompactToken parsed,
      TokenClaims said,
      VerificationKeys ring,
      TrustedKey stated,
      RecordForm.Position form) {
    TokenId id;
    try {
      id = TokenId.parse(String.valueOf(said.tokenId()));
    } catch (FormatException e) {
      return new Refused(RefusalCode.TOKEN_ID, String.valueOf(e.getMessage()));
    }
    if (!form.log().equals(id.log())) {
      return new Refused(RefusalCode.WRONG_LOG, "token names another log than its key's");
    }
    Optional<RefusalCode> revocation =
        ring.revocation(stated.kid(), id, said.issuedAt(), said.group())
            .filter(code -> code != RefusalCode.TOKEN_REVOKED || !expectations.takesEnded());
    if (revocation.isPresent()) {
      return new Refused(revocation.get(), VerificationKeys.text(revocation.get()));
    }
    Optional<Refused> unsigned = unsignedRefusal(parsed, said, stated);
    if (unsigned.isPresent()) {
      return unsigned.get();
    }
    Standing standing = standing(id, parsed, ring);
    IssuanceProof proof;
    if (standing instanceof Standing.NotRecorded not) {
      Refused refusal = new Refused(not.code(), not.reason());
      if (!around.passesUnshown(refusal)) {
        return refusal;
      }
      proof = new IssuanceProof.ReportedOnly(id.position(), not.code(), not.reason());
    } else {
      proof = ((Standing.Recorded) standing).proof();
    }
    return verified(parsed, said, id, stated, proof);
  }

  private Verified verified(
      CompactToken parsed, TokenClaims said, TokenId id, TrustedKey stated, IssuanceProof proof) {
    TokenEnds.Grounds grounds = new TokenEnds.Grounds(around.ends(), stated, log);
    return new Verified(said, id, stated.kid(), parsed.digest(), proof, grounds);
  }

  private Standing standing(TokenId id, CompactToken parsed, VerificationKeys ring) {
    KeySet.StatedLog stating = ring.log(id.log()).orElse(null);
    log = stating;
    if (stating == null) {
      return notRecorded(logMissing());
    }
    return ring.ended(id.log())
        .filter(ended -> id.position() >= ended.size())
        .<Standing>map(ended -> notRecorded(VerificationKeys.pastEnd(ended)))
        .orElseGet(
            () -> {
              LogView view = around.view(stating);
              return stapled(view, id.position(), parsed)
                  .orElseGet(() -> view.standing(id.position(), parsed.leaf()));
            });
  }

  /** What the proof shows that came with the token; empty where the log is to be read. */
  private Optional<Standing> stapled(LogView view, long position, CompactToken parsed) {
    String proof = request.stapledProof();
    return isProofRead(proof)
        ? Optional.of(
            proof == null
                ? notRecorded(proofMissing())
                : view.stapled(OptionalLong.of(position), parsed.leaf(), proof))
        : Optional.empty();
  }

  private boolean isProofRead(@Nullable String proof) {
    return around.stapling() == Stapling.REQUIRED
        || (around.stapling() == Stapling.ACCEPTED && proof != null);
  }

  private static Refused proofMissing() {
    return new Refused(RefusalCode.PROOF_MISSING, "a proof that it was issued is to come with it");
  }

  private static Standing.NotRecorded notRecorded(Refused refusal) {
    return new Standing.NotRecorded(refusal.code(), refusal.reason());
  }

  /**
   * A token that another issuer composed: the authority says where its digest stands, and the log
   * is read to see that it does.
   */
  private Verification decideByDigest(
      CompactToken parsed,
      TokenClaims said,
      VerificationKeys ring,
      TrustedKey stated,
      RecordForm.Digest form) {
    Optional<Refused> unsigned = unsignedRefusal(parsed, said, stated);
    if (unsigned.isPresent()) {
      return unsigned.get();
    }
    List<LogView> views = ring.logs(form).stream().map(around::view).toList();
    if (views.isEmpty()) {
      return logMissing();
    }
    DigestSearch search = new DigestSearch(ring, views, parsed.leaf());
    String proof = request.stapledProof();
    if (proof == null && isProofRead(proof)) {
      return proofMissing();
    }
    DigestSearch.Found found =
        proof == null || !isProofRead(proof) ? search.read(parsed.digest()) : search.stapled(proof);
    log = found.log();
    if (found.standing() instanceof Standing.NotRecorded not) {
      return new Refused(not.code(), not.reason());
    }
    IssuanceProof shown = ((Standing.Recorded) found.standing()).proof();
    TokenId id = new TokenId(found.log().name(), shown.position(), parsed.digest());
    Optional<RefusalCode> revocation =
        ring.revocation(stated.kid(), id, said.issuedAt(), said.group());
    return revocation.isPresent()
        ? new Refused(revocation.get(), VerificationKeys.text(revocation.get()))
        : verified(parsed, said, id, stated, shown);
  }

  /** A token that nobody recorded: never more than {@link Unrecorded}, and that until a date. */
  private Verification decideUnrecorded(
      CompactToken parsed,
      TokenClaims said,
      VerificationKeys ring,
      TrustedKey stated,
      RecordForm.None form) {
    if (!around.now().isBefore(form.until())) {
      return new Refused(
          RefusalCode.UNRECORDED_ENDED, "nobody records the key's tokens, and their time is over");
    }
    if (ring.isTainted(stated.kid())) {
      // A thief dates his tokens as he likes, and no record says when one was issued.
      return new Refused(
          RefusalCode.KEY_TAINTED, "the key may be stolen, and nobody records its tokens");
    }
    return unsignedRefusal(parsed, said, stated)
        .<Verification>map(refused -> refused)
        .orElseGet(() -> new Unrecorded(said, stated.kid(), parsed.digest(), form.until()));
  }

  /** Why the token is not signed by its key, or not shown by its owner; empty when it is both. */
  private Optional<Refused> unsignedRefusal(
      CompactToken parsed, TokenClaims said, TrustedKey stated) {
    Optional<RefusalCode> signature = signatureRefusal(parsed, stated);
    if (signature.isPresent()) {
      return signature.map(code -> new Refused(code, signatureReason(code)));
    }
    signed = true;
    return around.bindingRefusal(text, said, request, expectations);
  }

  private Optional<RefusalCode> signatureRefusal(CompactToken parsed, TrustedKey stated) {
    return stated.statement().isForeign()
        ? around.signatures().foreignRefusal(stated.key(), parsed)
        : around.signatures().refusal(stated.key(), parsed);
  }

  private static Refused logMissing() {
    return new Refused(RefusalCode.PROOF_UNAVAILABLE, "the key's log is not in the key set");
  }

  private static String signatureReason(RefusalCode code) {
    return code == RefusalCode.ALGORITHM_UNAVAILABLE
        ? "token's algorithm cannot be checked here: run on Java 24 or later, or add"
            + " software.amazon.cryptools:AmazonCorrettoCryptoProvider"
        : code == RefusalCode.SIGNATURE_HIGH_S
            ? "token's signature is good, and spelled with s in the upper half, which our signers"
                + " never write: either the token is forged, or its client changed its signature"
            : "token's signature is not good";
  }
}
