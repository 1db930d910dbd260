package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A verifier that receives every leaf, from sources that are honest, broken, lying or away. */
class StreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LEAVES = "/logs/s1g1/leaves";
  private static final String NEIGHBOUR = "http://127.0.0.1:8495";

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();

  private final VerifierLimits limits =
      VerifierLimits.defaults()
          .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
          .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40));

  StreamTest() {
    issuer.publish();
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(limits).stream();
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for: " + what).isLessThan(deadline);
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Waits until a stream has every leaf. */
  static void awaitSize(Verifier verifier, String log, long size) {
    await(
        log + " at " + size,
        () ->
            verifier.streams().stream()
                .anyMatch(state -> state.log().equals(log) && state.size() >= size));
  }

  private void awaitTip(Verifier verifier) {
    awaitSize(verifier, "s1g1", issuer.log("s1g1").size());
  }

  private static StreamState state(Verifier verifier) {
    return verifier.streams().get(0);
  }

  private static String outcome(Verifier verifier, String token) {
    return verifier.verify(token, TokenCases.MAIL) instanceof Refused refused
        ? refused.code().text()
        : TokenCases.VERIFIED;
  }

  /** How a token was shown to be issued. */
  private static Class<?> proof(Verifier verifier, String token) {
    assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
    return ((Verified) verifier.verify(token, TokenCases.MAIL)).proof().getClass();
  }

  private String issue() {
    return issuer.issue(issuer.draft(key), key);
  }

  private String forgedAt(long position) {
    return issuer.draft(key).claim("sub", "mallory").at("s1g1", position).signed(key);
  }

  private static Hash leafHash(String token) {
    byte[] input = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    return Leaf.of(input).hash(new TreeHasher());
  }

  @Test
  void everyLeafOfAGrowingLogIsFoundWithoutATileAndNoForgeryIs() {
    issuer.fill("s1g1", 300);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      for (int round = 0; round < 20; round++) {
        issuer.fill("s1g1", 90);
        String token = issue();
        awaitTip(verifier);
        int reads = issuer.reads("/logs/s1g1/checkpoint");
        assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
        assertThat(outcome(verifier, forgedAt(round * 50L))).isEqualTo("never-issued");
        assertThat(issuer.reads("/logs/s1g1/checkpoint")).isEqualTo(reads);
      }
      assertThat(issuer.reads("/logs/s1g1/tile/0/001")).isZero();
      assertThat(state(verifier).leaves()).isEqualTo(issuer.log("s1g1").size());
      assertThat(state(verifier).bytes() / state(verifier).leaves())
          .as("one page of 32,768 leaves, which is more than half empty here")
          .isLessThan(8L * 32_768 / state(verifier).leaves() + 1);
    }
  }

  @Test
  void aTokenYoungerThanTheTipWaitsForItsLeaf() {
    try (Verifier verifier =
        builder().limits(limits.withWaits(Duration.ofSeconds(2), PATIENCE)).build()) {
      issue();
      awaitTip(verifier);
      for (int i = 0; i < 10; i++) {
        assertThat(proof(verifier, issue())).isEqualTo(IssuanceProof.ByStream.class);
      }
    }
  }

  @Test
  void aPositionPastTheTipIsRefused() {
    try (Verifier verifier = builder().build()) {
      issue();
      awaitTip(verifier);
      assertThat(outcome(verifier, forgedAt(issuer.log("s1g1").size() + 3)))
          .isEqualTo("beyond-tip");
      assertThat(outcome(verifier, forgedAt(10_000_000_000L))).isEqualTo("beyond-tip");
      assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
    }
  }

  @Test
  void whatIsOlderThanTheStartIsFoundInTiles() {
    String old = issue();
    issuer.fill("s1g1", 1_000);
    String young = issue();
    try (Verifier verifier = builder().stream(new StreamLimits(PATIENCE, 1_000, 300)).build()) {
      awaitTip(verifier);
      assertThat(state(verifier).leaves()).isBetween(300L, 300L + 255);
      assertThat(proof(verifier, old)).isEqualTo(IssuanceProof.ByTile.class);
      assertThat(proof(verifier, young)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(outcome(verifier, forgedAt(0))).isEqualTo("never-issued");
      assertThat(outcome(verifier, forgedAt(1_000))).isEqualTo("never-issued");
    }
  }

  /** What a source can do to a batch. */
  private static Map<String, UnaryOperator<byte[]>> manglings() {
    return Map.of(
        "torn",
        batch -> Arrays.copyOf(batch, batch.length - 1),
        "one leaf short",
        batch -> Arrays.copyOf(batch, batch.length - Hash.BYTES),
        "longer than it says",
        batch -> Arrays.copyOf(batch, batch.length + Hash.BYTES),
        "huge",
        batch -> new byte[LeafBatch.BYTES_MAX + 1],
        "empty",
        batch -> new byte[0],
        "reordered",
        StreamTest::reordered,
        "a bit of a leaf",
        batch -> {
          batch[batch.length - 7] ^= 1;
          return batch;
        },
        "a bit of the signature",
        batch -> {
          batch[200] ^= 1;
          return batch;
        },
        "another position",
        batch -> {
          batch[15] ^= 1;
          return batch;
        });
  }

  private static byte[] reordered(byte[] batch) {
    byte[] last = Arrays.copyOfRange(batch, batch.length - Hash.BYTES, batch.length);
    int before = batch.length - 2 * Hash.BYTES;
    System.arraycopy(batch, before, batch, batch.length - Hash.BYTES, Hash.BYTES);
    System.arraycopy(last, 0, batch, before, Hash.BYTES);
    return batch;
  }

  @TestFactory
  Stream<DynamicTest> whatABrokenSourceSendsNeverCounts() {
    return manglings().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> new StreamTest().mangled(entry.getValue())));
  }

  private void mangled(UnaryOperator<byte[]> mangling) {
    issuer.fill("s1g1", 20);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      issuer.between(
          (path, honest) ->
              path.startsWith(LEAVES) ? mangling.apply(grown(honest.read())) : honest.read());
      issuer.fill("s1g1", 5);
      String token = issue();
      // Tiles stand in: nobody waits for the broken source to be mended.
      awaitTip(verifier);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(outcome(verifier, forgedAt(22))).isEqualTo("never-issued");
    }
  }

  @Test
  void anAnswerOfBeforeThatIsReplayedNeverCounts() throws Exception {
    issuer.fill("s1g1", 20);
    byte[] before =
        issuer.get(URI.create(issuer.issuer() + LEAVES + "?from=0"), LeafBatch.BYTES_MAX);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      AtomicInteger replayed = new AtomicInteger();
      issuer.between(
          (path, honest) -> {
            if (!path.startsWith(LEAVES)) {
              return honest.read();
            }
            replayed.incrementAndGet();
            return before.clone();
          });
      issuer.fill("s1g1", 5);
      String token = issue();
      awaitTip(verifier);
      assertThat(replayed).hasPositiveValue();
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(outcome(verifier, forgedAt(22))).isEqualTo("never-issued");
    }
  }

  @Test
  void whileTheStreamStallsTilesDecide() throws Exception {
    issuer.fill("s1g1", 20);
    CountDownLatch over = new CountDownLatch(1);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      CountDownLatch stalled = new CountDownLatch(1);
      issuer.between(
          (path, honest) -> {
            if (path.startsWith(LEAVES)) {
              stalled.countDown();
              try {
                over.await();
              } catch (InterruptedException e) {
                throw new IOException("closed", e);
              }
            }
            return honest.read();
          });
      stalled.await();
      String token = issue();
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByTile.class);
      assertThat(outcome(verifier, forgedAt(20))).isEqualTo("never-issued");
      over.countDown();
      issuer.honest();
      String later = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, later)).isEqualTo(IssuanceProof.ByStream.class);
    } finally {
      over.countDown();
    }
  }

  /** A batch that has leaves; one without is left alone, since nothing of it could count. */
  private static byte[] grown(byte[] batch) throws IOException {
    if (batch[19] == 0) {
      throw new IOException("nothing new");
    }
    return batch;
  }

  @Test
  void aPlantedLeafDoesNotCount() {
    issuer.fill("s1g1", 20);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      String forged = forgedAt(22);
      plant(forged, 22);
      issuer.fill("s1g1", 5);
      String honest = issue();
      await("the planted leaf was sent", () -> planted);
      assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      awaitTip(verifier);
      assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      assertThat(proof(verifier, honest)).isEqualTo(IssuanceProof.ByStream.class);
    }
  }

  private volatile boolean planted;

  private byte[] withLeaf(byte[] batch, long position, Hash leaf) {
    long first = java.nio.ByteBuffer.wrap(batch).getLong(8);
    int count = java.nio.ByteBuffer.wrap(batch).getInt(16);
    if (position >= first && position < first + count) {
      leaf.write(batch, batch.length - (int) (first + count - position) * Hash.BYTES);
      planted = true;
    }
    return batch;
  }

  private void plant(String forged, long position) {
    issuer.between(
        (path, honest) ->
            path.startsWith(LEAVES)
                ? withLeaf(honest.read(), position, leafHash(forged))
                : honest.read());
  }

  @Test
  void aPlantedLeafAtTheStartDoesNotCount() {
    issuer.fill("s1g1", 600);
    String forged = forgedAt(590);
    plant(forged, 590);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      assertThat(planted).isTrue();
      assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      assertThat(proof(verifier, issue()))
          .isIn(IssuanceProof.ByStream.class, IssuanceProof.ByTile.class);
    }
  }

  @Test
  void aForkOfTheLogIsSeenByTheStreamAloneAndRefusesEverything() {
    issuer.fill("s1g1", 299);
    TestLog log = issuer.log("s1g1");
    String early = issue();
    List<LogFork> forks = new ArrayList<>();
    try (Verifier verifier = builder().logForks(forks::add).build()) {
      awaitTip(verifier);
      assertThat(outcome(verifier, early)).isEqualTo(TokenCases.VERIFIED);
      TestLog fork = new TestLog("s1g1", log.origin(), log.key());
      for (int i = 0; i < 299; i++) {
        fork.append(Leaf.of(("token " + i).getBytes(StandardCharsets.UTF_8)));
      }
      issuer.replaceLog(fork);
      issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      issuer.fill("s1g1", 10);
      await("the fork", () -> !forks.isEmpty());
      assertThat(outcome(verifier, early)).isEqualTo("log-forked");
      issuer.replaceLog(log);
      assertThat(outcome(verifier, issue())).isEqualTo("log-forked");
    }
    try (Verifier verifier = builder().build()) {
      assertThat(outcome(verifier, early)).isEqualTo(TokenCases.VERIFIED);
    }
  }

  @Test
  void itWorksOnThroughAnHourWithoutTheIssuerAndNoLonger() {
    issuer.fill("s1g1", 20);
    Instant began = clock.instant();
    String token =
        issuer.issue(issuer.draft(key).times(began, began.plus(Duration.ofMinutes(60))), key);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      issuer.die();
      // First: an answer that was under way would be dated by the clock that is put forward.
      await("it says that it stands still", () -> !state(verifier).isRunning());
      clock.set(began.plus(Duration.ofMinutes(59)));
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(outcome(verifier, forgedAt(3))).isEqualTo("never-issued");
      assertThat(state(verifier).lag().orElseThrow()).isGreaterThan(Duration.ofMinutes(58));
      clock.set(began.plus(Duration.ofMinutes(61)));
      assertThat(outcome(verifier, token)).isIn("keys-stale", "expired");
      clock.set(began);
      issuer.honest();
      issue();
      awaitTip(verifier);
      assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
    }
    // The control: a verifier by tiles keeps its own patience of five minutes.
    try (Verifier verifier =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(limits).build()) {
      assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
      issuer.die();
      clock.set(began.plus(Duration.ofMinutes(6)));
      assertThat(outcome(verifier, token)).isEqualTo("keys-stale");
    }
  }

  @Test
  void leavesAreGivenBackWhenTheirTokensHaveExpiredAlsoWhenTheClockSteps() {
    issuer.fill("s1g1", 70_000);
    Instant began = clock.instant();
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      assertThat(state(verifier).leaves()).isEqualTo(70_000);
      assertThat(state(verifier).bytes()).isEqualTo(3L * 32_768 * 8);
      // The key's tokens live for an hour at most.
      clock.set(began.plus(Duration.ofMinutes(62)));
      await("given back", () -> state(verifier).leaves() == 0);
      assertThat(state(verifier).bytes()).isEqualTo(32_768 * 8);
      clock.set(began);
      String token = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(outcome(verifier, forgedAt(5))).isEqualTo("never-issued");
    }
  }

  @Test
  void noMoreLeavesAreKeptThanWereAskedFor() {
    issuer.fill("s1g1", 600);
    try (Verifier verifier = builder().stream(new StreamLimits(PATIENCE, 500, 100)).build()) {
      awaitTip(verifier);
      for (int i = 0; i < 10; i++) {
        issuer.fill("s1g1", 100);
        awaitTip(verifier);
      }
      await("the oldest went", () -> state(verifier).leaves() <= 500);
      assertThat(proof(verifier, issue())).isNotNull();
    }
  }

  @Test
  void aLogThatWentBackStopsTheStreamAndNotTheTokens() {
    issuer.fill("s1g1", 20);
    TestLog log = issuer.log("s1g1");
    try (Verifier verifier = builder().build()) {
      String token = issue();
      awaitTip(verifier);
      TestLog before = new TestLog("s1g1", log.origin(), log.key());
      issuer.replaceLog(before);
      issuer.fill("s1g1", 10);
      await("it stands still", () -> !state(verifier).isRunning());
      assertThat(outcome(verifier, token)).isEqualTo(TokenCases.VERIFIED);
      issuer.replaceLog(log);
      issue();
      awaitTip(verifier);
      await("it goes on", () -> state(verifier).isRunning());
    }
  }

  @Test
  void aSourceThatGivesOutNoBatchesIsReadByTiles() {
    issuer.between(
        (path, honest) -> {
          if (path.startsWith(LEAVES)) {
            throw new FileNotFoundException("status 404");
          }
          return honest.read();
        });
    issuer.fill("s1g1", 5_000);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      String token = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
    }
  }

  /** Reads leaves at a neighbour, and all else at the issuer. */
  private byte[] besides(Verifier neighbour, boolean lies, URI uri, int max) throws IOException {
    String text = uri.toString();
    if (!text.startsWith(NEIGHBOUR)) {
      if (text.contains(LEAVES)) {
        throw new IOException("the authority was asked");
      }
      return issuer.get(uri, max);
    }
    try {
      long from = Long.parseLong(text.replaceAll(".*from=([0-9]+).*", "$1"));
      byte[] batch =
          neighbour
              .leaves("s1g1", from, Duration.ZERO)
              .orElseThrow(() -> new FileNotFoundException("status 404"));
      return lies ? withLeaf(batch, 25, leafHash(forgedAt(25))) : batch;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Test
  void neighboursShareOneStreamAndNoneBelievesIt() {
    issuer.fill("s1g1", 20);
    try (Verifier guard = builder().shareLeaves().build()) {
      // Who asks before it holds any is sent elsewhere, for a minute.
      awaitTip(guard);
      try (Verifier second = neighbourOf(guard, false);
          Verifier third = neighbourOf(guard, true)) {
        awaitTip(second);
        awaitTip(third);
        issuer.fill("s1g1", 10);
        String token = issue();
        for (Verifier verifier : List.of(guard, second, third)) {
          awaitTip(verifier);
          assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
          assertThat(outcome(verifier, forgedAt(25))).isEqualTo("never-issued");
        }
        assertThat(planted).isTrue();
      }
    }
  }

  private Verifier neighbourOf(Verifier guard, boolean lies) {
    return builder()
        .network((uri, max) -> besides(guard, lies, uri, max))
        .leavesFrom(URI.create(NEIGHBOUR))
        .build();
  }

  @Test
  void manyThreadsLookWhileTheLogGrows() throws Exception {
    issuer.fill("s1g1", 1_000);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Verifier verifier =
        builder().limits(limits.withWaits(Duration.ofSeconds(2), PATIENCE)).build()) {
      awaitTip(verifier);
      List<Future<String>> outcomes = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        issuer.fill("s1g1", 37);
        String token = issue();
        String forged = forgedAt(i * 5L);
        outcomes.add(threads.submit(() -> outcome(verifier, token) + outcome(verifier, forged)));
      }
      for (Future<String> outcome : outcomes) {
        assertThat(outcome.get()).isEqualTo(TokenCases.VERIFIED + "never-issued");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void itAcknowledgesAsAStream() {
    ConcurrentLinkedQueue<Acknowledgement> said = new ConcurrentLinkedQueue<>();
    SightingSink sink =
        new SightingSink() {
          @Override
          public void report(Sighting sighting) {}

          @Override
          public void acknowledge(Acknowledgement acknowledgement) {
            said.add(acknowledgement);
          }
        };
    try (Verifier verifier = builder().sightings(sink).build()) {
      awaitSize(verifier, "s1g1", 0);
      await("an acknowledgement", () -> !said.isEmpty());
      assertThat(said).allMatch(one -> one.mode() == Acknowledgement.Mode.STREAM);
    }
  }
}
