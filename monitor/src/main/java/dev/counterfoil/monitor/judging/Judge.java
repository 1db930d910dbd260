package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.judging.CounterfoilSearch.Recorded;
import dev.counterfoil.monitor.judging.KeyCheck.KeyFault;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.monitor.watching.KnownKey;
import dev.counterfoil.monitor.watching.KnownKeys;
import dev.counterfoil.verifier.RefusalCode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a sighting comes to. Changes nothing.
 *
 * <p>Two questions decide. <i>Is there a counterfoil?</i> Yes where the digest is the one at the
 * token's position, or, for want of a digest, every claim that was reported is. <i>Is the token
 * more than noise?</i> Yes where a service accepted it, or it came as evidence with a good
 * signature: anybody can make up a token that is refused, and no such token may raise an alarm.
 *
 * <p>A token may be a moment ahead of its log's checkpoint. So no position past the tip is held
 * against it before a checkpoint came that was asked for later than the sighting plus {@code
 * settle}; with no such checkpoint the sighting waits, for as long as a token is good.
 */
public final class Judge {
  private final Collection<FollowedDomain> domains;
  private final KnownKeys knownKeys;
  private final Canaries canaries;
  private final CounterfoilSearch search;
  private final UnheldTokens unheld;
  private final Duration revocationWithin;
  private @Nullable Instant startedAt;

  public Judge(
      Collection<FollowedDomain> domains,
      KnownKeys knownKeys,
      Canaries canaries,
      FindingStore findings,
      Duration settle,
      Duration revocationWithin) {
    this.domains = List.copyOf(domains);
    this.knownKeys = knownKeys;
    this.canaries = canaries;
    this.search = new CounterfoilSearch(settle);
    this.unheld = new UnheldTokens(settle, findings);
    this.revocationWithin = revocationWithin;
  }

  /**
   * Judges.
   *
   * @param receivedAt when the sighting came in
   */
  Judgement judge(Sighting sighting, Instant receivedAt, Instant now) throws IOException {
    if (startedAt == null) {
      startedAt = now;
    }
    Instant waitsSince = receivedAt.isAfter(startedAt) ? receivedAt : startedAt;
    Presented presented = Presented.of(sighting);
    Optional<KnownKey> key = key(presented);
    Optional<FollowedDomain> domain = domain(presented, key);
    if (domain.isEmpty()) {
      return new Judgement.Unmatched("foreign");
    }
    Optional<KeySet> keys = domain.get().keySet();
    if (keys.isEmpty()) {
      return new Judgement.Wait();
    }
    boolean isProbe = key.isEmpty() && presented.isProbe();
    boolean signed =
        isProbe || (key.isPresent() && presented.isSignedBy(key.get().statement().jwk()));
    Judgement judgement =
        judge(
            new TokenCase(
                presented, domain.get(), keys.get(), key, signed, receivedAt, waitsSince, now));
    return isProbe ? FindingText.ofProbe(judgement) : judgement;
  }

  /** The key that the token names, by its thumbprint or by its issuer's own name for it. */
  private Optional<KnownKey> key(Presented presented) {
    return presented
        .kid()
        .flatMap(knownKeys::find)
        .or(
            () ->
                presented
                    .reportedKid()
                    .flatMap(knownKeys::find)
                    .filter(
                        key ->
                            presented.kid().equals(Optional.ofNullable(key.statement().alias()))));
  }

  /** Whether somebody answers for a log since an instant; a token without one is looked for. */
  boolean isHeard(String domain, Optional<String> log, Instant since) {
    return log.isEmpty()
        || domains.stream()
            .filter(one -> one.name().equals(domain))
            .anyMatch(one -> UnheldTokens.isHeard(one, log, since));
  }

  /** The domain that the token claims, or, for an issuer that is none of ours, its key's. */
  private Optional<FollowedDomain> domain(Presented presented, Optional<KnownKey> key) {
    return domains.stream()
        .filter(domain -> presented.issuer().equals(Optional.of(domain.issuer())))
        .findFirst()
        .or(
            () ->
                domains.stream()
                    .filter(d -> key.isPresent() && key.get().domain().equals(d.name()))
                    .findFirst());
  }

  private Judgement judge(TokenCase that) throws IOException {
    Optional<Canaries.Canary> canary = that.presented().kid().flatMap(canaries::find);
    if (canary.isPresent()) {
      return ofDecoy(that, canary.get());
    }
    KeyCheck check = KeyCheck.of(that);
    if (check.fault() == KeyFault.UNKNOWN && mayBeStated(that)) {
      return new Judgement.Wait();
    }
    if (isForeign(that)) {
      return foreign(that, check);
    }
    if (!that.isMoreThanNoise() && that.presented().parsedTokenId().isEmpty()) {
      // Without a position the whole custody is looked through: not for what anybody can make up.
      return new Judgement.Unmatched("refused");
    }
    Recorded recorded = search.of(that);
    if (recorded == Recorded.NOT_YET_KNOWN) {
      return waitOrUnproven(that, check, recorded);
    }
    if (recorded == Recorded.YES) {
      return recordedToken(that, check);
    }
    if (!that.isMoreThanNoise()) {
      return check.fault() == KeyFault.UNKNOWN && repeatsIdentifier(that)
          ? copied(that, check, recorded)
          : new Judgement.Unmatched("refused");
    }
    if (recorded == Recorded.LOST || recorded == Recorded.BEYOND_TIP) {
      return unheldToken(that, check, recorded);
    }
    if (recorded == Recorded.NO_IDENTIFIER && check.fault() == KeyFault.NONE) {
      return new Judgement.Unmatched("no-identifier");
    }
    return recorded == Recorded.ANOTHER_TOKEN && mayBeOfASigner(check)
        ? displacedToken(that, check, recorded)
        : unrecordedToken(that, check, recorded);
  }

  /** Whether nothing shows yet that no signer of ours made it, wherever it stands. */
  private static boolean mayBeOfASigner(KeyCheck check) {
    return check.fault() == KeyFault.NONE || check.fault() == KeyFault.WITHDRAWN;
  }

  /** A token at whose position its log has another one. */
  private Judgement displacedToken(TokenCase that, KeyCheck check, Recorded recorded)
      throws IOException {
    Optional<Boolean> isReleased = unheld.isReleased(that);
    if (isReleased.isEmpty()) {
      return new Judgement.Wait();
    }
    return isReleased.get()
        ? FindingText.rolledBack(that, check, recorded)
        : unrecordedToken(that, check, recorded);
  }

  /**
   * Whether a key that is not known may have been stated before the token was shown: a moment ago,
   * or since the key log was last read here. What is noise waits for no key log: it raises no
   * alarm. Evidence is none, since its reporter knew the key.
   */
  private boolean mayBeStated(TokenCase that) {
    boolean isReported = that.isMoreThanNoise() || that.presented().token().isPresent();
    return that.now().isBefore(search.decideAt(that))
        || (isReported
            && (!that.domain().keysReadAt().isAfter(that.receivedAt())
                // What was read since this case was put together: judged again with it.
                || key(that.presented()).isPresent()));
  }

  /** Nobody has a decoy's private half but who took it from where it lay. No log is asked. */
  private static Judgement ofDecoy(TokenCase that, Canaries.Canary canary) {
    if (!that.isMoreThanNoise()) {
      return new Judgement.Unmatched("refused");
    }
    return FindingText.found(
        that,
        Kind.CANARY_KEY_USED,
        Severity.CRITICAL,
        new KeyCheck(KeyFault.WITHDRAWN, List.of()),
        Recorded.NO,
        "The key is a decoy, made "
            + canary.madeAt()
            + (canary.note().isEmpty() ? "" : " and planted at: " + canary.note())
            + ". Somebody who used it has had access to that place.");
  }

  /** Whether another issuer composes the tokens of the key: no counterfoil of them is held here. */
  private static boolean isForeign(TokenCase that) {
    return that.key().filter(key -> key.statement().isForeign()).isPresent();
  }

  /** The verifier looked the digest up, after it had checked the signature. */
  private static Judgement foreign(TokenCase that, KeyCheck check) {
    boolean unknown =
        that.presented().sighting().outcome().equals(RefusalCode.DIGEST_UNKNOWN.text());
    return unknown || (check.fault() != KeyFault.NONE && that.isMoreThanNoise())
        ? unrecordedToken(that, check, Recorded.NO)
        : that.presented().sighting().isUnrecorded()
            ? new Judgement.Unmatched("unrecorded")
            : Judgement.RECORDED_ELSEWHERE;
  }

  /**
   * Whether the token carries the identifier of one that was issued. Identifiers cannot be guessed:
   * who presents one in another token has seen the honest one.
   */
  private static boolean repeatsIdentifier(TokenCase that) throws IOException {
    Optional<TokenId> id = that.presented().parsedTokenId();
    return id.isPresent()
        && that.domain()
            .counterfoil(id.get().log(), id.get().position())
            .flatMap(counterfoil -> counterfoil.text("jti"))
            .equals(that.presented().tokenId());
  }

  /** One finding for each honest token that is copied, however many keys the copier makes up. */
  private static Judgement copied(TokenCase that, KeyCheck check, Recorded recorded) {
    Judgement.Found found =
        FindingText.found(
            that,
            Kind.UNKNOWN_KEY,
            Severity.MEDIUM,
            check,
            recorded,
            "It repeats the identifier of an issued token, so its maker has seen that token.");
    String tokenId = that.presented().tokenId().orElse("");
    return new Judgement.Found(
        found.kind(),
        found.severity(),
        found.domain(),
        new Subject(
            "",
            tokenId,
            tokenId,
            found.subject().digest(),
            found.subject().log(),
            found.subject().position(),
            false),
        found.summary(),
        found.detail());
  }

  /** It waits for its log no longer than a token is good. */
  private Judgement waitOrUnproven(TokenCase that, KeyCheck check, Recorded recorded) {
    Optional<UnheldToken.Verdict> overdue = unheld.overdue(that);
    if (overdue.isEmpty()) {
      return new Judgement.Wait();
    }
    return that.isMoreThanNoise()
        ? FindingText.unproven(that, overdue.get(), check, recorded, false)
        : new Judgement.Unmatched("refused");
  }

  /** A token past all that its log published. */
  private Judgement unheldToken(TokenCase that, KeyCheck check, Recorded recorded)
      throws IOException {
    if (!mayBeOfASigner(check)) {
      return unrecordedToken(that, check, recorded);
    }
    Optional<UnheldToken> facts = unheld.facts(that);
    if (facts.isEmpty()) {
      return waitOrUnproven(that, check, recorded);
    }
    UnheldToken.Verdict verdict = facts.get().verdict();
    if (verdict == UnheldToken.Verdict.ROLLED_BACK) {
      return FindingText.rolledBack(that, check, recorded);
    }
    return verdict.isForged()
        ? FindingText.found(
            that,
            kind(check, verdict == UnheldToken.Verdict.TWO_DIGESTS),
            Severity.CRITICAL,
            check,
            recorded,
            verdict.sentence())
        : FindingText.unproven(
            that, verdict, check, recorded, facts.get().listed() == UnheldToken.Listed.RELEASED);
  }

  private static Kind kind(KeyCheck check, boolean anotherToken) {
    return switch (check.fault()) {
      case OTHER_DOMAIN, OUT_OF_SCOPE -> Kind.KEY_OUT_OF_SCOPE;
      case UNKNOWN -> Kind.UNKNOWN_KEY;
      case WITHDRAWN -> Kind.WITHDRAWN_KEY_USED;
      case NONE -> anotherToken ? Kind.DIGEST_DIFFERS : Kind.FORGED_TOKEN;
    };
  }

  private static Judgement unrecordedToken(TokenCase that, KeyCheck check, Recorded recorded) {
    Kind kind = kind(check, recorded == Recorded.ANOTHER_TOKEN);
    String record =
        switch (recorded) {
          case ANOTHER_TOKEN -> "At its position the log records another token.";
          case LOST -> "Its log ended with lost entries, and it may be one of them.";
          case BEYOND_TIP -> "Its position is past everything that the log has issued.";
          case NO, NOT_YET_KNOWN, YES ->
              isForeign(that)
                  ? "The record log of its issuer did not have its digest."
                  : "No log of the domain records it.";
          case NO_IDENTIFIER -> "The report lacks what would identify it in the record.";
        };
    return FindingText.found(that, kind, Severity.CRITICAL, check, recorded, record);
  }

  /** A token of ours: still a finding where its key is out of bounds or it was revoked. */
  private Judgement recordedToken(TokenCase that, KeyCheck check) {
    Sighting sighting = that.presented().sighting();
    boolean accepted = sighting.isAccepted();
    String record = "The token itself has its counterfoil.";
    if (that.isMoreThanNoise() && KeyCheck.isOfAnothersLog(that)) {
      return FindingText.found(
          that,
          Kind.KEY_OUT_OF_SCOPE,
          Severity.CRITICAL,
          new KeyCheck(KeyFault.OUT_OF_SCOPE, List.of("log")),
          Recorded.YES,
          "It is recorded, but not in the log that belongs to its key.");
    }
    switch (check.fault()) {
      case OTHER_DOMAIN, OUT_OF_SCOPE -> {
        if (that.isMoreThanNoise()) {
          return FindingText.found(
              that, Kind.KEY_OUT_OF_SCOPE, Severity.CRITICAL, check, Recorded.YES, record);
        }
      }
      case WITHDRAWN -> {
        Optional<Instant> since = that.presented().kid().flatMap(that.domain()::withdrawnSince);
        if (accepted && isLate(sighting, since)) {
          return FindingText.found(
              that, Kind.WITHDRAWN_KEY_USED, Severity.HIGH, check, Recorded.YES, record);
        }
      }
      case UNKNOWN, NONE -> {
        // The counterfoil names the same key, so the statement was there and has gone.
      }
    }
    Optional<TokenId> id = that.presented().parsedTokenId();
    if (id.isEmpty()) {
      return new Judgement.Matched();
    }
    Optional<Instant> alone = that.domain().revokedSince(id.get().log(), id.get().position());
    if (isLate(sighting, alone)) {
      Severity severity = accepted ? Severity.HIGH : Severity.LOW;
      return FindingText.found(
          that, Kind.REVOKED_TOKEN_PRESENTED, severity, check, Recorded.YES, record);
    }
    // When a key is revoked, honest clients go on with their tokens until they get new ones: only
    // a service that lets them in is worth a person's time.
    Optional<Instant> withKey =
        that.keys().revokedKeys().stream()
            .filter(revoked -> covers(revoked, that.presented(), id.get()))
            .map(RevokedKey::at)
            .findFirst();
    if (accepted && isLate(sighting, withKey)) {
      return FindingText.found(
          that, Kind.REVOKED_TOKEN_PRESENTED, Severity.HIGH, check, Recorded.YES, record);
    }
    return new Judgement.Matched();
  }

  private static boolean covers(RevokedKey revoked, Presented presented, TokenId id) {
    return presented.kid().equals(Optional.of(revoked.kid()))
        && revoked.log().equals(id.log())
        && id.position() >= revoked.from();
  }

  private boolean isLate(Sighting sighting, Optional<Instant> since) {
    return since.isPresent() && sighting.seenAt().isAfter(since.get().plus(revocationWithin));
  }
}
