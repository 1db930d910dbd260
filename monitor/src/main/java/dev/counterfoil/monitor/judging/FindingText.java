package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.judging.CounterfoilSearch.Recorded;
import dev.counterfoil.monitor.watching.KnownKey;
import java.util.Locale;
import java.util.Optional;

/** What a finding says of a token that was presented, for people and for programs. */
final class FindingText {
  private FindingText() {}

  /** The finding. */
  static Judgement.Found found(
      TokenCase that,
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
            kid(that).orElse(""),
            presented.name(),
            presented.tokenId().orElse(null),
            presented.digest().orElse(null),
            id.map(TokenId::log).orElse(null),
            id.map(TokenId::position).orElse(null),
            // What nobody could tell may be told later.
            kind == Kind.UNPROVEN_TOKEN
                || recorded == Recorded.BEYOND_TIP
                || recorded == Recorded.LOST);
    JsonObject.Builder detail =
        JsonObject.builder()
            .put("counterfoil", recorded == Recorded.YES)
            .put("signature", signature(that))
            .put("kid", kid(that).orElse(null))
            .put("outcome", sighting.outcome())
            .put("grade", sighting.grade().name().toLowerCase(Locale.ROOT))
            .put("service", sighting.use().service())
            .put("resource", sighting.use().resource())
            .put("action", sighting.use().action())
            .put("client_address", sighting.use().clientAddress())
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
        keySentence(that, check)
            + " "
            + recordSentence
            + " "
            + handlingSentence(that)
            + (recorded == Recorded.YES || kind == Kind.UNPROVEN_TOKEN || kind == Kind.LOG_ROLLBACK
                ? ""
                : signatureSentence(that)),
        detail.build());
  }

  /** A token that may be one of the last of a signer that went away, or a thief's. */
  static Judgement.Found unproven(
      TokenCase that,
      UnheldToken.Verdict verdict,
      KeyCheck check,
      Recorded recorded,
      boolean isReleased) {
    return untold(
        found(
            that,
            Kind.UNPROVEN_TOKEN,
            verdict.isOverdue() ? Severity.HIGH : Severity.MEDIUM,
            check,
            recorded,
            verdict.sentence() + " " + SETTLES),
        verdict,
        isReleased);
  }

  /** A token that the authority handed out, and that its log lost. */
  static Judgement.Found rolledBack(TokenCase that, KeyCheck check, Recorded recorded) {
    UnheldToken.Verdict verdict = UnheldToken.Verdict.ROLLED_BACK;
    return untold(
        found(
            that,
            Kind.LOG_ROLLBACK,
            Severity.CRITICAL,
            check,
            recorded,
            verdict.sentence() + " " + ROLLED_BACK),
        verdict,
        true);
  }

  /**
   * A probe went the way of a forged token under an unknown key, and is no more than that. Whatever
   * else it came to stands.
   */
  static Judgement ofProbe(Judgement judgement) {
    return judgement instanceof Judgement.Found found && found.kind() == Kind.UNKNOWN_KEY
        ? new Judgement.Found(
            Kind.WATCH_PROBE,
            Severity.LOW,
            found.domain(),
            found.subject(),
            "The forged token came through by which another process watches the monitor. It is"
                + " under a key of its own that nobody trusts, and no service accepted it.",
            found.detail())
        : judgement;
  }

  private static Judgement.Found untold(
      Judgement.Found found, UnheldToken.Verdict verdict, boolean isReleased) {
    JsonObject detail = isReleased ? found.detail().with("released", true) : found.detail();
    return new Judgement.Found(
        found.kind(),
        found.severity(),
        found.domain(),
        found.subject(),
        found.summary(),
        detail.with("verdict", verdict.name().toLowerCase(Locale.ROOT).replace('_', '-')));
  }

  private static final String ROLLED_BACK =
      "That alone is not a sign of theft, but it is the authority's word. Find out who restored or"
          + " damaged the signer's disk.";

  private static final String SETTLES =
      "That alone is not a sign of theft. It is settled when its signer returns, or"
          + " when a custodian has a copy of its counterfoil.";

  private static String signature(TokenCase that) {
    if (that.signedByKey()) {
      return "good";
    }
    if (that.presented().token().isPresent() && that.key().isPresent()) {
      return "bad";
    }
    return that.presented().sighting().signed() ? "good-says-reporter" : "not-checked";
  }

  private static String keySentence(TokenCase that, KeyCheck check) {
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
      case NONE ->
          "A token "
              + by
              + " a key of "
              + attached(that).map(issuer -> "the attached issuer " + issuer).orElse("the domain")
              + ".";
    };
  }

  /** The thumbprint of the key, or what the token calls a key that is not known. */
  private static Optional<String> kid(TokenCase that) {
    return that.key().map(key -> key.statement().kid()).or(that.presented()::kid);
  }

  /** The issuer of the key, where that is an attached one. */
  private static Optional<String> attached(TokenCase that) {
    return that.key()
        .map(key -> key.statement().issuer())
        .filter(issuer -> !issuer.equals(that.keys().issuer()));
  }

  private static String handlingSentence(TokenCase that) {
    Sighting sighting = that.presented().sighting();
    return sighting.isAccepted()
        ? sighting.use().service() + " accepted it."
        : sighting.use().service() + " refused it (" + sighting.outcome() + ").";
  }

  private static String signatureSentence(TokenCase that) {
    boolean isForeign = that.key().filter(key -> key.statement().isForeign()).isPresent();
    if (isForeign && (that.signedByKey() || that.presented().sighting().signed())) {
      return " The signature is valid: the issuer's key is stolen, or the issuer released the token"
          + " before it handed the digest in.";
    }
    if (that.signedByKey()) {
      return " The signature is valid, so " + Finding.USED_OUTSIDE + ".";
    }
    return that.presented().sighting().signed()
        ? " The service found the signature valid, so " + Finding.USED_OUTSIDE + "."
        : "";
  }
}
