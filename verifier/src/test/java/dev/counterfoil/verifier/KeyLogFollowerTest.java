package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hearing of changes of the key log as they come, from issuers that tell and from others. */
class KeyLogFollowerTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

  /** A question that is held back until the test answers it. */
  private record Question(URI uri, CompletableFuture<byte[]> answer) {}

  private final BlockingQueue<Question> questions = new LinkedBlockingQueue<>();

  private final ReadSide holding =
      new ReadSide() {
        @Override
        public byte[] get(URI uri, int bytesMax) throws IOException {
          return issuer.get(uri, bytesMax);
        }

        @Override
        public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
          Question question = new Question(uri, new CompletableFuture<>());
          questions.add(question);
          return question.answer();
        }
      };

  KeyLogFollowerTest() {
    issuer.addKey();
    issuer.publish();
  }

  @AfterEach
  void close() {
    scheduler.shutdownNow();
  }

  private KeySetSource follow(ReadSide network, Duration refreshEvery) {
    return new KeySetSource(
        issuer.policy(),
        network,
        clock,
        scheduler,
        VerifierLimits.defaults().withKeys(refreshEvery, Duration.ofMinutes(5)));
  }

  private Question next() throws InterruptedException {
    Question question = questions.poll(20, TimeUnit.SECONDS);
    assertThat(question).isNotNull();
    return question;
  }

  private byte[] head() {
    return issuer.keyLog().head(clock.instant()).bytes();
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 20_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(1);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void aChangeCountsAsSoonAsTheIssuerTellsOfIt() throws Exception {
    KeySetSource source = follow(holding, NEVER);
    for (int change = 1; change <= 3; change++) {
      Question question = next();
      assertThat(question.uri().toString())
          .isEqualTo(
              "https://login.example/enterprise/logs/keys/head?after="
                  + source.size()
                  + "&wait=5000ms&revoked=0");
      issuer.addKey();
      issuer.publish();
      // One question at a time, and nothing of it counts before it is answered.
      assertThat(questions).isEmpty();
      long before = source.size();
      question.answer().complete(head());
      until(() -> source.size() == before + 1);
    }
    assertThat(source.current().orElseThrow().keys()).hasSize(4);
  }

  @Test
  void anIssuerThatDoesNotHoldBackIsPolled() throws Exception {
    KeySetSource source = follow(issuer, Duration.ofMillis(5));
    until(() -> issuer.reads("/logs/keys/checkpoint") > 3);
    issuer.addKey();
    issuer.publish();
    until(() -> source.size() == 5);
  }

  @Test
  void anIssuerThatSaysNotFoundIsPolledAndNotAskedAgainAtOnce() throws Exception {
    KeySetSource source = follow(holding, Duration.ofMillis(5));
    next().answer().completeExceptionally(new FileNotFoundException("status 404"));
    int before = issuer.reads("/logs/keys/checkpoint");
    until(() -> issuer.reads("/logs/keys/checkpoint") > before + 3);
    assertThat(questions).isEmpty();
    assertThat(source.size()).isEqualTo(4);
  }

  @Test
  void whoAnswersAtOnceWithNothingNewIsNotAskedInALoop() throws Exception {
    KeySetSource source = follow(holding, NEVER);
    next().answer().complete(head());
    // What is queued on the scheduler behind the answer shows that it was dealt with.
    until(() -> source.trouble() == KeySetSource.Trouble.NONE);
    scheduler.submit(() -> {}).get();
    scheduler.submit(() -> {}).get();
    assertThat(questions).isEmpty();
  }

  @Test
  void aQuestionThatFailsIsAskedAgain() throws Exception {
    KeySetSource source = follow(holding, Duration.ofMillis(5));
    next().answer().completeExceptionally(new IOException("connection reset"));
    issuer.addKey();
    issuer.publish();
    next().answer().complete(head());
    until(() -> source.size() == 5);
  }

  @Test
  void anAnswerThatIsNoHeadCountsForNothingAndTheIssuerIsAskedAgain() throws Exception {
    KeySetSource source = follow(holding, Duration.ofMillis(5));
    next().answer().complete("<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Question again = next();
    assertThat(source.size()).isEqualTo(4);
    issuer.addKey();
    issuer.publish();
    again.answer().complete(head());
    until(() -> source.size() == 5);
  }

  @Test
  void closingTakesTheQuestionBack() throws Exception {
    KeySetSource source = follow(holding, NEVER);
    Question question = next();
    source.close();
    // Where it was just being asked, it is taken back when that is done.
    until(question.answer()::isCancelled);
  }
}
