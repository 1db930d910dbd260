package dev.counterfoil.assess.token;

import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.TokenFinding;
import dev.counterfoil.assess.key.IssuerView;
import dev.counterfoil.assess.key.KeyAge;
import dev.counterfoil.assess.key.KeyChecks;
import dev.counterfoil.assess.key.KeyPeriod;
import dev.counterfoil.assess.key.KeySetChecks;
import dev.counterfoil.assess.key.Observations;
import dev.counterfoil.assess.key.PublishedKey;
import dev.counterfoil.assess.key.PublishedKeySet;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Finds the key that signed a sample token, and judges whether it should have. */
public final class TokenKeyChecks {
  private final List<IssuerView> issuers;
  private final List<PublishedKeySet> deployed;
  private final Observations observations;
  private final KeyPeriod period;
  private final AssessmentFindings findings;

  public TokenKeyChecks(
      List<IssuerView> issuers,
      List<PublishedKeySet> deployed,
      Observations observations,
      KeyPeriod period,
      AssessmentFindings findings) {
    this.issuers = issuers;
    this.deployed = deployed;
    this.observations = observations;
    this.period = period;
    this.findings = findings;
  }

  /**
   * A key that may have signed, where it stands, and whose set that is (nobody's for a deployed
   * set).
   */
  private record Candidate(PublishedKeySet set, PublishedKey key, Optional<IssuerView> owner) {}

  /** Checks the token's key; the answer is what the report says of its signature. */
  public String run(String label, ParsedToken.Signed token) {
    String algorithm = Json.text(token.header(), "alg").orElse("");
    if (algorithm.isEmpty() || algorithm.toLowerCase(Locale.ROOT).equals("none")) {
      return "not signed";
    }
    if (algorithm.startsWith("HS")) {
      return "shared secret, not checked";
    }
    Optional<String> kid = Json.text(token.header(), "kid");
    List<Candidate> named =
        candidates().filter(one -> kid.isEmpty() || one.key().kid().equals(kid)).toList();
    if (named.isEmpty()) {
      add(
          TokenFinding.TOKEN_KEY_UNKNOWN,
          label,
          "kid is " + kid.map(Printable::of).orElse("missing, and no key was read"));
      return "key unknown";
    }
    List<Candidate> signers = new ArrayList<>();
    boolean checked = false;
    for (Candidate candidate : named) {
      Optional<PublicKey> key =
          candidate.key().publicMaterial().flatMap(PublishedKey.Material.Public::key);
      Optional<Boolean> verdict =
          key.flatMap(one -> ForeignSignatureCheck.verify(algorithm, one, token));
      checked |= verdict.isPresent();
      if (verdict.orElse(false)) {
        signers.add(candidate);
      }
    }
    if (signers.isEmpty()) {
      return withoutSigner(label, algorithm, kid, checked);
    }
    String issuer = Json.text(token.claims(), "iss").orElse("");
    Candidate signer =
        signers.stream().filter(one -> isOwn(one, issuer)).findFirst().orElse(signers.getFirst());
    checkOwner(label, signer, issuer);
    checkTimes(label, token, signer);
    return "valid, by " + signer.key().name();
  }

  private String withoutSigner(
      String label, String algorithm, Optional<String> kid, boolean checked) {
    if (!checked) {
      add(TokenFinding.TOKEN_SIGNATURE_UNCHECKED, label, "alg is " + Printable.of(algorithm));
      return "not checked";
    }
    if (kid.isEmpty()) {
      add(TokenFinding.TOKEN_KEY_UNKNOWN, label, "no published key fits its signature");
      return "key unknown";
    }
    add(
        TokenFinding.TOKEN_SIGNATURE_INVALID,
        label,
        "key " + Printable.of(kid.get()) + " did not sign it");
    return "invalid";
  }

  private Stream<Candidate> candidates() {
    Stream<Candidate> own =
        issuers.stream()
            .flatMap(
                issuer ->
                    issuer.keySet().stream()
                        .flatMap(
                            set ->
                                set.keys().stream()
                                    .map(key -> new Candidate(set, key, Optional.of(issuer)))));
    Stream<Candidate> other =
        deployed.stream()
            .flatMap(
                set -> set.keys().stream().map(key -> new Candidate(set, key, Optional.empty())));
    return Stream.concat(own, other);
  }

  private static boolean isOwn(Candidate candidate, String issuer) {
    return candidate.owner().map(owner -> owner.names().contains(issuer)).orElse(false);
  }

  private void checkOwner(String label, Candidate signer, String issuer) {
    Optional<String> meantFor =
        signer.key().issuer().filter(owner -> !owner.contains("{") && !owner.equals(issuer));
    if (isOwn(signer, issuer) && meantFor.isEmpty()) {
      return;
    }
    boolean issuerKnown = issuers.stream().anyMatch(one -> one.names().contains(issuer));
    if (meantFor.isPresent()) {
      add(
          TokenFinding.TOKEN_KEY_OF_OTHER_ISSUER,
          label,
          "iss is "
              + Printable.of(issuer)
              + ", "
              + signer.key().name()
              + " is meant for "
              + Printable.of(meantFor.get()));
    } else if (signer.owner().isPresent() && issuerKnown) {
      add(
          TokenFinding.TOKEN_KEY_OF_OTHER_ISSUER,
          label,
          "iss is "
              + Printable.of(issuer)
              + ", signed with "
              + signer.key().name()
              + " of "
              + Printable.of(signer.owner().get().url().toString()));
    } else if (signer.owner().isEmpty()) {
      add(
          TokenFinding.TOKEN_KEY_UNKNOWN,
          label,
          signer.set().name(signer.key()) + " stands in no issuer's own set");
    }
  }

  private void checkTimes(String label, ParsedToken.Signed token, Candidate signer) {
    Optional<Instant> issued = TokenChecks.instant(token.claims(), "iat");
    Optional<Instant> ends = TokenChecks.instant(token.claims(), "exp");
    Optional<Instant> keyEnds =
        signer
            .key()
            .ends()
            .or(
                () ->
                    signer
                        .key()
                        .certificate()
                        .map(X509Certificate::getNotAfter)
                        .map(Date::toInstant));
    if (keyEnds.isPresent()) {
      String end = signer.key().name() + " ended " + KeyChecks.day(keyEnds.get());
      if (issued.isPresent() && issued.get().isAfter(keyEnds.get())) {
        add(
            TokenFinding.TOKEN_SIGNED_BY_EXPIRED_KEY,
            label,
            "issued " + KeyChecks.day(issued.get()) + ", " + end);
      } else if (ends.isPresent() && ends.get().isAfter(keyEnds.get())) {
        add(
            TokenFinding.TOKEN_OUTLIVES_KEY,
            label,
            "valid until " + ends.get() + "; " + signer.key().name() + " ends " + keyEnds.get());
      }
    }
    Optional<KeyAge> age = KeyAge.of(signer.set(), signer.key(), observations);
    if (issued.isPresent() && age.isPresent()) {
      Duration used = age.get().at(issued.get());
      if (used.compareTo(period.ceiling()) > 0) {
        findings.add(
            KeyFinding.KEY_TOO_OLD,
            signer.set().name(signer.key())
                + ": was "
                + used.toDays()
                + " days old when it signed "
                + label);
      }
    }
    issued.ifPresent(at -> checkAnnounced(label, at, signer));
  }

  /**
   * Whether caches can have had the key when it signed: they cannot if the set was seen without it
   * just before.
   */
  private void checkAnnounced(String label, Instant issued, Candidate signer) {
    OptionalLong maxAge = KeySetChecks.maxAge(signer.set());
    Optional<Instant> without =
        signer
            .key()
            .thumbprint()
            .flatMap(
                thumbprint -> observations.lastSeenWithout(signer.set().address(), thumbprint));
    if (maxAge.isEmpty() || without.isEmpty()) {
      return;
    }
    Duration announced = Duration.between(without.get(), issued);
    if (announced.compareTo(Duration.ofSeconds(maxAge.getAsLong())) < 0) {
      findings.add(
          KeyFinding.KEY_USED_AT_ONCE,
          signer.set().name(signer.key())
              + ": signed "
              + label
              + " at most "
              + Math.max(0, announced.toSeconds())
              + " s after it was published; caches may keep the set before it for "
              + maxAge.getAsLong()
              + " s");
    }
  }

  private void add(TokenFinding kind, String label, String detail) {
    findings.add(kind, label + ": " + detail);
  }
}
