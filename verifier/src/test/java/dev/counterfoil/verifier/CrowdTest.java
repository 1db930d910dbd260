package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many threads on one verifier, and many verifiers on one issuer. */
class CrowdTest {
  private static final int TOKENS = 600;
  private static final int ROUNDS = 5;
  private static final long STACK_BYTES = 128 * 1024;

  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();

  /** A token and whether it is one of the issuer's. */
  private record Presented(String token, boolean honest) {}

  private List<Presented> tokens() {
    List<Presented> tokens = new ArrayList<>();
    for (int i = 0; i < TOKENS; i++) {
      String token = issuer.issue(issuer.draft(key), key);
      tokens.add(new Presented(token, true));
      if (i % 3 == 0) {
        tokens.add(
            new Presented(
                issuer.draft(key).claim("sub", "mallory").at("s1g1", i).signed(key), false));
      }
    }
    return tokens;
  }

  @Test
  void aThousandThreadsOnOneVerifier() throws Exception {
    threads(1_000);
  }

  @Test
  @Tag("full")
  void tenThousandThreadsOnOneVerifier() throws Exception {
    threads(10_000);
  }

  private void threads(int count) throws Exception {
    List<Presented> tokens = tokens();
    issuer.publish();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    try (Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            // Less than there are tokens: some are forgotten all the time.
            .limits(VerifierLimits.defaults().withMemory(TOKENS / 2, 64))
            .build()) {
      verifier.refreshKeys();
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int first = i * 7;
        Thread thread =
            new Thread(
                null,
                () -> {
                  try {
                    start.await();
                    present(verifier, tokens, first, wrong);
                  } catch (InterruptedException | RuntimeException e) {
                    wrong.add(e.toString());
                  }
                },
                "crowd-" + i,
                STACK_BYTES);
        thread.start();
        threads.add(thread);
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(wrong).isEmpty();
    // Three tiles, shared by everybody: not one for each thread that came.
    int tiles = 0;
    for (int tile = 0; tile <= TOKENS / 256; tile++) {
      tiles += issuer.reads("/logs/s1g1/tile/0/00" + tile);
    }
    assertThat(tiles).isLessThan(count / 4);
  }

  private static void present(
      Verifier verifier, List<Presented> tokens, int first, Queue<String> wrong) {
    for (int i = 0; i < ROUNDS; i++) {
      Presented one = tokens.get((first + i) % tokens.size());
      Verification answer = verifier.verify(one.token(), TokenCases.MAIL);
      boolean right =
          one.honest()
              ? answer.isVerified()
              : answer instanceof Refused no && no.code() == RefusalCode.NEVER_ISSUED;
      if (!right) {
        wrong.add(one + " → " + answer);
      }
    }
  }

  @Test
  void aHundredVerifiersOnOneIssuer() throws Exception {
    verifiers(100);
  }

  @Test
  @Tag("full")
  void aThousandVerifiersOnOneIssuer() throws Exception {
    verifiers(1_000);
  }

  private void verifiers(int count) throws Exception {
    List<Presented> tokens = tokens();
    issuer.publish();
    ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(4);
    List<Verifier> all = new ArrayList<>();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    try {
      for (int i = 0; i < count; i++) {
        all.add(
            Verifier.builder(issuer.policy())
                .network(issuer)
                .scheduler(scheduler)
                .limits(
                    VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofMinutes(5)))
                .build());
      }
      for (int i = 0; i < count; i++) {
        all.get(i).refreshKeys();
        present(all.get(i), tokens, i * 11, wrong);
      }
      // The issuer is away: what they have is good for as long as it is fresh.
      issuer.die();
      for (int i = 0; i < count; i++) {
        present(all.get(i), tokens, i * 11, wrong);
      }
      issuer.honest();
      String revoked = issuer.issue(issuer.draft(key), key);
      for (Verifier verifier : all) {
        assertThat(verifier.verify(revoked, TokenCases.MAIL).isVerified()).isTrue();
      }
      issuer.revokeToken("s1g1", issuer.log("s1g1").size() - 1);
      issuer.publish();
      for (Verifier verifier : all) {
        verifier.refreshKeys();
        assertThat(verifier.verify(revoked, TokenCases.MAIL))
            .isInstanceOfSatisfying(
                Refused.class,
                refused -> assertThat(refused.code()).isEqualTo(RefusalCode.TOKEN_REVOKED));
      }
    } finally {
      all.forEach(Verifier::close);
      scheduler.shutdownNow();
    }
    assertThat(wrong).isEmpty();
  }
}
