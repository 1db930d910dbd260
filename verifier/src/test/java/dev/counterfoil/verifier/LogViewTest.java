package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.tree.Leaf;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The issuance check against logs that are honest, slow, lying or forked. */
class LogViewTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();

  private final VerifierLimits limits =
      VerifierLimits.defaults()
          .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
          .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40));

  LogViewTest() {
    issuer.publish();
  }

  private Verifier verifier() {
    return Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(limits).build();
  }

  private static String outcome(Verifier verifier, String token) {
    return verifier.verify(token, TokenCases.MAIL) instanceof Refused refused
        ? refused.code().text()
        : TokenCases.VERIFIED;
  }

  private String issue() {
    return issuer.issue(issuer.draft(key), key);
  }

  @Test
  void everyPositionOfAGrowingLogIsFoundAndNoForgeryIs() {
    Random random = new Random(7);
    try (Verifier verifier = verifier()) {
      List<String> tokens = new ArrayList<>();
      for (int round = 0; round < 40; round++) {
        issuer.fill("s1g1", random.nextInt(200));
        tokens.add(issue());
        issuer.fill("s1g1", random.nextInt(3));
        String token = tokens.get(random.nextInt(tokens.size()));
        assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
        assertThat(outcome(verifier, tokens.get(tokens.size() - 1))).isEqualTo(TokenCases.VERIFIED);
        long position = random.nextLong(issuer.log("s1g1").size());
        String forged =
            issuer.draft(key).claim("sub", "f" + round).at("s1g1", position).signed(key);
        assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      }
      assertThat(issuer.log("s1g1").size()).isGreaterThan(2_000);
    }
  }

  @Test
  void aLookUpInAProvenTileReadsNothing() {
    issuer.fill("s1g1", 10);
    String first = issue();
    String second = issue();
    issuer.fill("s1g1", 400);
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, first)).isEqualTo(TokenCases.VERIFIED);
      int reads = issuer.readsOf("s1g1");
      assertThat(reads).isPositive();
      assertThat(outcome(verifier, second)).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(verifier, issuer.draft(key).at("s1g1", 3).signed(key)))
          .isEqualTo("never-issued");
      assertThat(issuer.readsOf("s1g1")).isEqualTo(reads);
    }
  }

  @Test
  void threadsThatWantTheSameTileShareOneFetch() throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      tokens.add(issue());
    }
    issuer.fill("s1g1", 600);
    CountDownLatch all = new CountDownLatch(tokens.size());
    AtomicInteger reading = new AtomicInteger();
    issuer.between(
        (path, honest) -> {
          if (path.endsWith("/tile/0/000")) {
            reading.incrementAndGet();
          }
          return honest.read();
        });
    ExecutorService threads = Executors.newFixedThreadPool(tokens.size());
    try (Verifier verifier = verifier()) {
      List<Future<String>> outcomes = new ArrayList<>();
      for (String token : tokens) {
        outcomes.add(
            threads.submit(
                () -> {
                  all.countDown();
                  all.await();
                  return outcome(verifier, token);
                }));
      }
      for (Future<String> outcome : outcomes) {
        assertThat(outcome.get()).isEqualTo(TokenCases.VERIFIED);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(reading).hasValue(1);
  }

  @Test
  void aTokenYoungerThanTheTipWaitsForItsCheckpoint() {
    issue();
    AtomicInteger asked = new AtomicInteger();
    byte[] before = issuer.log("s1g1").checkpoint().bytes();
    String young = issue();
    issuer.between(
        (path, honest) ->
            path.endsWith("/s1g1/checkpoint") && asked.incrementAndGet() < 2
                ? before
                : honest.read());
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, young)).isEqualTo(TokenCases.VERIFIED);
    }
    assertThat(asked).hasValue(2);
  }

  @Test
  void aPositionPastWhatTheRateReachesIsRefusedAfterOneLook() {
    issue();
    VerifierLimits patient = limits.withWaits(Duration.ofSeconds(2), Duration.ofSeconds(20));
    String far = issuer.draft(key).at("s1g1", 10_000_000).signed(key);
    try (Verifier verifier =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(patient).build()) {
      assertThat(outcome(verifier, far)).isEqualTo("beyond-tip");
      assertThat(issuer.reads("/logs/s1g1/checkpoint")).isEqualTo(1);
      // One that the rate does reach is looked for until the log is long enough.
      String near = issuer.draft(key).at("s1g1", issuer.log("s1g1").size() + 1).signed(key);
      issuer.between(
          (path, honest) -> {
            if (path.equals("/logs/s1g1/checkpoint") && issuer.reads(path) == 4) {
              issuer.fill("s1g1", 2);
            }
            return honest.read();
          });
      assertThat(outcome(verifier, near)).isEqualTo("never-issued");
      assertThat(issuer.reads("/logs/s1g1/checkpoint")).isEqualTo(4);
    }
  }

  @Test
  void aLogThatCannotHaveComeSoFarIsNotLookedAtAgain() {
    issue();
    VerifierLimits slow =
        new VerifierLimits(
            limits.refreshEvery(),
            limits.staleAfter(),
            limits.fetchTimeout(),
            Duration.ofMillis(40),
            1,
            limits.clockSkew(),
            limits.tokensMax(),
            limits.tilesMax());
    try (Verifier verifier =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(slow).build()) {
      assertThat(outcome(verifier, issuer.draft(key).at("s1g1", 900_000).signed(key)))
          .isEqualTo("beyond-tip");
      assertThat(issuer.reads("/logs/s1g1/checkpoint")).isEqualTo(1);
      for (int i = 0; i < 100; i++) {
        String far = issuer.draft(key).at("s1g1", 900_000_000L + i).signed(key);
        assertThat(outcome(verifier, far)).isEqualTo("beyond-tip");
      }
      assertThat(issuer.reads("/logs/s1g1/checkpoint")).isEqualTo(1);
      // The control: the next position may be there by now.
      assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
    }
  }

  @Test
  void aMachineThatStandsStillRefusesNoHonestToken() {
    issue();
    Duration wait = Duration.ofMillis(400);
    byte[] before = issuer.log("s1g1").checkpoint().bytes();
    String young = issue();
    AtomicInteger asked = new AtomicInteger();
    issuer.between(
        (path, honest) -> {
          if (!path.endsWith("/s1g1/checkpoint")) {
            return honest.read();
          }
          int looks = asked.incrementAndGet();
          if (looks == 1) {
            // All of the wait passes in one look.
            LockSupport.parkNanos(wait.plusMillis(100).toNanos());
          }
          return looks < 3 ? before : honest.read();
        });
    VerifierLimits patient = limits.withWaits(Duration.ofSeconds(2), wait);
    try (Verifier verifier =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(patient).build()) {
      assertThat(outcome(verifier, young)).isEqualTo(TokenCases.VERIFIED);
      assertThat(asked).hasValue(3);
      // The control: a wait in which there was time to look ends.
      issuer.honest();
      String next = issuer.draft(key).at("s1g1", issuer.log("s1g1").size() + 1).signed(key);
      assertThat(outcome(verifier, next)).isEqualTo("beyond-tip");
    }
  }

  @Test
  void aPartialTileThatIsGoneIsReadFromTheFullOne() {
    issuer.fill("s1g1", 100);
    String token = issue();
    byte[] old = issuer.log("s1g1").checkpoint().bytes();
    issuer.fill("s1g1", 500);
    issuer.between(
        (path, honest) -> {
          if (path.matches("/logs/s1g1/.*[.]p/.*")) {
            throw new FileNotFoundException("status 404");
          }
          return path.endsWith("/s1g1/checkpoint") ? old : honest.read();
        });
    try (Verifier verifier = verifier()) {
      assertThat(verifier.verify(token, TokenCases.MAIL))
          .isInstanceOfSatisfying(
              Verified.class, v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByTile.class));
    }
  }

  @Test
  void aLyingTileConvincesNobodyAndTheOnlineProofStepsIn() {
    issuer.fill("s1g1", 300);
    String honestToken = issue();
    String forged = issuer.draft(key).at("s1g1", 20).signed(key);
    Leaf forgedLeaf =
        Leaf.of(forged.substring(0, forged.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    issuer.between(
        (path, honest) -> {
          byte[] body = honest.read();
          if (path.contains("/tile/0/000")) {
            forgedLeaf.hash(new dev.counterfoil.format.tree.TreeHasher()).write(body, 20 * 32);
          }
          return body;
        });
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, forged)).isEqualTo("proof-unavailable");
    }
    issuer.between(
        (path, honest) -> {
          byte[] body = honest.read();
          if (path.contains("/s1g1/tile/")) {
            body[0] ^= 1;
          }
          return body;
        });
    try (Verifier verifier = verifier()) {
      assertThat(verifier.verify(honestToken, TokenCases.MAIL))
          .isInstanceOfSatisfying(
              Verified.class,
              v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByOnlineProof.class));
      assertThat(outcome(verifier, forged)).isEqualTo("proof-unavailable");
    }
  }

  @Test
  void aProofOfAnotherPositionIsNoProof() {
    String token = issue();
    String other = issue();
    issuer.between(
        (path, honest) -> {
          if (path.contains("/s1g1/tile/")) {
            throw new IOException("status 503");
          }
          return path.endsWith("/proof/1") ? issuer.page("/logs/s1g1/proof/0") : honest.read();
        });
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(verifier, other)).isEqualTo("proof-unavailable");
    }
  }

  @Test
  void aCheckpointOfAnotherKeyOrLogIsNone() {
    String token = issue();
    TestLog stranger = new TestLog("s1g1", issuer.log("s1g1").origin());
    issuer.between(
        (path, honest) ->
            path.endsWith("/s1g1/checkpoint") || path.contains("/proof/")
                ? stranger.checkpoint().bytes()
                : honest.read());
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, token)).isEqualTo("proof-unavailable");
    }
    issuer.honest();
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
    }
  }

  /** The thief has the log's key too, and shows this verifier a history with his token in it. */
  private TestLog forkOf(TestLog log, int common, String name) {
    TestLog fork = new TestLog("s1g1", log.origin(), log.key());
    for (int i = 0; i < common; i++) {
      fork.append(Leaf.of(("token " + i).getBytes(StandardCharsets.UTF_8)));
    }
    issuer.replaceLog(fork);
    issuer.issue(issuer.draft(key).claim("sub", name), key);
    return fork;
  }

  @Test
  void aForkOfTheLogIsSeenAndRefusesEverything() {
    issuer.fill("s1g1", 299);
    TestLog log = issuer.log("s1g1");
    String cached = issue();
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, cached)).isEqualTo(TokenCases.VERIFIED);
      forkOf(log, 299, "mallory");
      String forged = issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      assertThat(outcome(verifier, forged)).isEqualTo("log-forked");
      assertThat(outcome(verifier, cached)).isEqualTo("log-forked");
      issuer.replaceLog(log);
      assertThat(outcome(verifier, issue())).isEqualTo("log-forked");
    }
    // The control: a log that only grew.
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, cached)).isEqualTo(TokenCases.VERIFIED);
      issuer.fill("s1g1", 300);
      assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
    }
  }

  private String manyWithoutTiles(Verifier verifier, boolean forked) {
    issuer.fill("s1g1", 5);
    TestLog log = issuer.log("s1g1");
    assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
    issuer.between(
        (path, honest) -> {
          if (path.contains("/s1g1/tile/")) {
            throw new IOException("status 503");
          }
          return honest.read();
        });
    if (forked) {
      forkOf(log, 5, "mallory");
      String forged = issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      assertThat(outcome(verifier, forged)).isEqualTo(TokenCases.VERIFIED);
      issuer.replaceLog(log);
    }
    issuer.fill("s1g1", 1);
    // Larger checkpoints than the forged one, and more of them than are kept.
    for (int i = 0; i < 2 * LogHistory.UNCOMPARED_MAX; i++) {
      assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
    }
    issuer.honest();
    issuer.fill("s1g1", 10);
    return outcome(verifier, issue());
  }

  @Test
  void aForkShownWithoutTilesIsNotPushedOutByHonestProofs() {
    try (Verifier verifier = verifier()) {
      assertThat(manyWithoutTiles(verifier, true)).isEqualTo("log-forked");
    }
  }

  @Test
  void honestProofsWithoutTilesAreNoFork() {
    try (Verifier verifier = verifier()) {
      assertThat(manyWithoutTiles(verifier, false)).isEqualTo(TokenCases.VERIFIED);
    }
  }

  @Test
  void aForkOfTheSameSizeIsSeenInAnOnlineProof() {
    issuer.fill("s1g1", 5);
    TestLog log = issuer.log("s1g1");
    String cached = issue();
    try (Verifier verifier = verifier()) {
      assertThat(outcome(verifier, cached)).isEqualTo(TokenCases.VERIFIED);
      TestLog fork = new TestLog("s1g1", log.origin(), log.key());
      for (int i = 0; i < 5; i++) {
        fork.append(Leaf.of(("token " + i).getBytes(StandardCharsets.UTF_8)));
      }
      issuer.replaceLog(fork);
      issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      String second = issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      issuer.between(
          (path, honest) -> {
            if (path.contains("/s1g1/tile/")) {
              throw new IOException("status 503");
            }
            return honest.read();
          });
      // Accepted for want of tiles, and compared as soon as they are back.
      assertThat(outcome(verifier, second)).isEqualTo(TokenCases.VERIFIED);
      issuer.honest();
      issuer.replaceLog(log);
      issuer.fill("s1g1", 10);
      assertThat(outcome(verifier, issue())).isEqualTo("log-forked");
    }
  }
}
