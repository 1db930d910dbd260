package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tokens under a policy that asks for a witness's cosignature. */
class CosignedLogTest {
  private static final Duration STALE = Duration.ofMinutes(5);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Ed25519 witness = new TestKeys.Ed25519();

  // What runs in the background in a service is run by hand here.
  private final ScheduledExecutorService nothing = Executors.newScheduledThreadPool(0);

  private final List<LogFork> forks = new ArrayList<>();
  private final List<Acknowledgement> acknowledged = new ArrayList<>();
  private byte @Nullable [] cosigned;
  private boolean tilesAreAway;
  private boolean sinkFails;

  CosignedLogTest() {
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

  private byte[] cosign(SignedNote checkpoint) {
    List<SignedNote.NoteSignature> lines = new ArrayList<>(checkpoint.signatures());
    lines.add(TestKeyLog.cosigned(checkpoint.text(), witnessKey(), witness, clock.instant()));
    return new SignedNote(checkpoint.text(), lines).bytes();
  }

  private void witnessCosigns() {
    cosigned = cosign(issuer.log("s1g1").checkpoint());
  }

  private byte[] read(URI uri, int bytesMax) throws IOException {
    String path = uri.toString();
    if (path.endsWith("/keys/checkpoint.cosigned")) {
      return cosign(issuer.keyLog().checkpoint(issuer.keyLog().size()));
    }
    if (path.endsWith("/s1g1/checkpoint.cosigned")) {
      byte[] note = cosigned;
      if (note == null) {
        throw new FileNotFoundException("status 404");
      }
      return note;
    }
    if (tilesAreAway && path.contains("/s1g1/tile/")) {
      throw new IOException("status 503");
    }
    return issuer.get(uri, bytesMax);
  }

  /** Keeps what is acknowledged. */
  private final class Acknowledged implements SightingSink {
    @Override
    public void report(Sighting sighting) {}

    @Override
    public void acknowledge(Acknowledgement acknowledgement) {
      if (sinkFails) {
        throw new IllegalStateException("the sink's own");
      }
      acknowledged.add(acknowledgement);
    }
  }

  private Verifier verifier(TrustPolicy policy) {
    return started(builder(policy));
  }

  private static Verifier started(VerifierBuilder builder) {
    Verifier verifier = builder.build();
    verifier.refreshKeys();
    return verifier;
  }

  private VerifierBuilder builder(TrustPolicy policy) {
    return Verifier.builder(policy)
        .network(this::read)
        .clock(clock)
        .scheduler(nothing)
        .sightings(new Acknowledged())
        .logForks(forks::add)
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), STALE)
                .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)));
  }

  private String issue() {
    return issuer.issue(issuer.draft(key), key);
  }

  private static String outcome(Verifier verifier, String token) {
    Verification verification = verifier.verify(token, TokenCases.MAIL);
    if (verification instanceof Verified verified) {
      return verified.proof().isCosigned() ? "cosigned" : "provisional";
    }
    return ((Refused) verification).code().text();
  }

  @Test
  void belowTheCosignedSizeTheQuorumVouchesAndAboveItTheLogForAWhile() {
    String first = issue();
    try (Verifier verifier = verifier(witnessed())) {
      assertThat(outcome(verifier, first)).isEqualTo("provisional");
      witnessCosigns();
      verifier.followQuorum();
      String second = issue();
      assertThat(outcome(verifier, second)).isEqualTo("provisional");
      String third = issuer.issue(issuer.draft(key).claim("sub", "bob"), key);
      witnessCosigns();
      verifier.followQuorum();
      assertThat(outcome(verifier, third)).isEqualTo("cosigned");
    }
  }

  @Test
  void leavesOfAStreamAreProvisionalUntilTheQuorumVouchesAndNoLongerThanOthers() {
    String first = issue();
    try (Verifier verifier = started(builder(witnessed()).stream())) {
      StreamTest.awaitSize(verifier, "s1g1", 1);
      assertThat(outcome(verifier, first)).isEqualTo("provisional");
      witnessCosigns();
      verifier.followQuorum();
      String second = issuer.issue(issuer.draft(key).claim("sub", "bob"), key);
      StreamTest.awaitSize(verifier, "s1g1", 2);
      assertThat(outcome(verifier, second)).isEqualTo("provisional");
      assertThat(outcome(verifier, issuer.draft(key).at("s1g1", 0).claim("sub", "x").signed(key)))
          .isEqualTo("never-issued");
      // Keys may age for an hour with a stream; what nobody cosigned may not.
      clock.advance(STALE.plusSeconds(1));
      assertThat(outcome(verifier, second)).isEqualTo("not-cosigned");
      assertThat(outcome(verifier, first)).isEqualTo("provisional");
      witnessCosigns();
      verifier.followQuorum();
      String third = issuer.issue(issuer.draft(key).claim("sub", "eve"), key);
      witnessCosigns();
      StreamTest.awaitSize(verifier, "s1g1", 3);
      verifier.followQuorum();
      assertThat(outcome(verifier, third)).isEqualTo("cosigned");
    }
  }

  @Test
  void aCosignedRootThatTheStreamDoesNotReachIsAFork() {
    issuer.fill("s1g1", 5);
    String token = issue();
    try (Verifier verifier = started(builder(witnessed()).stream())) {
      StreamTest.awaitSize(verifier, "s1g1", 6);
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      TestLog log = issuer.log("s1g1");
      issuer.forkLog("s1g1", 9);
      witnessCosigns();
      // Another history is cosigned, and its tiles are what is served.
      verifier.followQuorum();
      assertThat(outcome(verifier, token)).isEqualTo("log-forked");
      issuer.replaceLog(log);
      assertThat(outcome(verifier, token)).isEqualTo("log-forked");
    }
    assertThat(forks).hasSize(1);
  }

  @Test
  void withoutAQuorumInThePolicyNothingIsAskedOfWitnesses() {
    String token = issue();
    try (Verifier verifier = verifier(issuer.policy())) {
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      clock.advance(STALE.plusSeconds(1));
      verifier.refreshKeys();
      assertThat(outcome(verifier, issue())).isEqualTo("provisional");
    }
  }

  @Test
  void theLogsOwnWordLastsNoLongerThanAServiceLetsItsKeysAge() {
    String cached = issue();
    try (Verifier verifier = verifier(witnessed())) {
      assertThat(outcome(verifier, cached)).isEqualTo("provisional");
      clock.advance(STALE.minusSeconds(1));
      verifier.refreshKeys();
      assertThat(outcome(verifier, cached)).isEqualTo("provisional");
      assertThat(verifier.isReady()).isTrue();
      clock.advance(Duration.ofSeconds(1));
      verifier.refreshKeys();
      assertThat(verifier.isReady()).isFalse();
      assertThat(outcome(verifier, cached)).as("one that was verified").isEqualTo("not-cosigned");
      assertThat(outcome(verifier, issue())).as("a new one").isEqualTo("not-cosigned");
      // The witness is back, and nobody has looked in the background meanwhile.
      witnessCosigns();
      assertThat(outcome(verifier, cached)).isEqualTo("provisional");
      assertThat(outcome(verifier, issue())).isEqualTo("provisional");
      assertThat(verifier.isReady()).isTrue();
    }
  }

  /** A thief keeps the witnesses away from a service whose clock was ahead, and is right again. */
  @Test
  void norAnyLongerWhereTheClockWasAhead() {
    Instant truth = clock.instant();
    try (Verifier verifier = verifier(witnessed())) {
      clock.advance(Duration.ofHours(2));
      verifier.refreshKeys();
      assertThat(outcome(verifier, issue())).isEqualTo("provisional");
      clock.set(truth);
      verifier.refreshKeys();
      String token = issue();
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      clock.advance(STALE.minusSeconds(1));
      verifier.refreshKeys();
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      clock.advance(Duration.ofSeconds(1));
      verifier.refreshKeys();
      assertThat(outcome(verifier, token)).isEqualTo("not-cosigned");
      // The control: it is the quorum that it lacks.
      witnessCosigns();
      verifier.followQuorum();
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      assertThat(outcome(verifier, issue())).isEqualTo("provisional");
    }
  }

  @Test
  void aCosignatureOfAStrangerRaisesNothing() {
    String token = issue();
    cosigned = issuer.log("s1g1").checkpoint().bytes();
    try (Verifier verifier = verifier(witnessed())) {
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      verifier.followQuorum();
      assertThat(outcome(verifier, issuer.issue(issuer.draft(key).claim("sub", "bob"), key)))
          .isEqualTo("provisional");
      clock.advance(STALE);
      verifier.refreshKeys();
      assertThat(outcome(verifier, token)).isEqualTo("not-cosigned");
    }
  }

  @Test
  void aCosignedRootOfAnotherHistoryIsAForkAndRefusesEverything() throws Exception {
    TestLog shownToOthers =
        new TestLog("s1g1", issuer.log("s1g1").origin(), issuer.log("s1g1").key());
    shownToOthers.append(Leaf.of("another".getBytes(StandardCharsets.UTF_8)));
    String token = issue();
    issuer.fill("s1g1", 3);
    try (Verifier verifier = verifier(witnessed())) {
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      cosigned = cosign(shownToOthers.checkpoint());
      verifier.followQuorum();
      assertThat(outcome(verifier, token)).isEqualTo("log-forked");
      assertThat(outcome(verifier, issue())).isEqualTo("log-forked");
      assertSaidOnce(shownToOthers);
    }
    // The control: the same history, as far as the witness saw it.
    try (Verifier verifier = verifier(witnessed())) {
      witnessCosigns();
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      verifier.followQuorum();
      assertThat(outcome(verifier, issue())).isEqualTo("provisional");
      assertThat(forks).isEmpty();
      assertThat(acknowledged.get(acknowledged.size() - 1).logs()).hasSizeLessThan(2);
    }
  }

  @Test
  void whoListensHearsOfAForkAlsoWhenTheSinkFails() throws Exception {
    String token = issue();
    try (Verifier verifier = verifier(witnessed())) {
      assertThat(outcome(verifier, token)).isEqualTo("provisional");
      issuer.forkLog("s1g1", 5);
      witnessCosigns();
      sinkFails = true;
      verifier.followQuorum();
      assertThat(forks).hasSize(1);
      assertThat(outcome(verifier, token)).isEqualTo("log-forked");
    }
  }

  /** The listener hears of a fork once, and the monitor at once, with both histories. */
  private void assertSaidOnce(TestLog other) throws FormatException {
    Checkpoint theirs = Checkpoint.parse(other.checkpoint().text());
    assertThat(forks)
        .singleElement()
        .satisfies(fork -> assertThat(List.of(fork.one(), fork.other())).contains(theirs));
    assertThat(acknowledged.get(acknowledged.size() - 1).logs())
        .hasSize(2)
        .contains(
            new Acknowledgement.NamedView(
                "s1g1", new Acknowledgement.View(theirs.size(), theirs.root())));
    forks.clear();
    acknowledged.clear();
  }

  /** A checkpoint that a proof came with was relied upon, though its tree was never read. */
  @Test
  void whatAnOnlineProofStoodUnderHasToBeExtendedToo() {
    String token = issue();
    tilesAreAway = true;
    try (Verifier deceived = verifier(witnessed());
        Verifier honest = verifier(witnessed())) {
      assertThat(outcome(deceived, token)).isEqualTo("provisional");
      assertThat(outcome(honest, token)).isEqualTo("provisional");
      tilesAreAway = false;
      issuer.fill("s1g1", 3);
      witnessCosigns();
      honest.followQuorum();
      assertThat(outcome(honest, issue())).isEqualTo("provisional");
      assertThat(forks).isEmpty();

      issuer.forkLog("s1g1", 5);
      witnessCosigns();
      deceived.followQuorum();
      assertThat(forks).hasSize(1);
      assertThat(outcome(deceived, token)).isEqualTo("log-forked");
    }
  }
}
