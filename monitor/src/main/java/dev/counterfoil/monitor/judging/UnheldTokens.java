package dev.counterfoil.monitor.judging;

import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.issuer.SignerWord;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.EndedLog;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.judging.UnheldToken.Listed;
import dev.counterfoil.monitor.judging.UnheldToken.Log;
import dev.counterfoil.monitor.judging.UnheldToken.Unvouched;
import dev.counterfoil.monitor.watching.FollowedDomain;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gathers what is known of a token past what its log published. Belongs to one thread. */
final class UnheldTokens {
  /** How long an authority that does not answer, or a signer that hangs, is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** When a token ends of which nobody knows when it expires. */
  static final Duration LIFE_DEFAULT = Duration.ofHours(1);

  /** How long a token is good at the most, whatever it says of its end. */
  static final Duration LIFE_MAX = Duration.ofHours(24);

  private static final int CLAIMED_MAX = 10_000;

  private final Duration settle;
  private final FindingStore findings;

  /** Who named which position, since the start; older ones are findings. */
  private final Map<String, Hash> claimed =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Hash> eldest) {
          return size() > CLAIMED_MAX;
        }
      };

  UnheldTokens(Duration settle, FindingStore findings) {
    this.settle = settle;
    this.findings = findings;
  }

  /**
   * What it is that was waited for as long as a token is good, and is not known yet; empty before.
   * It is counted from when the sighting came in, and not from before this start: a reporter that
   * was cut off hands in what has expired long ago, and so does a monitor that stood still to
   * itself.
   */
  Optional<UnheldToken.Verdict> overdue(TokenCase that) {
    Optional<String> log = that.presented().parsedTokenId().map(TokenId::log);
    Duration least = settle.plus(PATIENCE);
    boolean isHeard = isHeard(that.domain(), log, that.now().minus(least));
    Duration life = life(that, isHeard ? least.multipliedBy(2) : least);
    return shorter(Duration.between(that.waitsSince(), that.now()), life)
        ? Optional.empty()
        : Optional.of(isHeard ? UnheldToken.Verdict.NOT_HELD : UnheldToken.Verdict.UNANSWERED);
  }

  /**
   * A thief writes the times: no longer than its key's tokens live, or than a log is waited for.
   */
  private static Duration life(TokenCase that, Duration least) {
    Duration most =
        that.key()
            .map(key -> key.statement().lifeMax())
            .filter(max -> shorter(max, LIFE_MAX))
            .orElse(LIFE_MAX);
    Optional<Long> from = that.presented().issuedAt();
    Optional<Long> to = that.presented().expiresAt();
    Duration said =
        from.isEmpty() || to.isEmpty()
            ? Duration.ZERO
            : Duration.between(TokenCase.instant(from.get()), TokenCase.instant(to.get()));
    Duration life = said.isPositive() ? said : LIFE_DEFAULT;
    life = shorter(most, life) ? most : life;
    return shorter(life, least) ? least : life;
  }

  private static boolean shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0;
  }

  /**
   * Whether somebody answers for a log since an instant. A token that names none that was stated
   * may be in any of the domain's.
   */
  static boolean isHeard(FollowedDomain domain, Optional<String> log, Instant since) {
    List<String> stated =
        domain.keySet().stream()
            .flatMap(keys -> keys.logs().stream())
            .map(KeySet.StatedLog::name)
            .filter(name -> !TokenId.isRecordLogName(name))
            .toList();
    return log.filter(stated::contains).map(List::of).orElse(stated).stream()
        .allMatch(
            name -> domain.view(name).filter(view -> !view.asOf().isBefore(since)).isPresent());
  }

  /** What is known of it; empty while it is to be waited for. */
  Optional<UnheldToken> facts(TokenCase that) throws IOException {
    FollowedDomain domain = that.domain();
    TokenId id = that.presented().parsedTokenId().orElseThrow();
    FollowedLogView view = domain.view(id.log()).orElseThrow();
    Optional<Hash> digest = that.presented().digest();
    Optional<EndedLog> ended =
        that.keys().endedLogs().stream().filter(one -> one.log().equals(id.log())).findFirst();
    Optional<SignerWord> word = domain.word(id.log(), digest.orElse(NONE));
    Instant patientUntil = that.waitsSince().plus(settle).plus(PATIENCE);
    boolean isPatient = that.now().isBefore(patientUntil);
    if (word.isEmpty() && isPatient) {
      return Optional.empty();
    }
    Optional<Log> log =
        ended.isPresent()
            ? Optional.of(ended(ended.get()))
            : issuing(that, id.log(), view, word, isPatient);
    if (log.isEmpty()) {
      return Optional.empty();
    }
    Optional<Instant> issuedAt = that.presented().issuedAt().map(TokenCase::instant);
    long published = Math.max(view.checkpointSize(), ended.map(EndedLog::size).orElse(0L));
    return Optional.of(
        new UnheldToken(
            log.get(),
            id.position(),
            published,
            issuedAt,
            lastIssued(domain, id.log(), published),
            digest.isEmpty() ? Listed.NOT_KNOWN : listed(word, issuedAt),
            unvouched(domain, id, digest),
            digest.isPresent() && isClaimed(domain.name(), id, digest.get()),
            that.now(),
            that.presented()
                .expiresAt()
                .map(TokenCase::instant)
                .orElse(that.receivedAt().plus(LIFE_DEFAULT))));
  }

  /**
   * Whether the authority remembers handing out a token at whose position its log has another one:
   * its disk lost what was released, and the log went on. Empty while an authority that does not
   * answer is waited for.
   */
  Optional<Boolean> isReleased(TokenCase that) throws IOException {
    Optional<TokenId> id = that.presented().parsedTokenId();
    Optional<Hash> digest = that.presented().digest();
    if (id.isEmpty() || digest.isEmpty() || isYounger(that, id.get())) {
      return Optional.of(false);
    }
    Optional<SignerWord> word = that.domain().word(id.get().log(), digest.get());
    boolean isPatient = that.now().isBefore(that.waitsSince().plus(settle).plus(PATIENCE));
    return word.isEmpty() && isPatient
        ? Optional.empty()
        : Optional.of(word.filter(SignerWord::released).isPresent());
  }

  /** Whether it says that it was issued after the token that has its position: no log lost it. */
  private static boolean isYounger(TokenCase that, TokenId id) throws IOException {
    Optional<Instant> recordedAt =
        that.domain()
            .counterfoil(id.log(), id.position())
            .flatMap(counterfoil -> counterfoil.number("iat"))
            .map(TokenCase::instant);
    return recordedAt.isPresent()
        && that.presented()
            .issuedAt()
            .map(TokenCase::instant)
            .filter(at -> at.isAfter(recordedAt.get().plus(UnheldToken.TOLERANCE)))
            .isPresent();
  }

  private static final Hash NONE = Hash.sha256();

  private static Log ended(EndedLog ended) {
    return ended.reason().losesTokens() ? new Log.Lost(ended.at()) : new Log.Complete();
  }

  /** How a log stands that has not ended; empty while it is to be waited for. */
  private Optional<Log> issuing(
      TokenCase that,
      String log,
      FollowedLogView view,
      Optional<SignerWord> word,
      boolean isPatient) {
    if (word.isEmpty()) {
      return Optional.of(new Log.NotKnown());
    }
    if (!word.get().connected()) {
      return Optional.of(new Log.SignerGone(word.get().since()));
    }
    // One that has just come back publishes first what it recorded before.
    Instant wanted = later(that.receivedAt(), word.get().since()).plus(settle);
    if (view.asOf().isBefore(wanted)) {
      return Optional.empty();
    }
    Instant answeredAt = that.domain().answeredAt(log);
    if (!answeredAt.isBefore(wanted)) {
      return Optional.of(new Log.Issuing());
    }
    // It hangs: what it handed out last may stand in no checkpoint.
    return isPatient ? Optional.empty() : Optional.of(new Log.SignerGone(answeredAt));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** When the last token was issued that the log published; the epoch where nobody knows. */
  private static Instant lastIssued(FollowedDomain domain, String log, long published)
      throws IOException {
    return published < 1
        ? Instant.EPOCH
        : domain
            .counterfoil(log, published - 1)
            .flatMap(counterfoil -> counterfoil.number("iat"))
            .map(TokenCase::instant)
            .orElse(Instant.EPOCH);
  }

  private static Listed listed(Optional<SignerWord> word, Optional<Instant> issuedAt) {
    if (word.isEmpty()) {
      return Listed.NOT_KNOWN;
    }
    if (word.get().released()) {
      return Listed.RELEASED;
    }
    // The token's time is in whole seconds, rounded down.
    return issuedAt.filter(at -> !at.isBefore(word.get().completeSince())).isPresent()
        ? Listed.NOT_RELEASED
        : Listed.NOT_KNOWN;
  }

  private static Unvouched unvouched(FollowedDomain domain, TokenId id, Optional<Hash> digest)
      throws IOException {
    Optional<Hash> came = domain.unvouchedDigest(id.log(), id.position());
    if (came.isEmpty() || digest.isEmpty()) {
      return Unvouched.NONE;
    }
    return came.equals(digest) ? Unvouched.THIS_TOKEN : Unvouched.ANOTHER_TOKEN;
  }

  private boolean isClaimed(String domain, TokenId id, Hash digest) {
    String place = domain + " " + id.log() + "." + id.position();
    Hash first = claimed.putIfAbsent(place, digest);
    return (first != null && !first.equals(digest))
        || findings.isClaimedByAnother(domain, id.log(), id.position(), digest);
  }
}
