package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.TrustPolicy;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From the root to the key set, and what never counts as one. */
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
    assertThat(version(source(issuer.policy()))).isEqualTo(1);
  }

  @Test
  void takesNothingFromAnotherRootDomainOrIssuer() {
    TrustPolicy good = issuer.policy();
    TestKeys.Ed25519 other = new TestKeys.Ed25519();
    for (TrustPolicy policy :
        List.of(
            new TrustPolicy(good.domain(), good.issuer(), other.noteKey("root"), List.of()),
            new TrustPolicy("consumer", good.issuer(), good.root(), List.of()))) {
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
                        List.of(log.key().noteKey(log.origin()))))
                .current())
        .isPresent();
    assertThat(
            source(
                    new TrustPolicy(
                        good.domain(),
                        good.issuer(),
                        good.root(),
                        List.of(new TestKeys.Ed25519().noteKey(log.origin()))))
                .current())
        .isEmpty();
  }

  private void assertDelegationRefuses(java.util.function.UnaryOperator<Delegation> change) {
    issuer.delegate(change);
    issuer.publish();
    assertThat(source(issuer.policy()).current()).isEmpty();
    issuer.delegate(d -> d);
    issuer.publish();
    assertThat(source(issuer.policy()).current()).isPresent();
  }

  private static Delegation with(
      Delegation d,
      AllowList tenants,
      AllowList audiences,
      AllowList types,
      Duration life,
      Instant from,
      Instant until) {
    return new Delegation(
        d.domain(), d.issuer(), d.statementKey(), tenants, audiences, types, life, from, until);
  }

  @Test
  void aKeyBeyondTheDelegationSpoilsTheSet() {
    AllowList all = AllowList.all();
    Duration hour = Duration.ofHours(1);
    assertDelegationRefuses(
        d -> with(d, AllowList.of("acme"), all, all, hour, d.notBefore(), d.notAfter()));
    assertDelegationRefuses(
        d ->
            with(
                d,
                all,
                AllowList.of("https://mail.example"),
                all,
                hour,
                d.notBefore(),
                d.notAfter()));
    assertDelegationRefuses(
        d -> with(d, all, all, AllowList.of("at+jwt"), hour, d.notBefore(), d.notAfter()));
    assertDelegationRefuses(
        d -> with(d, all, all, all, hour.minusSeconds(1), d.notBefore(), d.notAfter()));
    assertDelegationRefuses(
        d -> with(d, all, all, all, hour, clock.instant().plusSeconds(1), d.notAfter()));
    assertDelegationRefuses(d -> with(d, all, all, all, hour, d.notBefore(), clock.instant()));
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
                d.lifeMax(),
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
  void aSetEndsAtItsExpThoughItIsFetchedAgain() {
    issuer.setLife(Duration.ofSeconds(60));
    issuer.publish();
    KeySetSource source = source(issuer.policy());
    clock.advance(Duration.ofSeconds(59));
    source.refresh();
    assertThat(source.current()).isPresent();
    clock.advance(Duration.ofSeconds(1));
    source.refresh();
    assertThat(source.current()).isEmpty();
    issuer.publish();
    source.refresh();
    assertThat(source.current()).isPresent();
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
    int before = issuer.reads("/counterfoil/keys");
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
    assertThat(issuer.reads("/counterfoil/keys") - before).isEqualTo(2);
    // The control: who asks when all is quiet again gets a fetch.
    clock.advance(Duration.ofMillis(600));
    source.refreshOnDemand();
    assertThat(issuer.reads("/counterfoil/keys") - before).isEqualTo(3);
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
  void neverGoesBackInVersion() {
    issuer.setVersion(8);
    issuer.publish();
    KeySetSource source = source(issuer.policy());
    assertThat(version(source)).isEqualTo(9);
    issuer.setVersion(7);
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(9);
    issuer.setVersion(9);
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(10);
  }

  @Test
  void aLogKeepsItsKeyForLife() {
    KeySetSource source = source(issuer.policy());
    TestLog log = issuer.log("s1g1");
    issuer.replaceLog(new TestLog("s1g1", log.origin()));
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(1);
    issuer.replaceLog(log);
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(3);
  }

  @Test
  void bytesThatAreNoKeySetChangeNothing() {
    KeySetSource source = source(issuer.policy());
    for (String body : List.of("", "x", "a.b.c", "<html>", "e30.e30.e30")) {
      issuer.between((path, honest) -> body.getBytes(StandardCharsets.UTF_8));
      source.refresh();
      assertThat(version(source)).isEqualTo(1);
    }
    issuer.between(
        (path, honest) -> {
          byte[] set = honest.read();
          set[set.length / 2] ^= 1;
          return set;
        });
    source.refresh();
    assertThat(version(source)).isEqualTo(1);
    issuer.honest();
    issuer.publish();
    source.refresh();
    assertThat(version(source)).isEqualTo(2);
  }
}
