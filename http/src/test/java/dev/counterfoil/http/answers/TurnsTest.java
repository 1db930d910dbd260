package dev.counterfoil.http.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What costs much is done by a few at a time. */
@Timeout(120)
final class TurnsTest {
  @Test
  void oneWhoAsksOftenWaitsAndThoseWhoAskLittleAreServed() throws Exception {
    Turns turns = new Turns(2, 2);
    Turns.Turn first = turns.take("acme");
    try (Turns.Turn _ = turns.take("acme")) {
      assertThatThrownBy(() -> turns.take("acme"))
          .as("at once: it waits for nothing")
          .isInstanceOf(BusyException.class);
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(
              () -> {
                try (Turns.Turn _ = turns.take("globex")) {
                  // Its turn has come.
                } catch (BusyException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(other).isNotDone();
      first.close();
      other.join();
      turns.take("acme").close();
    }
    turns.take("acme").close();
  }

  @Test
  void whoWaitsTooLongIsToldToAskAgain() throws Exception {
    Turns turns = new Turns(1, 2);
    try (Turns.Turn _ = turns.take("acme")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> turns.take("globex"))
          .as("as the end of the process has it")
          .isInstanceOf(BusyException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    for (int i = 0; i < 3; i++) {
      turns.take("globex").close();
    }
  }
}
