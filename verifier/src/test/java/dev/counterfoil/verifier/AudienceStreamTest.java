package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A verifier that receives the leaves of its own audience, from an honest issuer and a liar. */
class AudienceStreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PART = "/logs/s1g1/leaves";

  /** Where an entry's hash begins, after its kind. */
  private static final int ENTRY = 1 + Hash.BYTES;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final Set<Long> own = ConcurrentHashMap.newKeySet();

  AudienceStreamTest() {
    issuer.publish();
    issuer.log("s1g1").marks(own::contains);
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy())
        .network(issuer)
        .clock(clock)
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)))
        .streamOf(TokenCases.MAIL.audience());
  }

  /** A token of this audience, which the issuer knows to be one. */
  private String issue() {
    own.add(issuer.log("s1g1").size());
    return issuer.issue(issuer.draft(key), key);
  }

  private String forgedAt(long position) {
    return issuer.draft(key).claim("sub", "mallory").at("s1g1", position).signed(key);
  }

  private static Hash leafHash(String token) {
    byte[] input = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    return Leaf.of(input).hash(new TreeHasher());
  }

  private void awaitTip(Verifier verifier) {
    StreamTest.awaitSize(verifier, "s1g1", issuer.log("s1g1").size());
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for: " + what).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static String outcome(Verifier verifier, String token) {
    return verifier.verify(token, TokenCases.MAIL) instanceof Refused refused
        ? refused.code().text()
        : TokenCases.VERIFIED;
  }

  private static Class<?> proof(Verifier verifier, String token) {
    assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
    return ((Verified) verifier.verify(token, TokenCases.MAIL)).proof().getClass();
  }

  @Test
  void itHoldsItsOwnLeavesAndNoOthersAndNeedsNoTileForThem() {
    AtomicInteger tiles = new AtomicInteger();
    issuer.between(
        (path, honest) -> {
          if (path.contains("/tile/")) {
            tiles.incrementAndGet();
          }
          return honest.read();
        });
    issuer.fill("s1g1", 300);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      for (int round = 0; round < 20; round++) {
        issuer.fill("s1g1", 70);
        String token = issue();
        awaitTip(verifier);
        int read = tiles.get();
        assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
        long position = issuer.log("s1g1").size() - 1;
        assertThat(outcome(verifier, forgedAt(position))).isEqualTo("never-issued");
        assertThat(tiles.get()).isEqualTo(read);
      }
      StreamState state = verifier.streams().get(0);
      assertThat(state.size()).isEqualTo(300 + 20 * 71);
      assertThat(state.leaves()).isEqualTo(20);
      assertThat(state.isRunning()).isTrue();
    }
  }

  @Test
  void whatStandsAtAnotherAudiencesPositionIsLookedForInTiles() {
    issuer.fill("s1g1", 600);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      assertThat(outcome(verifier, forgedAt(17))).isEqualTo("never-issued");
      assertThat(outcome(verifier, forgedAt(599))).isEqualTo("never-issued");
      assertThat(outcome(verifier, forgedAt(issuer.log("s1g1").size() + 3)))
          .isEqualTo("beyond-tip");
      assertThat(proof(verifier, issue())).isIn(byAnything());
    }
  }

  private static List<Class<?>> byAnything() {
    return List.of(IssuanceProof.ByStream.class, IssuanceProof.ByTile.class);
  }

  @Test
  void anIssuerThatHidesALeafOnlyHasItLookedForElsewhere() {
    try (Verifier verifier = builder().build()) {
      String hidden = issuer.issue(issuer.draft(key), key);
      String shown = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, hidden)).isEqualTo(IssuanceProof.ByTile.class);
      assertThat(proof(verifier, shown)).isEqualTo(IssuanceProof.ByStream.class);
    }
  }

  @Test
  void anIssuerThatKnowsNothingSendsAllLeaves() {
    issuer.log("s1g1").marks(position -> true);
    issuer.fill("s1g1", 400);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      String token = issuer.issue(issuer.draft(key), key);
      awaitTip(verifier);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
      assertThat(verifier.streams().get(0).leaves()).isEqualTo(401);
    }
  }

  /** What a liar can do to a part that ends with a leaf of the audience. */
  private static Map<String, UnaryOperator<byte[]>> manglings() {
    return Map.of(
        "torn", part -> Arrays.copyOf(part, part.length - 1),
        "one hash short", part -> Arrays.copyOf(part, part.length - ENTRY),
        "huge", part -> new byte[LeafPart.BYTES_MAX + 1],
        "empty", part -> new byte[0],
        "a bit of the last hash", part -> flipped(part, part.length - 3),
        "a bit of what is left out", part -> flipped(part, part.length - ENTRY - 3),
        "another level", part -> flipped(part, part.length - 2 * ENTRY),
        "a bit of the signature", part -> flipped(part, 200),
        "another position", part -> flipped(part, 15));
  }

  private static byte[] flipped(byte[] part, int at) {
    byte[] changed = part.clone();
    changed[at] ^= 1;
    return changed;
  }

  @TestFactory
  Stream<DynamicTest> whatALiarSendsNeverCountsAndRefusesNobody() {
    return manglings().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> new AudienceStreamTest().mangled(entry.getValue())));
  }

  private void mangled(UnaryOperator<byte[]> mangling) throws InterruptedException {
    issuer.fill("s1g1", 20);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      AtomicBoolean lies = new AtomicBoolean();
      AtomicInteger silences = new AtomicInteger();
      AtomicInteger told = new AtomicInteger();
      issuer.between(
          (path, honest) -> {
            if (!path.startsWith(PART)) {
              return honest.read();
            }
            if (!lies.get()) {
              silences.incrementAndGet();
              throw new IOException("not yet");
            }
            byte[] part = honest.read();
            if (ByteBuffer.wrap(part).getInt(16) == 0) {
              return part;
            }
            told.incrementAndGet();
            return mangling.apply(part);
          });
      await("no honest answer is on its way", () -> silences.get() > 0);
      issuer.fill("s1g1", 5);
      String token = issue();
      lies.set(true);
      // Asked for the same leaves again: it did not believe the first lie.
      await("it was told a lie twice", () -> told.get() > 1);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByTile.class);
      assertThat(outcome(verifier, forgedAt(25))).isEqualTo("never-issued");
      issuer.honest();
      String after = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, after)).isEqualTo(IssuanceProof.ByStream.class);
    }
  }

  @Test
  void aPlantedLeafDoesNotCount() throws InterruptedException {
    issuer.fill("s1g1", 20);
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      String forged = forgedAt(issuer.log("s1g1").size());
      byte[] leaf = new byte[Hash.BYTES];
      leafHash(forged).write(leaf, 0);
      issuer.between(
          (path, honest) -> {
            byte[] bytes = honest.read();
            if (path.startsWith(PART) && ByteBuffer.wrap(bytes).getInt(16) > 0) {
              System.arraycopy(leaf, 0, bytes, bytes.length - Hash.BYTES, Hash.BYTES);
            }
            return bytes;
          });
      String honest = issue();
      await("it stands still", () -> !verifier.streams().get(0).isRunning());
      assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
      issuer.honest();
      awaitTip(verifier);
      assertThat(outcome(verifier, forged)).isEqualTo("never-issued");
      assertThat(proof(verifier, issue())).isIn(byAnything());
    }
  }

  @Test
  void anIssuerThatGivesOutNoPartsIsReadByTiles() throws InterruptedException {
    issuer.between(
        (path, honest) -> {
          if (path.startsWith(PART)) {
            throw new FileNotFoundException("status 404");
          }
          return honest.read();
        });
    String token = issue();
    try (Verifier verifier = builder().build()) {
      await("keys", verifier::isReady);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByTile.class);
      assertThat(outcome(verifier, forgedAt(0))).isEqualTo("never-issued");
    }
  }

  @Test
  void aForkOfTheLogIsSeenByItAlone() throws InterruptedException {
    issuer.fill("s1g1", 299);
    TestLog log = issuer.log("s1g1");
    String early = issue();
    List<LogFork> forks = new ArrayList<>();
    try (Verifier verifier = builder().logForks(forks::add).build()) {
      awaitTip(verifier);
      assertThat(outcome(verifier, early)).isEqualTo(TokenCases.VERIFIED);
      TestLog fork = new TestLog("s1g1", log.origin(), log.key());
      fork.marks(own::contains);
      for (int i = 0; i < 299; i++) {
        fork.append(Leaf.of(("token " + i).getBytes(StandardCharsets.UTF_8)));
      }
      issuer.replaceLog(fork);
      issuer.issue(issuer.draft(key).claim("sub", "mallory"), key);
      issuer.fill("s1g1", 10);
      await("the fork", () -> !forks.isEmpty());
      assertThat(outcome(verifier, early)).isEqualTo("log-forked");
    }
  }

  @Test
  void leavesAreGivenBackWhenTheirTokensHaveExpired() throws InterruptedException {
    for (int i = 0; i < 9_000; i++) {
      own.add(3L * i);
    }
    issuer.fill("s1g1", 27_000);
    Instant began = clock.instant();
    try (Verifier verifier = builder().build()) {
      awaitTip(verifier);
      StreamState full = verifier.streams().get(0);
      assertThat(full.leaves()).isEqualTo(9_000);
      assertThat(full.bytes()).isLessThanOrEqualTo(12 * (9_000 + 8_192));
      // The key's tokens live for an hour at most.
      clock.set(began.plus(Duration.ofMinutes(62)));
      await("given back", () -> verifier.streams().get(0).leaves() <= 8_192);
      clock.set(began);
      String token = issue();
      awaitTip(verifier);
      assertThat(proof(verifier, token)).isEqualTo(IssuanceProof.ByStream.class);
    }
  }

  @Test
  void aPartIsNeitherSharedNorTakenFromANeighbour() {
    VerifierBuilder sharing = builder().shareLeaves();
    assertThatThrownBy(sharing::build).isInstanceOf(IllegalStateException.class);
    VerifierBuilder taking = builder().leavesFrom(URI.create("http://127.0.0.1:8495"));
    assertThatThrownBy(taking::build).isInstanceOf(IllegalStateException.class);
    builder().build().close();
  }
}
