package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeldAcknowledgementTest {
  private static final String ORIGIN = "auth.example/logs/s1g1";

  private record Word(long size, CompletableFuture<Integer> answer, Thread by) {}

  private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Bell bell = new Bell();
  private volatile Optional<CustodyLog.Vouched> vouched = Optional.empty();
  private HeldAcknowledgement acknowledgement;
  private Thread thread;
  private long size;

  @BeforeEach
  void start() throws GeneralSecurityException {
    acknowledgement =
        new HeldAcknowledgement(
            this::held,
            () -> vouched,
            new HeldNotes(
                new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1),
                InstantSource.system()),
            bell);
    thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    acknowledgement.run(stop);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
  }

  @AfterEach
  void end() throws InterruptedException {
    stop.countDown();
    bell.ring();
    words.forEach(word -> word.answer.complete(200));
    thread.join();
  }

  private CompletableFuture<Integer> held(byte[] note) {
    try {
      CompletableFuture<Integer> answer = new CompletableFuture<>();
      words.add(
          new Word(
              Checkpoint.parse(SignedNote.parse(note).text()).size(),
              answer,
              Thread.currentThread()));
      return answer;
    } catch (FormatException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void holds(long size) {
    hold(size);
    bell.ring();
  }

  private void hold(long size) {
    Checkpoint checkpoint =
        new Checkpoint(
            ORIGIN, size, Hash.sha256(Long.toString(size).getBytes(StandardCharsets.UTF_8)));
    vouched =
        Optional.of(
            new CustodyLog.Vouched(new SignedNote(checkpoint.text(), List.of()), checkpoint));
  }

  /** More is held, and the thread that made it durable says so. */
  private void grows(long size) {
    hold(size);
    acknowledgement.grew();
  }

  private Word word() throws InterruptedException {
    Word word = words.poll(60, TimeUnit.SECONDS);
    assertThat(word).isNotNull();
    return word;
  }

  @Test
  void aSecondWordDoesNotWaitForTheFirstsAnswerAndAThirdSaysWhatIsNewestThen()
      throws InterruptedException {
    holds(1);
    Word first = word();
    holds(2);
    Word second = word();
    assertThat(List.of(first.size, second.size)).containsExactly(1L, 2L);
    holds(3);
    // Two are under way: the bell is heard and nothing is said.
    assertThat(words.poll(100, TimeUnit.MILLISECONDS)).isNull();
    holds(4);
    second.answer.complete(200);
    assertThat(word().size).isEqualTo(4);
    assertThat(words).isEmpty();
  }

  @Test
  void whatWasNotTakenIsToldAgain() throws InterruptedException {
    holds(5);
    word().answer.completeExceptionally(new IllegalStateException("the issuer is away"));
    Word again = word();
    assertThat(again.size).isEqualTo(5);
    again.answer.complete(503);
    Word third = word();
    assertThat(third.size).isEqualTo(5);
    third.answer.complete(200);
    holds(6);
    assertThat(word().size).isEqualTo(6);
  }

  /** A word that went out on the thread that made it true: so they do once one was taken. */
  private Word ownWord() throws InterruptedException {
    while (true) {
      grows(++size);
      Word word = word();
      if (word.by == Thread.currentThread()) {
        return word;
      }
      word.answer.complete(200);
    }
  }

  @Test
  void aWordGoesOutOnTheThreadThatMadeItTrueAndOnTheOtherWhileTwoAreUnderWay() throws Exception {
    Word first = ownWord();
    grows(++size);
    assertThat(word().size).isEqualTo(first.size + 1);
    grows(++size);
    grows(++size);
    assertThat(words.poll(100, TimeUnit.MILLISECONDS)).isNull();
    first.answer.complete(200);
    Word next = word();
    assertThat(next.size).isEqualTo(first.size + 3);
    assertThat(next.by).isEqualTo(thread);
  }

  @Test
  void whereNobodyWaitsForWordsTheThreadThatHasThemIsSilent() throws Exception {
    Word own = ownWord();
    long answered = System.nanoTime();
    own.answer.complete(202);
    grows(++size);
    boolean wasSilent = System.nanoTime() - answered < TimeUnit.SECONDS.toNanos(1);
    Word late = word();
    assertThat(late.size).isEqualTo(own.size + 1);
    assertThat(late.by == thread || !wasSilent).isTrue();
    late.answer.complete(200);
    assertThat(ownWord().size).isGreaterThan(late.size);
  }

  /** The stream is not held up by an issuer that is away. */
  @Test
  void afterAWordThatWasNotTakenTheOtherThreadTriesUntilOneIs() throws Exception {
    ownWord().answer.completeExceptionally(new IllegalStateException("the issuer is away"));
    grows(++size);
    Word again = word();
    assertThat(again.size).isEqualTo(size);
    assertThat(again.by).isEqualTo(thread);
    again.answer.complete(200);
    assertThat(ownWord().size).isGreaterThan(again.size);
  }

  @Test
  void whatIsToldByTwoThreadsAtOneTimeIsToldOnce() throws Exception {
    hold(1);
    bell.ring();
    acknowledgement.grew();
    Word only = word();
    assertThat(words.poll(100, TimeUnit.MILLISECONDS)).isNull();
    only.answer.complete(200);
  }
}
