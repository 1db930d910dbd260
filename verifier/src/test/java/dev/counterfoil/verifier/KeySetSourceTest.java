package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootPin;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keeping what the key log says fresh: whose word counts, until when, and who waits for whom. */
class KeySetSourceTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  KeySetSourceTest() {
    issuer.addKey();
    issuer.publish();
  }

  @AfterEach
  void close() {
    scheduler.shutdownNow();
  }

  private KeySetSource source(TrustPolicy policy) {
    KeySetSource source =
        new KeySetSource(
            policy,
            issuer,
            clock,
            scheduler,
            VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofMinutes(5)));
    source.refresh();
    return source;
  }

  private static long version(KeySetSource source) {
    return source.current().map(KeySet::version).orElse(-1L);
  }

  @Test
  void takesASetThatTheRootVouchesFor() {
    assertThat(version(source(issuer.policy()))).isEqualTo(4);
  }

  @Test
  void takesNothingFromAnotherRootDomainOrLog() {
    TrustPolicy good = issuer.policy();
    TestKeys.Ed25519 other = new TestKeys.Ed25519();
    for (TrustPolicy policy :
        List.of(
            new TrustPolicy(
                good.domain(), good.issuer(), new RootPin(1, Hash.sha256()), good.logs()),
            new TrustPolicy("consumer", good.issuer(), good.root(), good.logs()),
            new TrustPolicy(good.domain(), good.issuer(), good.root(), List.of()),
            new TrustPolicy(
                good.domain(),
                good.issuer(),
                good.root(),
                List.of(other.noteKey(issuer.keyLog().origin()))))) {
      assertThat(source(policy).current()).isEmpty();
    }
    assertThat(source(good).current()).isPresent();
  }

  @Test
  void aPinnedLogKeyMustBeTheOneStated() {
    TrustPolicy good = issuer.policy();
    TestLog log = issuer.log("s1g1");
    assertThat(
            source(
                    new TrustPolicy(
                        good.domain(),
                        good.issuer(),
                        good.root(),
                        List.of(issuer.keyLog().noteKey(), log.key().noteKey(log.origin()))))
                .current())
        .isPresent();
    assertThat(
            source(
                    new TrustPolicy(
                        good.domain(),
                        good.issuer(),
                        good.root(),
                        List.of(
                            issuer.keyLog().noteKey(),
                            new TestKeys.Ed25519().noteKey(log.origin()))))
                .current())
        .isEmpty();
  }

  private void assertKeysUnder(java.util.function.UnaryOperator<Delegation> change, boolean some) {
    issuer.delegate(change);
    issuer.publish();
    assertThat(source(issuer.policy()).current().map(set -> set.keys().isEmpty())).contains(!some);
    issuer.delegate(d -> d);
    issuer.publish();
    assertThat(source(issuer.policy()).current().orElseThrow().keys()).hasSize(1);
  }

  private static Delegation with(
      Delegation d,
      AllowList tenants,
      AllowList audiences,
      AllowList types,
      Duration life,
      Instant from,
      Instant until) {
    return TestIssuer.with(d, new Delegation.Bounds(tenants, audiences, types, life), from, until);
  }

  @Test
  void aKeyBeyondTheDelegationThatStandsDoesNotCount() {
    AllowList all = AllowList.all();
    Duration hour = Duration.ofHours(1);
    assertKeysUnder(
        d -> with(d, AllowList.of("acme"), all, all, hour, d.notBefore(), d.notAfter()), false);
    assertKeysUnder(
        d ->
            with(
                d,
                all,
                AllowList.of("https://mail.example"),
                all,
                hour,
                d.notBefore(),
                d.notAfter()),
        false);
    assertKeysUnder(
        d -> with(d, all, all, AllowList.of("at+jwt"), hour, d.notBefore(), d.notAfter()), false);
    assertKeysUnder(
        d -> with(d, all, all, all, hour.minusSeconds(1), d.notBefore(), d.notAfter()), false);
    assertKeysUnder(
        d -> with(d, AllowList.of("acme", "globex"), all, all, hour, d.notBefore(), d.notAfter()),
        true);
  }

  @Test
  void nothingCountsBeforeTheDelegationsWindow() {
    Instant begin = clock.instant().plusSeconds(1);
    issuer.delegate(
        d ->
            with(
                d,
                AllowList.all(),
                AllowList.all(),
                AllowList.all(),
                d.bounds().lifeMax(),
                begin,
                d.notAfter()));
    issuer.publish();
    KeySetSource source = source(issuer.policy());
    assertThat(source.current()).isEmpty();
    clock.set(begin);
    assertThat(source.current()).isPresent();
  }

  @Test
  void aSetEndsWithItsDelegationThoughItIsFresh() {
    Instant end = clock.instant().plusSeconds(30);
    issuer.delegate(
        d ->
            with(
                d,
                AllowList.all(),
                AllowList.all(),
                AllowList.all(),
                d.bounds().lifeMax(),
                d.notBefore(),
                end));
    issuer.publish();
    KeySetSource source = source(issuer.policy());
    assertThat(source.current()).isPresent();
    clock.set(end);
    source.refresh();
    assertThat(source.current()).isEmpty();
  }

  @Test
  void anOldHeadIsStaleHoweverFreshTheFetch() {
    KeySetSource source = source(issuer.policy());
    byte[] old = issuer.keyLog().head(clock.instant()).bytes();
    issuer.between((path, honest) -> path.endsWith("checkpoint") ? old : honest.read());
    clock.advance(Duration.ofMinutes(5).minusSeconds(1));
    source.refresh();
    assertThat(source.current()).isPresent();
    clock.advance(Duration.ofSeconds(1));
    source.refresh();
    assertThat(source.fresh())
        .isInstanceOfSatisfying(
            KeySetSource.Fresh.Missing.class,
            missing -> assertThat(missing.code()).isEqualTo(RefusalCode.KEYS_STALE));
    issuer.honest();
    source.refresh();
    assertThat(source.current()).isPresent();
  }

  @Test
  void aHeadOfATimeToComeDoesNotCount() {
    Instant now = clock.instant();
    for (int ahead : List.of(30, 31)) {
      byte[] head = issuer.keyLog().head(now.plusSeconds(ahead)).bytes();
      issuer.between((path, honest) -> path.endsWith("checkpoint") ? head : honest.read());
      assertThat(source(issuer.policy()).current().isPresent())
          .as("%d seconds ahead", ahead)
          .isEqualTo(ahead == 30);
    }
  }

  private KeySetSource waiting(Duration fetchTimeout) throws Exception {
    KeySetSource source =
        new KeySetSource(
            issuer.policy(),
            issuer,
            clock,
            scheduler,
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(fetchTimeout, Duration.ofSeconds(1)));
    // The refresh at the start is over when what is queued behind it is.
    scheduler.submit(() -> {}).get();
    return source;
  }

  private static Thread asking(KeySetSource source) {
    Thread thread = new Thread(source::refreshOnDemand);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void untilItWaits(Thread thread) {
    while (thread.isAlive()
        && thread.getState() != Thread.State.TIMED_WAITING
        && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoAsksBehindASlowFetchSharesTheNextOne() throws Exception {
    KeySetSource source = waiting(Duration.ofMinutes(1));
    int before = issuer.reads("/logs/keys/checkpoint");
    CountDownLatch slow = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(1);
    issuer.between(
        (path, honest) -> {
          began.countDown();
          await(slow);
          return honest.read();
        });
    List<Thread> askers = new ArrayList<>();
    askers.add(asking(source));
    began.await();
    for (int i = 0; i < 5; i++) {
      clock.advance(Duration.ofMillis(600));
      Thread asker = asking(source);
      untilItWaits(asker);
      askers.add(asker);
    }
    slow.countDown();
    for (Thread asker : askers) {
      asker.join();
    }
    assertThat(issuer.reads("/logs/keys/checkpoint") - before).isEqualTo(2);
    // The control: who asks when all is quiet again gets a fetch.
    clock.advance(Duration.ofMillis(600));
    source.refreshOnDemand();
    assertThat(issuer.reads("/logs/keys/checkpoint") - before).isEqualTo(3);
  }

  @Test
  void whoAsksBehindAFetchThatHangsIsAnsweredFromWhatIsThere() throws Exception {
    KeySetSource source = waiting(Duration.ofMillis(50));
    CountDownLatch slow = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(1);
    issuer.between(
        (path, honest) -> {
          began.countDown();
          await(slow);
          return honest.read();
        });
    try {
      Thread first = asking(source);
      began.await();
      CompletableFuture<KeySetSource.Fresh> second =
          CompletableFuture.supplyAsync(source::refreshOnDemand);
      assertThat(second.get(20, TimeUnit.SECONDS)).isInstanceOf(KeySetSource.Fresh.Ring.class);
      assertThat(first.isAlive()).isTrue();
    } finally {
      slow.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFetchThatIsGivenUpIsNoFailureAndKeepsNobodyFromTheNextOne() throws Exception {
    KeySetSource source = waiting(Duration.ofMinutes(1));
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < 3; i++) {
      CountDownLatch began = new CountDownLatch(1);
      issuer.between(
          (path, honest) -> {
            began.countDown();
            await(never);
            throw new InterruptedIOException("interrupted while reading");
          });
      Thread asker = asking(source);
      assertThat(began.await(20, TimeUnit.SECONDS)).as("asked at once").isTrue();
      asker.interrupt();
      asker.join();
    }
    assertThat(source.trouble()).isEqualTo(KeySetSource.Trouble.NONE);
    issuer.honest();
    int before = issuer.reads("/logs/keys/checkpoint");
    source.refreshOnDemand();
    assertThat(issuer.reads("/logs/keys/checkpoint") - before).as("at once").isEqualTo(1);
    // The control: one that fails keeps the next one for a moment, and is told of.
    clock.advance(Duration.ofMillis(600));
    issuer.die();
    source.refreshOnDemand();
    assertThat(source.trouble()).isEqualTo(KeySetSource.Trouble.UNREADABLE);
    issuer.honest();
    before = issuer.reads("/logs/keys/checkpoint");
    source.refreshOnDemand();
    assertThat(issuer.reads("/logs/keys/checkpoint") - before).isZero();
  }

  @Test
  void bytesThatAreNoHeadChangeNothing() {
    KeySetSource source = source(issuer.policy());
    for (String body : List.of("", "x", "a.b.c", "<html>", "a\n1\nb\n\n\u2014 x y\n")) {
      issuer.between((path, honest) -> body.getBytes(StandardCharsets.UTF_8));
      source.refresh();
      assertThat(version(source)).isEqualTo(4);
    }
    issuer.honest();
    issuer.addKey();
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(5);
  }

  @Test
  void aReadThatEndsWithTheSourceIsNoFailureToTellOf() {
    assertThat(saidOfAFailedRead(KeySetSource::close)).isEmpty();
    // The control: while the source is wanted, the same failure is told of.
    assertThat(saidOfAFailedRead(source -> {}))
        .singleElement()
        .asString()
        .contains("cannot be read");
  }

  /** What is logged when a read fails, after something was done during it. */
  private List<String> saidOfAFailedRead(Consumer<KeySetSource> duringTheRead) {
    KeySetSource source = source(issuer.policy());
    List<String> said = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            said.add(entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(KeySetSource.class.getName());
    logger.addHandler(handler);
    issuer.between(
        (path, honest) -> {
          duringTheRead.accept(source);
          throw new InterruptedIOException("interrupted while reading");
        });
    try {
      source.refresh();
    } finally {
      logger.removeHandler(handler);
      issuer.honest();
    }
    return said;
  }
}
