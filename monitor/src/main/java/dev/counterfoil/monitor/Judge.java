package dev.counterfoil.monitor;

import dev.counterfoil.custodian.HeldToken;
import dev.counterfoil.custodian.LogView;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeySet.RevokedKey;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.KeyStatement.Violation;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.monitor.Finding.Kind;
import dev.counterfoil.monitor.Finding.Severity;
import dev.counterfoil.monitor.Finding.Subject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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
 * settle}; with no such checkpoint the sighting waits.
 */
final class Judge {
  /** Entries by which custody can have been behind when a log was lost: seconds at full speed. */
  private static final long LOST_PAST_HELD_MAX = 100_000;

  private final Collection<FollowedDomain> domains;
  private final KnownKeys knownKeys;
  private final Canaries canaries;
  private final Duration settle;
  private final Duration revocationWithin;

  Judge(
      Collection<FollowedDomain> domains,
      KnownKeys knownKeys,
      Canaries canaries,
      Duration settle,
      Duration revocationWithin) {
    this.domains = List.copyOf(domains);
    this.knownKeys = knownKeys;
    this.canaries = canaries;
    this.settle = settle;
    this.revocationWithin = revocationWithin;
  }

  /** How the record answers for a token. */
  private enum Recorded {
    YES,
    NO,
    ANOTHER_TOKEN,
    BEYOND_TIP,
    /** Its log ended by losing entries, and it may have been one of them. */
    LOST,
    NOT_YET_KNOWN,
    NO_IDENTIFIER
  }

  /** What is wrong with a token's key; NONE when nothing. */
  private enum KeyFault {
    NONE,
    OTHER_DOMAIN,
    OUT_OF_SCOPE,
    UNKNOWN,
    WITHDRAWN
  }

  private record KeyCheck(KeyFault fault, List<String> broken) {}

  /** One token before the judge. */
  private record Case(
      Presented presented,
      FollowedDomain domain,
      KeySet keys,
      Optional<KnownKey> key,
      boolean signedByKey,
      Instant receivedAt,
      Instant now) {
    boolean isMoreThanNoise() {
      return presented.sighting().isAccepted() || signedByKey || presented.sighting().signed();
    }
  }

  /**
   * Judges.
   *
   * @param receivedAt when the sighting came in
   */
  Judgement judge(Sighting sighting, Instant receivedAt, Instant now) throws IOException {
    Presented presented = Presented.of(sighting);
    Optional<KnownKey> key = presented.kid().flatMap(knownKeys::find);
    Optional<FollowedDomain> domain = domain(presented, key);
    if (domain.isEmpty()) {
      return new Judgement.Unmatched("foreign");
    }
    Optional<KeySet> keys = domain.get().keySet();
    if (keys.isEmpty()) {
      return new Judgement.Wait();
    }
    boolean signed = key.isPresent() && presented.isSignedBy(key.get().statement().jwk());
    return judge(new Case(presented, domain.get(), keys.get(), key, signed, receivedAt, now));
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

  private Judgement judge(Case that) throws IOException {
    Optional<Canaries.Canary> canary = that.presented().kid().flatMap(canaries::find);
    if (canary.isPresent()) {
      return ofDecoy(that, canary.get());
    }
    KeyCheck check = keyCheck(that);
    if (check.fault() == KeyFault.UNKNOWN && that.now().isBefore(decideAt(that))) {
      // The key may have been stated a moment ago.
      return new Judgement.Wait();
    }
    if (!that.isMoreThanNoise() && that.presented().parsedTokenId().isEmpty()) {
      // Without a position the whole custody is looked through: not for what anybody can make up.
      return new Judgement.Unmatched("refused");
    }
    Recorded recorded = recorded(that);
    if (recorded == Recorded.NOT_YET_KNOWN) {
      return new Judgement.Wait();
    }
    if (recorded == Recorded.YES) {
      return recordedToken(that, check);
    }
    if (!that.isMoreThanNoise()) {
      return check.fault() == KeyFault.UNKNOWN && repeatsIdentifier(that)
          ? copied(that, check, recorded)
          : new Judgement.Unmatched("refused");
    }
    if (recorded == Recorded.LOST && check.fault() == KeyFault.NONE) {
      return new Judgement.Unmatched("lost");
    }
    if (recorded == Recorded.NO_IDENTIFIER && check.fault() == KeyFault.NONE) {
      return new Judgement.Unmatched("no-identifier");
    }
    return unrecordedToken(that, check, recorded);
  }

  /** Nobody has a decoy's private half but who took it from where it lay. No log is asked. */
  private static Judgement ofDecoy(Case that, Canaries.Canary canary) {
    if (!that.isMoreThanNoise()) {
      return new Judgement.Unmatched("refused");
    }
    return found(
        that,
        Kind.CANARY_KEY_USED,
        Severity.CRITICAL,
        new KeyCheck(KeyFault.WITHDRAWN, List.of()),
        Recorded.NO,
        "The key is a decoy, made "
            + canary.madeAt()
            + (canary.note().isEmpty() ? "" : " and planted at: " + canary.note())
            + ". Whoever used it has been there.");
  }

  /**
   * Whether the token carries the identifier of one that was issued. Identifiers cannot be guessed:
   * who presents one in another token has seen the honest one.
   */
  private static boolean repeatsIdentifier(Case that) throws IOException {
    Optional<TokenId> id = that.presented().parsedTokenId();
    return id.isPresent()
        && that.domain()
            .counterfoil(id.get().log(), id.get().position())
            .flatMap(counterfoil -> counterfoil.text("jti"))
            .equals(that.presented().tokenId());
  }

  /** One finding for each honest token that is copied, however many keys the copier makes up. */
  private static Judgement copied(Case that, KeyCheck check, Recorded recorded) {
    Judgement.Found found =
        found(
            that,
            Kind.UNKNOWN_KEY,
            Severity.MEDIUM,
            check,
            recorded,
            "It repeats the identifier of a token that was issued, so its maker has seen that one.");
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

  private Judgement unrecordedToken(Case that, KeyCheck check, Recorded recorded) {
    Kind kind =
        switch (check.fault()) {
          case OTHER_DOMAIN, OUT_OF_SCOPE -> Kind.KEY_OUT_OF_SCOPE;
          case UNKNOWN -> Kind.UNKNOWN_KEY;
          case WITHDRAWN -> Kind.WITHDRAWN_KEY_USED;
          case NONE -> recorded == Recorded.ANOTHER_TOKEN ? Kind.DIGEST_DIFFERS : Kind.FORGED_TOKEN;
        };
    String record =
        switch (recorded) {
          case ANOTHER_TOKEN -> "At its position the log records another token.";
          case LOST -> "Its log ended by losing entries, and it may have been one of them.";
          case BEYOND_TIP -> "Its position is past everything that the log has issued.";
          case NO, NOT_YET_KNOWN, YES -> "No log of the domain records it.";
          case NO_IDENTIFIER -> "It was reported without what would identify it in the record.";
        };
    return found(that, kind, Severity.CRITICAL, check, recorded, record);
  }

  /** A token of ours: still a finding where its key is out of bounds or it was revoked. */
  private Judgement recordedToken(Case that, KeyCheck check) {
    Sighting sighting = that.presented().sighting();
    boolean accepted = sighting.isAccepted();
    String record = "The token itself has its counterfoil.";
    switch (check.fault()) {
      case OTHER_DOMAIN, OUT_OF_SCOPE -> {
        if (that.isMoreThanNoise()) {
          return found(that, Kind.KEY_OUT_OF_SCOPE, Severity.CRITICAL, check, Recorded.YES, record);
        }
      }
      case WITHDRAWN -> {
        Optional<Instant> since = that.presented().kid().flatMap(that.domain()::withdrawnSince);
        if (accepted && isLate(sighting, since)) {
          return found(that, Kind.WITHDRAWN_KEY_USED, Severity.HIGH, check, Recorded.YES, record);
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
      return found(that, Kind.REVOKED_TOKEN_PRESENTED, severity, check, Recorded.YES, record);
    }
    // When a key is revoked, honest clients go on with their tokens until they get new ones: only
    // a service that lets them in is worth a person's time.
    Optional<Instant> withKey =
        that.keys().revokedKeys().stream()
            .filter(revoked -> covers(revoked, that.presented(), id.get()))
            .map(RevokedKey::at)
            .findFirst();
    if (accepted && isLate(sighting, withKey)) {
      return found(that, Kind.REVOKED_TOKEN_PRESENTED, Severity.HIGH, check, Recorded.YES, record);
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

  private Instant decideAt(Case that) {
    return that.receivedAt().plus(settle);
  }

  // ---- Is there a counterfoil?

  private Recorded recorded(Case that) throws IOException {
    Presented presented = that.presented();
    Optional<TokenId> id = presented.parsedTokenId();
    if (id.isEmpty()) {
      if (presented.digest().isPresent()) {
        return anywhere(that, presented.digest().get());
      }
      return presented.tokenId().isPresent() ? Recorded.NO : Recorded.NO_IDENTIFIER;
    }
    if (that.keys().log(id.get().log()).isEmpty()) {
      // A log that nobody stated; or that was, a moment ago.
      return that.now().isBefore(decideAt(that)) ? Recorded.NOT_YET_KNOWN : Recorded.NO;
    }
    Optional<LogView> view = that.domain().view(id.get().log());
    if (view.isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    long position = id.get().position();
    if (position < view.get().heldSize()) {
      Optional<HeldToken> counterfoil = that.domain().counterfoil(id.get().log(), position);
      if (counterfoil.isPresent()) {
        return isSame(presented, counterfoil.get()) ? Recorded.YES : Recorded.ANOTHER_TOKEN;
      }
      // Forgotten after its time: the leaf is still in the log.
    }
    if (isLost(that, id.get(), view.get())) {
      return Recorded.LOST;
    }
    if (position < view.get().checkpointSize()) {
      return inTile(that, id.get(), view.get());
    }
    return view.get().asOf().isBefore(decideAt(that))
        ? Recorded.NOT_YET_KNOWN
        : Recorded.BEYOND_TIP;
  }

  /**
   * Whether a token may be one that its log lost: the log ended because its disk went back or its
   * host was lost, the token says that it was issued before that, and its position is no further
   * past what is held than custody can have been behind.
   */
  private boolean isLost(Case that, TokenId id, LogView view) {
    return that.keys().endedLogs().stream()
        .anyMatch(
            ended ->
                ended.log().equals(id.log())
                    && ended.reason().losesTokens()
                    && id.position() >= ended.size()
                    && id.position() < Math.max(view.heldSize(), ended.size()) + LOST_PAST_HELD_MAX
                    && that.presented()
                        .issuedAt()
                        .map(Judge::instant)
                        .filter(at -> !at.isAfter(ended.at().plus(settle)))
                        .isPresent());
  }

  /** Whether every claim that was reported, and the digest where it was, is the counterfoil's. */
  private static boolean isSame(Presented presented, HeldToken counterfoil) {
    if (presented.digest().isPresent()) {
      return presented.digest().get().equals(counterfoil.digest());
    }
    return fits(presented.kid(), Optional.of(counterfoil.kid()))
        && fits(presented.issuer(), counterfoil.text("iss"))
        && fits(presented.tenant(), counterfoil.text("tenant"))
        && fits(presented.subject(), counterfoil.text("sub"))
        && fits(presented.clientId(), counterfoil.text("client_id"))
        && fits(presented.tokenId(), counterfoil.text("jti"))
        && fits(presented.issuedAt(), counterfoil.number("iat"))
        && fits(presented.expiresAt(), counterfoil.number("exp"));
  }

  private static <T> boolean fits(Optional<T> reported, Optional<T> recorded) {
    return reported.isEmpty() || reported.equals(recorded);
  }

  /** The counterfoil is on its way, and may be late: the leaf in the log decides about a digest. */
  private Recorded inTile(Case that, TokenId id, LogView view) {
    if (that.now().isBefore(decideAt(that)) || that.presented().digest().isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    Optional<Hash> logged =
        that.domain().loggedDigest(id.log(), id.position(), view.checkpointSize());
    if (logged.isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    return logged.equals(that.presented().digest()) ? Recorded.YES : Recorded.ANOTHER_TOKEN;
  }

  /** A digest without a position: looked for in every log of the domain. */
  private Recorded anywhere(Case that, Hash digest) throws IOException {
    if (that.domain().holds(digest)) {
      return Recorded.YES;
    }
    for (KeySet.StatedLog log : that.keys().logs()) {
      if (TokenId.isRecordLogName(log.name())) {
        // It never holds a token of the domain's own keys.
        continue;
      }
      Optional<LogView> view = that.domain().view(log.name());
      if (view.isEmpty()
          || view.get().asOf().isBefore(decideAt(that))
          || view.get().heldSize() < view.get().checkpointSize()) {
        return Recorded.NOT_YET_KNOWN;
      }
    }
    return Recorded.NO;
  }

  // ---- What about its key?

  private KeyCheck keyCheck(Case that) {
    Optional<String> kid = that.presented().kid();
    if (kid.isEmpty()) {
      return new KeyCheck(KeyFault.NONE, List.of());
    }
    if (that.key().isEmpty()) {
      return new KeyCheck(KeyFault.UNKNOWN, List.of());
    }
    KnownKey key = that.key().get();
    if (!key.domain().equals(that.domain().name())) {
      return new KeyCheck(KeyFault.OTHER_DOMAIN, List.of("domain"));
    }
    List<String> broken = brokenRules(that.presented(), key.statement());
    if (!broken.isEmpty()) {
      return new KeyCheck(KeyFault.OUT_OF_SCOPE, broken);
    }
    if (that.keys().withdrawnKeys().contains(kid.get())) {
      return new KeyCheck(KeyFault.WITHDRAWN, List.of());
    }
    return new KeyCheck(KeyFault.NONE, List.of());
  }

  /** The rules of the key's scope that what is known of the token breaks. */
  private static List<String> brokenRules(Presented presented, KeyStatement key) {
    Optional<Instant> issuedAt = presented.issuedAt().map(Judge::instant);
    Optional<Instant> expiresAt = presented.expiresAt().map(Judge::instant);
    if (presented.token().isPresent()
        && presented.issuer().isPresent()
        && presented.tenant().isPresent()
        && issuedAt.isPresent()
        && expiresAt.isPresent()) {
      CompactToken token = presented.token().get();
      try {
        return key
            .violation(
                token.type(),
                presented.issuer().get(),
                presented.tenant().get(),
                presented.audiences(),
                token.claims().has("cnf"),
                issuedAt.get(),
                expiresAt.get())
            .map(Judge::text)
            .stream()
            .toList();
      } catch (FormatException e) {
        return List.of(text(Violation.AUDIENCE));
      }
    }
    List<String> broken = new ArrayList<>();
    if (presented.issuer().filter(issuer -> !issuer.equals(key.issuer())).isPresent()) {
      broken.add(text(Violation.ISSUER));
    }
    if (presented.tenant().filter(tenant -> !key.tenants().allows(tenant)).isPresent()) {
      broken.add(text(Violation.TENANT));
    }
    if (issuedAt
        .filter(at -> at.isBefore(key.activeFrom()) || !at.isBefore(key.activeUntil()))
        .isPresent()) {
      broken.add(text(Violation.ACTIVE_WINDOW));
    }
    if (expiresAt.filter(at -> at.isAfter(key.verifyUntil())).isPresent()) {
      broken.add(text(Violation.VERIFY_UNTIL));
    }
    if (issuedAt.isPresent()
        && expiresAt.filter(at -> at.isAfter(issuedAt.get().plus(key.lifeMax()))).isPresent()) {
      broken.add(text(Violation.LIFE));
    }
    return broken;
  }

  /** Claims are anybody's numbers: the nearest instant that there is. */
  private static Instant instant(long epochSecond) {
    return Instant.ofEpochSecond(
        Math.clamp(epochSecond, Instant.MIN.getEpochSecond(), 100_000_000_000L));
  }

  private static String text(Violation violation) {
    return violation.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  // ---- What is said about it

  private static Judgement.Found found(
      Case that,
      Kind kind,
      Severity severity,
      KeyCheck check,
      Recorded recorded,
      String recordSentence) {
    Presented presented = that.presented();
    Sighting sighting = presented.sighting();
    Optional<TokenId> id = presented.parsedTokenId();
    Subject subject =
        new Subject(
            presented.kid().orElse(""),
            presented.name(),
            presented.tokenId().orElse(null),
            presented.digest().orElse(null),
            id.map(TokenId::log).orElse(null),
            id.map(TokenId::position).orElse(null),
            recorded == Recorded.BEYOND_TIP);
    JsonObject.Builder detail =
        JsonObject.builder()
            .put("counterfoil", recorded == Recorded.YES)
            .put("signature", signature(that))
            .put("kid", presented.kid().orElse(null))
            .put("outcome", sighting.outcome())
            .put("grade", sighting.grade().name().toLowerCase(Locale.ROOT))
            .put("service", sighting.service())
            .put("resource", sighting.resource())
            .put("action", sighting.action())
            .put("client_address", sighting.clientAddress())
            .put("iss", presented.issuer().orElse(null))
            .put("tenant", presented.tenant().orElse(null))
            .put("sub", presented.subject().orElse(null))
            .put("client_id", presented.clientId().orElse(null));
    presented.issuedAt().ifPresent(at -> detail.put("iat", at));
    presented.expiresAt().ifPresent(at -> detail.put("exp", at));
    that.key().ifPresent(key -> detail.put("key_domain", key.domain()));
    if (!check.broken().isEmpty()) {
      detail.put("broken_rules", check.broken());
    }
    return new Judgement.Found(
        kind,
        severity,
        that.domain().name(),
        subject,
        keySentence(that, check) + " " + recordSentence + " " + handlingSentence(that, recorded),
        detail.build());
  }

  private static String signature(Case that) {
    if (that.signedByKey()) {
      return "good";
    }
    if (that.presented().token().isPresent() && that.key().isPresent()) {
      return "bad";
    }
    return that.presented().sighting().signed() ? "good-says-reporter" : "not-checked";
  }

  private static String keySentence(Case that, KeyCheck check) {
    String by = that.signedByKey() ? "is signed by" : "claims";
    return switch (check.fault()) {
      case OTHER_DOMAIN ->
          "A token of domain "
              + that.domain().name()
              + " "
              + by
              + " a key of domain "
              + that.key().map(KnownKey::domain).orElse("-")
              + ".";
      case OUT_OF_SCOPE ->
          "A token "
              + by
              + " a key that may not sign it ("
              + String.join(", ", check.broken())
              + ").";
      case UNKNOWN -> "A token claims a key that nobody stated.";
      case WITHDRAWN -> "A token " + by + " a key that is withdrawn.";
      case NONE -> "A token " + by + " a key of the domain.";
    };
  }

  private static String handlingSentence(Case that, Recorded recorded) {
    Sighting sighting = that.presented().sighting();
    String handling =
        sighting.isAccepted()
            ? sighting.service() + " accepted it."
            : sighting.service() + " refused it (" + sighting.outcome() + ").";
    return that.signedByKey() && recorded != Recorded.YES
        ? handling + " The signature is good: the key itself was used outside the signer."
        : handling;
  }
}
