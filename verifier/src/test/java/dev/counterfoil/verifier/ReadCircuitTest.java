package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.verifier.reading.AnswerTooLongException;
import dev.counterfoil.verifier.reading.AuthorityAway;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An authority that does not answer is asked rarely, and holds few up. */
class ReadCircuitTest {
  private static final URI LOG = URI.create("https://login.example/logs/s1g1/checkpoint");
  private static final URI MIRROR = URI.create("https://mirror.example:8443/s1g1/checkpoint");

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final List<URI> asked = new ArrayList<>();
  private @Nullable IOException failure = new IOException("no answer within PT2S");
  private final ReadCircuit circuit =
      new ReadCircuit(
          (uri, bytesMax) -> {
            asked.add(uri);
            IOException now = failure;
            if (now != null && uri.equals(LOG)) {
              throw now;
            }
            return new byte[0];
          },
          clock);

  private void fails(String message) {
    assertThatThrownBy(() -> circuit.get(LOG, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void afterTwoFailuresOneAsksForAllAndAnAnswerClosesIt() throws Exception {
    fails("no answer within");
    assertThat(circuit.away()).isEmpty();
    fails("no answer within");
    fails("https://login.example does not answer (no answer within PT2S)");
    assertThat(asked).hasSize(2);
    assertThat(circuit.away())
        .containsExactly(
            new AuthorityAway(
                URI.create("https://login.example"), clock.instant(), "no answer within PT2S"));
    assertThat(circuit.get(MIRROR, 1)).as("another place is judged by itself").isEmpty();
    asked.clear();
    clock.advance(ReadCircuit.ASK_AGAIN);
    fails("no answer within");
    fails("does not answer");
    assertThat(asked).as("one asked for all").hasSize(1);
    failure = null;
    clock.advance(ReadCircuit.ASK_AGAIN);
    assertThat(circuit.get(LOG, 1)).isEmpty();
    assertThat(circuit.away()).isEmpty();
    assertThat(circuit.get(LOG, 1)).isEmpty();
  }

  @Test
  void onlyNoAnswerCountsAndOnlyInARow() throws Exception {
    failure = new FileNotFoundException("status 404");
    for (int i = 0; i < 5; i++) {
      fails("status 404");
    }
    failure = new HttpReadSide.StatusException(400, LOG);
    for (int i = 0; i < 5; i++) {
      fails("status 400");
    }
    failure = new AnswerTooLongException(7);
    for (int i = 0; i < 5; i++) {
      fails("answer is longer than 7 bytes");
    }
    failure = new HttpReadSide.StatusException(503, LOG);
    fails("status 503");
    failure = null;
    circuit.get(LOG, 1);
    failure = new HttpReadSide.StatusException(503, LOG);
    fails("status 503");
    assertThat(circuit.away()).isEmpty();
    fails("status 503");
    assertThat(circuit.away()).hasSize(1);
  }

  /** As a client's hanging up does to its request's thread. */
  private void isGivenUp(String message) {
    Thread.currentThread().interrupt();
    try {
      fails(message);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aReadThatIsGivenUpSaysNothingOfTheAuthority() throws Exception {
    failure = new InterruptedIOException("interrupted while reading");
    for (int i = 0; i < 5; i++) {
      isGivenUp("interrupted while reading");
    }
    assertThat(circuit.away()).isEmpty();
    // The control: what is a timeout of the reader's own counts.
    fails("interrupted while reading");
    fails("interrupted while reading");
    assertThat(circuit.away()).hasSize(1);
    // Nor does one that asks for all keep the others waiting by giving up.
    clock.advance(ReadCircuit.ASK_AGAIN);
    isGivenUp("interrupted while reading");
    failure = null;
    assertThat(circuit.get(LOG, 1)).isEmpty();
    assertThat(circuit.away()).isEmpty();
  }

  @Test
  void aClockThatIsSetBackShutsItForNobody() {
    fails("no answer within");
    fails("no answer within");
    clock.advance(Duration.ofHours(-1));
    asked.clear();
    fails("no answer within");
    assertThat(asked).hasSize(1);
  }

  @Test
  void itIsAskedAgainAtOnceWhenItAnswersElsewhere() {
    fails("no answer within");
    fails("no answer within");
    circuit.heard(URI.create("https://login.example/enterprise"));
    assertThat(circuit.away()).isEmpty();
    fails("no answer within");
    fails("does not answer");
  }

  @Test
  void soManyWaitForAQuietAuthorityAndNoMore() throws Exception {
    CountDownLatch silence = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    ReadCircuit quiet =
        new ReadCircuit(
            (uri, bytesMax) -> {
              begun.countDown();
              try {
                assertThat(silence.await(60, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return new byte[0];
            },
            clock);
    for (int i = 0; i < ReadCircuit.WAITING_MAX; i++) {
      assertThat(quiet.mayWait(LOG)).isTrue();
    }
    assertThat(quiet.mayWait(LOG)).as("it was not asked yet").isTrue();
    quiet.hasWaited(LOG);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<byte[]> read = threads.submit(() -> quiet.get(LOG, 1));
      assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (quiet.mayWait(LOG)) {
        quiet.hasWaited(LOG);
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.onSpinWait();
      }
      assertThat(quiet.mayWait(MIRROR)).isTrue();
      quiet.hasWaited(LOG);
      assertThat(quiet.mayWait(LOG)).as("one has left").isTrue();
      silence.countDown();
      assertThat(read.get()).isEmpty();
      assertThat(quiet.mayWait(LOG)).as("it has answered").isTrue();
    } finally {
      threads.shutdownNow();
    }
  }
}
