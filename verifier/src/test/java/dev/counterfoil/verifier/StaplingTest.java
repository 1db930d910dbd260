package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Proofs of issuing that clients send along: checked without a call, refused each for itself. */
class StaplingTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Ed25519 witness = new TestKeys.Ed25519();
  private final AtomicInteger readsOfLogs = new AtomicInteger();
  private final List<LogFork> forks = new ArrayList<>();
  private final List<Acknowledgement> acknowledged = new ArrayList<>();

  // What runs in the background in a service is run by hand here.
  private final ScheduledThreadPoolExecutor nothing =
      new ScheduledThreadPoolExecutor(0) {
        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(
            Runnable task, long initial, long delay, TimeUnit unit) {
          return schedule(() -> {}, 1, TimeUnit.DAYS);
        }
      };

  StaplingTest() {
    issuer.publish();
  }

  @AfterEach
  void stop() {
    nothing.shutdownNow();
  }

  private CosignerKey witnessKey() {
    return new CosignerKey(
        "witness.example/w1",
        CosignerKey.Algorithm.ED25519,
        witness.noteKey("w").publicKey().bytes());
  }

  private TrustPolicy witnessed() {
    TrustPolicy plain = issuer.policy();
    return new TrustPolicy(
        plain.domain(),
        plain.issuer(),
        plain.root(),
        new LogPolicy(
            List.of(new LogPolicy.PinnedLog(issuer.keyLog().noteKey())),
            List.of(new LogPolicy.Witness("w1", witnessKey(), Optional.empty())),
            List.of(),
            "w1"));
  }

  private SignedNote cosigned(SignedNote checkpoint) {
    List<SignedNote.NoteSignature> lines = new ArrayList<>(checkpoint.signatures());
    lines.add(TestKeyLog.cosigned(checkpoint.text(), witnessKey(), witness, clock.instant()));
    return new SignedNote(checkpoint.text(), lines);
  }

  private byte[] read(URI uri, int bytesMax) throws IOException {
    if (!uri.toString().contains("/logs/keys/")) {
      readsOfLogs.incrementAndGet();
    }
    if (uri.toString().endsWith("/keys/checkpoint.cosigned")) {
      return cosigned(issuer.keyLog().checkpoint(issuer.keyLog().size())).bytes();
    }
    if (uri.toString().endsWith("/checkpoint.cosigned")) {
      throw new FileNotFoundException("status 404");
    }
    return issuer.get(uri, bytesMax);
  }

  private VerifierBuilder builder(TrustPolicy policy) {
    return Verifier.builder(policy)
        .network(this::read)
        .clock(clock)
        .scheduler(nothing)
        .logForks(forks::add)
        .sightings(
            new SightingSink() {
              @Override
              public void report(Sighting sighting) {}

              @Override
              public void acknowledge(Acknowledgement acknowledgement) {
                acknowledged.add(acknowledgement);
              }
            });
  }

  private static Verifier started(VerifierBuilder builder) {
    Verifier verifier = builder.build();
    verifier.refreshKeys();
    return verifier;
  }

  private TlogProof proof(String log, long position) {
    try {
      return TlogProof.parse(issuer.log(log).proof(position).orElseThrow());
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private String cosignedProof(long position) {
    TlogProof plain = proof("s1g1", position);
    return StapledProof.of(
        new TlogProof(position, plain.path(), cosigned(plain.checkpoint())).bytes());
  }

  private String issue(String subject) {
    return issuer.issue(issuer.draft(key).claim("sub", subject), key);
  }

  private static String outcome(Verifier verifier, String token, @Nullable String proof) {
    return outcome(
        verifier.verify(token, TokenCases.MAIL, RequestContext.none().withStapledProof(proof)));
  }

  private static String outcome(Verification verification) {
    if (verification instanceof Refused refused) {
      return refused.code().text();
    }
    Verified verified = (Verified) verification;
    return verified.proof().getClass().getSimpleName()
        + (verified.proof().isCosigned() ? " cosigned" : "");
  }

  @Test
  void aCosignedProofShowsATokenWithoutACallAndOthersAreRefusedEachForItself() throws Exception {
    String early = issue("alice");
    SignedNote old = issuer.log("s1g1").checkpoint();
    String token = issue("bob");
    String forged = issuer.draft(key).claim("sub", "victim").at("s1g1", 1).signed(key);
    issuer.fill("s1g1", 300);
    issuer.addLog("s1g2");
    issuer.fill("s1g2", 3);
    try (Verifier verifier = started(builder(witnessed()).stapling(Stapling.REQUIRED))) {
      final int reads = readsOfLogs.get();
      String good = cosignedProof(1);
      assertThat(outcome(verifier, token, null)).isEqualTo("proof-missing");
      assertThat(outcome(verifier, token, "")).isEqualTo("proof-malformed");
      assertThat(outcome(verifier, token, good.substring(0, good.length() - 40)))
          .as("truncated")
          .isIn("proof-malformed", "proof-not-cosigned");
      assertThat(outcome(verifier, token, good.substring(0, 400))).isEqualTo("proof-malformed");
      assertThat(outcome(verifier, token, good + "=")).as("padded").isEqualTo("proof-malformed");
      assertThat(outcome(verifier, token, "A".repeat(StapledProof.LENGTH_MAX + 1)))
          .as("oversized")
          .isEqualTo("proof-malformed");
      assertThat(outcome(verifier, token, cosignedProof(0)))
          .as("of another token")
          .isEqualTo("proof-mismatch");
      TlogProof bobs = proof("s1g1", 1);
      assertThat(outcome(verifier, token, StapledProof.of(bobs.bytes())))
          .isEqualTo("proof-not-cosigned");
      TlogProof other = proof("s1g2", 1);
      assertThat(
              outcome(
                  verifier,
                  token,
                  StapledProof.of(
                      new TlogProof(1, other.path(), cosigned(other.checkpoint())).bytes())))
          .as("of another log")
          .isEqualTo("proof-log");
      assertThat(
              outcome(
                  verifier,
                  token,
                  StapledProof.of(new TlogProof(1, bobs.path(), cosigned(old)).bytes())))
          .as("from before the token")
          .isEqualTo("proof-old");
      assertThat(outcome(verifier, forged, good)).as("forged").isEqualTo("proof-mismatch");
      assertThat(outcome(verifier, token, good)).isEqualTo("ByStapledProof cosigned");
      assertThat(outcome(verifier, token, null)).as("remembered").startsWith("ByStapledProof");
      assertThat(outcome(verifier, early, null)).isEqualTo("proof-missing");
      assertThat(readsOfLogs).as("no call").hasValue(reads);
      assertThat(acknowledged.get(0).mode()).isEqualTo(Acknowledgement.Mode.STAPLED);
    }
  }

  @Test
  void withoutAProofTheLogIsReadWhereThatIsAllowed() {
    String token = issue("alice");
    String other = issue("bob");
    try (Verifier accepting = started(builder(issuer.policy()).stapling(Stapling.ACCEPTED));
        Verifier ignoring = started(builder(issuer.policy()))) {
      assertThat(outcome(accepting, token, null)).isEqualTo("ByTile");
      String proofs = StapledProof.of(proof("s1g1", 1).bytes());
      assertThat(outcome(accepting, issue("carol"), proofs))
          .as("a proof that does not hold")
          .isEqualTo("proof-mismatch");
      assertThat(outcome(accepting, other, proofs)).isEqualTo("ByStapledProof");
      assertThat(outcome(ignoring, issue("dave"), proofs)).isEqualTo("ByTile");
    }
  }

  @Test
  void itWorksOnForAnHourWithoutTheAuthorityAndNotPastTheKeysEnd() {
    issuer.delegate(
        like ->
            TestIssuer.with(
                like,
                like.bounds(),
                clock.instant().minus(Duration.ofDays(1)),
                clock.instant().plus(Duration.ofDays(20))));
    KeyStatement shortLived = issuer.statement(new TestKeys.Es256(), "s1g1");
    assertThat(shortLived.lifeMax()).isEqualTo(Duration.ofHours(1));
    List<String> tokens = new ArrayList<>();
    List<String> proofs = new ArrayList<>();
    Instant start = clock.instant();
    for (int minute = 0; minute < 3; minute++) {
      tokens.add(
          issuer.issue(issuer.draft(key).times(start, start.plus(Duration.ofMinutes(59))), key));
    }
    for (int i = 0; i < tokens.size(); i++) {
      proofs.add(cosignedProof(i));
    }
    try (Verifier stapled = started(builder(witnessed()).stapling(Stapling.ACCEPTED));
        Verifier tiles = started(builder(witnessed()))) {
      issuer.die();
      clock.advance(Duration.ofMinutes(58));
      stapled.refreshKeys();
      tiles.refreshKeys();
      assertThat(outcome(tiles, tokens.get(0), proofs.get(0))).isEqualTo("keys-stale");
      assertThat(outcome(stapled, tokens.get(0), proofs.get(0)))
          .isEqualTo("ByStapledProof cosigned");
      assertThat(outcome(stapled, tokens.get(1), proofs.get(0))).isEqualTo("proof-mismatch");
      assertThat(outcome(stapled, tokens.get(1), proofs.get(1)))
          .isEqualTo("ByStapledProof cosigned");
      clock.advance(Duration.ofMinutes(1));
      assertThat(outcome(stapled, tokens.get(0), proofs.get(0))).isEqualTo("expired");
      assertThat(outcome(stapled, tokens.get(2), proofs.get(2))).isEqualTo("expired");
    }
  }

  @Test
  void whatSilenceMayLastSaysTheServiceWhereItSaysIt() {
    String token = issue("alice");
    VerifierLimits limits = VerifierLimits.defaults();
    try (Verifier verifier =
        started(builder(issuer.policy()).stapling(Stapling.ACCEPTED).limits(limits))) {
      issuer.die();
      clock.advance(Duration.ofMinutes(6));
      assertThat(outcome(verifier, token, StapledProof.of(proof("s1g1", 0).bytes())))
          .isEqualTo("keys-stale");
    }
  }

  @Test
  void theOneHistoryIsLookedForBehindStapledProofs() {
    issue("alice");
    String token = issue("bob");
    String proof = StapledProof.of(proof("s1g1", 1).bytes());
    try (Verifier verifier = started(builder(issuer.policy()).stapling(Stapling.REQUIRED))) {
      assertThat(outcome(verifier, token, proof)).isEqualTo("ByStapledProof");
      verifier.followQuorum();
      assertThat(forks).isEmpty();
      // Others are shown a log in which the token does not stand.
      issuer.forkLog("s1g1", 7);
      String later = issuer.issue(issuer.draft(key).claim("sub", "carol"), key);
      String latersProof = StapledProof.of(proof("s1g1", 7).bytes());
      assertThat(outcome(verifier, later, latersProof)).isEqualTo("ByStapledProof");
      verifier.followQuorum();
      assertThat(forks).hasSize(1);
      assertThat(outcome(verifier, token, proof)).isEqualTo("log-forked");
      assertThat(outcome(verifier, later, latersProof)).isEqualTo("log-forked");
    }
  }

  @Test
  void aTokenThatIsRecordedByItsDigestIsShownTheSameWay() {
    issuer.addLog("d1g1");
    issuer.fill("d1g1", 2);
    TestKeys.Es256 theirs = new TestKeys.Es256();
    KeyStatement like = issuer.statement(theirs, "s1g1");
    issuer.state(
        KeyStatement.builder(theirs.jwk())
            .domain(like.domain())
            .issuer(like.issuer())
            .tenants(like.tenants())
            .tokenTypes(like.tokenTypes())
            .audiences(like.audiences())
            .lifeMax(like.lifeMax())
            .active(like.activeFrom(), like.activeUntil())
            .verifyUntil(like.verifyUntil())
            .record(new RecordForm.Digest("d1g1"))
            .custody("elsewhere", KeyStatement.Assurance.COPYABLE_BY_ROOT)
            .build());
    issuer.publish();
    TokenDraft draft = issuer.draft(theirs).claim("jti", "theirs");
    issuer.log("d1g1").append(draft.leaf());
    String token = draft.signed(theirs);
    String forged = issuer.draft(theirs).claim("jti", "thief's").signed(theirs);
    String proof = StapledProof.of(proof("d1g1", 2).bytes());
    try (Verifier verifier = started(builder(issuer.policy()).stapling(Stapling.REQUIRED))) {
      int reads = readsOfLogs.get();
      assertThat(outcome(verifier, token, proof)).isEqualTo("ByStapledProof");
      assertThat(((Verified) verifier.verify(token, TokenCases.MAIL)).position()).isEqualTo(2);
      assertThat(readsOfLogs).as("no call for what passes").hasValue(reads);
      assertThat(outcome(verifier, forged, proof)).isEqualTo("proof-mismatch");
      assertThat(readsOfLogs.get()).as("looked up: it is to be a finding").isGreaterThan(reads);
    }
  }
}
