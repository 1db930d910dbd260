package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.verifier.reporting.SightingSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions that last longer than a request hear of the end of their token, once. */
final class TokenEndsTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 other = issuer.addKey();

  // What runs in the background in a service is run by hand here.
  private final ScheduledExecutorService nothing =
      new ScheduledThreadPoolExecutor(0) {
        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(
            Runnable task, long initial, long delay, TimeUnit unit) {
          return schedule(() -> {}, 1, TimeUnit.DAYS);
        }
      };
  private final List<String> heard = new ArrayList<>();
  private final Verifier verifier;

  TokenEndsTest() {
    issuer.publish();
    verifier = started(builder());
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy())
        .network(issuer)
        .clock(clock)
        .scheduler(nothing)
        .limits(VerifierLimits.defaults().withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)));
  }

  private static Verifier started(VerifierBuilder builder) {
    Verifier verifier = builder.build();
    verifier.refreshKeys();
    return verifier;
  }

  @AfterEach
  void close() {
    verifier.close();
    nothing.shutdownNow();
  }

  private Verified verified(Verifier by, String token) {
    return (Verified) by.verify(token, TokenCases.MAIL);
  }

  private EndWatch session(String name, String token) {
    return verified(verifier, token).onEnd(why -> heard.add(name + " " + why.code()));
  }

  private String issued() {
    return issuer.issue(issuer.draft(key), key);
  }

  private void published() {
    issuer.publish();
    verifier.refreshKeys();
    verifier.lookForEnds();
  }

  @Test
  void aTokenEndsWithItsTime() {
    session("short", issuer.issue(issuer.draft(key), key));
    clock.advance(Duration.ofMinutes(5).minusSeconds(1));
    verifier.refreshKeys();
    session("late", issued());
    clock.advance(Duration.ofMinutes(10));
    verifier.refreshKeys();
    verifier.lookForEnds();
    assertThat(heard).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    verifier.lookForEnds();
    assertThat(heard).containsExactly("short expired");
    verifier.lookForEnds();
    assertThat(heard).as("once").hasSize(1);
    assertThat(verifier.watched()).isEqualTo(1);
  }

  @Test
  void aRevokedTokenEndsAndItsNeighbourGoesOn() {
    session("first", issued());
    Verified second = verified(verifier, issued());
    second.onEnd(why -> heard.add("second " + why.code()));
    verifier.lookForEnds();
    issuer.revokeToken("s1g1", 0);
    published();
    assertThat(heard).containsExactly("first token-revoked");
    assertThat(second.ended()).isEmpty();
    issuer.revokeToken("s1g1", 1);
    published();
    assertThat(heard).containsExactly("first token-revoked", "second token-revoked");
    assertThat(second.ended()).map(Refused::code).contains(RefusalCode.TOKEN_REVOKED);
    assertThat(verifier.watched()).isZero();
  }

  @Test
  void tokensEndWithTheirKey() {
    session("revoked", issued());
    session("withdrawn", issuer.issue(issuer.draft(other), other));
    issuer.revokeKey(key.kid(), "s1g1", 0);
    published();
    assertThat(heard).containsExactly("revoked key-revoked");
    issuer.withdraw(other.kid());
    published();
    assertThat(heard).containsExactly("revoked key-revoked", "withdrawn key-withdrawn");
  }

  @Test
  void whatWasRevokedBeforeTheSessionBeganIsHeardToo() {
    Verified verified = verified(verifier, issued());
    session("steady", issued());
    verifier.lookForEnds();
    issuer.revokeToken("s1g1", 0);
    published();
    assertThat(heard).isEmpty();
    verified.onEnd(why -> heard.add("late " + why.code()));
    verifier.lookForEnds();
    assertThat(heard).containsExactly("late token-revoked");
  }

  @Test
  void whenNobodyCanTellAnyMoreAllEnd() {
    session("one", issued());
    verifier.lookForEnds();
    issuer.die();
    clock.advance(Duration.ofMinutes(4));
    verifier.refreshKeys();
    verifier.lookForEnds();
    assertThat(heard).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    verifier.lookForEnds();
    assertThat(heard).containsExactly("one keys-stale");
  }

  @Test
  void aLogThatForkedEndsItsTokensAndNotThoseOfAServiceThatCannotRefuse() {
    session("refusing", issued());
    try (Verifier reporting = started(builder().reportedOnly(SightingSink.none()))) {
      verified(reporting, issued()).onEnd(why -> heard.add("reporting " + why.code()));
      issuer.forkLog("s1g1", 5);
      String next = issued();
      assertThat(verifier.verify(next, TokenCases.MAIL)).isInstanceOf(Refused.class);
      verified(reporting, next);
      verifier.lookForEnds();
      reporting.lookForEnds();
      assertThat(heard).containsExactly("refusing log-forked");
      clock.advance(Duration.ofMinutes(15));
      reporting.lookForEnds();
      assertThat(heard).hasSize(2).element(1).asString().startsWith("reporting expired");
    }
  }

  @Test
  void aSessionThatEndsFirstHearsNothingAndLeavesNothing() {
    Verified verified = verified(verifier, issued());
    for (int i = 0; i < 1000; i++) {
      verified.onEnd(why -> heard.add("over " + why.code())).close();
    }
    assertThat(verifier.watched()).isZero();
    EndWatch left = session("left", issued());
    assertThat(verifier.watched()).isEqualTo(1);
    left.close();
    left.close();
    clock.advance(Duration.ofHours(1));
    verifier.lookForEnds();
    assertThat(heard).isEmpty();
  }

  @Test
  void aListenerThatFailsKeepsNobodyFromHearing() {
    verified(verifier, issued())
        .onEnd(
            why -> {
              throw new IllegalStateException("the service's own");
            });
    session("second", issued());
    clock.advance(Duration.ofMinutes(15));
    verifier.lookForEnds();
    assertThat(heard).containsExactly("second expired");
  }

  @Test
  void sessionsAreBounded() {
    Verified verified = verified(verifier, issued());
    EndWatch one = verified.onEnd(why -> {});
    for (int i = 1; i < TokenEnds.WATCHES_MAX; i++) {
      verified.onEnd(why -> {});
    }
    assertThatThrownBy(() -> verified.onEnd(why -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("100000");
    one.close();
    verified.onEnd(why -> {});
  }

  @Test
  void aVerifierThatClosesEndsAllAndTakesNoMore() {
    Verified verified = verified(verifier, issued());
    verified.onEnd(why -> heard.add("open " + why.code()));
    verifier.close();
    assertThat(heard).containsExactly("open keys-unavailable");
    assertThatThrownBy(() -> verified.onEnd(why -> {})).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void inAServiceItIsLookedInTheBackground() throws Exception {
    try (Verifier running =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).build()) {
      Verified verified = null;
      for (int i = 0; verified == null && i < 600; i++) {
        verified = running.verify(issued(), TokenCases.MAIL) instanceof Verified now ? now : null;
        Thread.sleep(100);
      }
      if (verified == null) {
        throw new AssertionError("the keys were not read in a minute");
      }
      CompletableFuture<Refused> end = new CompletableFuture<>();
      verified.onEnd(end::complete);
      clock.advance(Duration.ofMinutes(15));
      assertThat(end.get(60, TimeUnit.SECONDS).code()).isEqualTo(RefusalCode.EXPIRED);
    }
  }
}
