package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.signin.browser.Challenges;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ChallengesTest {
  private final SignInServer.MovedClock clock = new SignInServer.MovedClock();
  private final Challenges challenges = new Challenges(new SecureRandom(), clock);

  @Test
  void aChallengeIsForOnePurposeAndOneUse() {
    byte[] challenge = challenges.next("get a");
    assertThat(challenges.isOpen(challenge, "get a")).isTrue();
    assertThat(challenges.isOpen(challenge, "get b")).isFalse();
    assertThat(challenges.isOpen(new byte[56], "get a")).isFalse();
    assertThat(challenges.isOpen(new byte[0], "get a")).isFalse();
    for (int i = 0; i < challenge.length; i++) {
      byte[] changed = challenge.clone();
      changed[i] ^= 1;
      assertThat(challenges.isOpen(changed, "get a")).as("byte %d", i).isFalse();
    }
    assertThat(challenges.use(challenge)).isTrue();
    assertThat(challenges.use(challenge)).isFalse();
    assertThat(challenges.isOpen(challenge, "get a")).isFalse();
  }

  @Test
  void aChallengeExpiresAlsoAfterItsUseIsForgotten() {
    byte[] challenge = challenges.next("get a");
    assertThat(challenges.use(challenge)).isTrue();
    clock.forward(Challenges.LIFE);
    challenges.use(challenges.next("get a"));
    assertThat(challenges.isOpen(challenge, "get a")).isFalse();
  }

  @Test
  void ofTwentyThatUseOneChallengeOneDoes() throws Exception {
    byte[] challenge = challenges.next("get a");
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(() -> challenges.use(challenge));
    }
    int used = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> one : threads.invokeAll(all)) {
        used += one.get() ? 1 : 0;
      }
    }
    assertThat(used).isEqualTo(1);
  }

  @Test
  void anotherProcessHasOthers() {
    byte[] challenge = challenges.next("get a");
    assertThat(new Challenges(new SecureRandom(), clock).isOpen(challenge, "get a")).isFalse();
  }
}
