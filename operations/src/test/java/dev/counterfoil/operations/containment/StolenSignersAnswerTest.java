package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a thief answers who holds a signer that is to be replaced, and what is believed of it. */
class StolenSignersAnswerTest extends ContainmentFixture {
  private void awaitAsked() throws InterruptedException {
    while (answers.get() < 3) {
      Thread.sleep(5);
    }
  }

  /** By his socket at the registrar he ends the log that goes on, with a size and a successor. */
  @Test
  void aThiefWhoEndsHisLogHimselfIsNotTakenAtHisWord() throws Exception {
    KeySet.EndedLog his =
        new KeySet.EndedLog(
            "s1g1",
            999_999_999_999_999L,
            Optional.of("s1g9"),
            KeyLogEvent.EndReason.REPLACED,
            ENDED_AT);
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of(his));
    assertThat(FoundContainment.in(keys, Optional.of("s1"), ENDED_AT))
        .as("what the key log alone says")
        .isPresent();
    for (Optional<String> log : List.of(Optional.<String>empty(), Optional.of("s1g1"))) {
      revoked.clear();
      positions.clear();
      Contained contained = contain(log, keys);
      assertThat(contained.size()).as("where the signer sealed it").isEqualTo(7);
      assertThat(logsOfRevoked(keys)).containsExactly("s1g1", "now", "s1g9", "next");
      assertThat(positions).containsExactly(7L, 7L, 0L, 0L);
      assertThat(contained.keyLogSize()).as("who has that refuses by both").isEqualTo(90);
    }
    assertThat(ends).as("what the key log says then").containsExactly(7L, 7L);
    // The control: a true replacement, of which the second run leaves the follower.
    revoked.clear();
    already = true;
    keys = keySet(List.of("s1g1", "s1g3"), List.of(replaced("s1g1", "s1g3")));
    contain(Optional.empty(), keys);
    assertThat(logsOfRevoked(keys)).containsExactly("s1g1", "now", "next");
    assertThat(ends).as("the size is the same").hasSize(2);
  }

  /** Said again at once: the new process has it stated within seconds. */
  @Test
  void whatTheKeyLogDoesNotSayYetIsWaitedFor() throws Exception {
    already = true;
    KeySet before = keySet(List.of("s1g1", "s1g2", "s1g3"), List.of());
    KeySet after = ended(before, List.of(replaced("s1g1", "s1g3")));
    AtomicInteger reads = new AtomicInteger();
    Contained contained =
        new Containment(context)
            .contain(
                Optional.empty(),
                Optional.of(before),
                () -> Optional.of(reads.incrementAndGet() < 3 ? before : after),
                ENDED_AT);
    assertThat(reads).hasValue(3);
    assertThat(contained.log()).isEqualTo("s1g1");
    assertThat(logsOfRevoked(before))
        .as("what it names, and what it does not name and the key log has")
        .containsExactly("s1g1", "now", "s1g2", "next");
    assertThat(contained.replaced()).isFalse();
    assertThat(contained.others()).extracting(Contained.Other::log).contains("s1g2");
  }

  /** He seals nothing and says that it was done before. */
  @Test
  void aSignerThatGoesOnWithStolenKeysCannotSayThatItWasReplaced() throws Exception {
    already = true;
    KeySet alone = keySet(List.of("s1g1"), List.of());
    KeySet goesOn = keySet(List.of("s1g1", "s1g3"), List.of());
    KeySet asPlanned = afterAPlannedEnd();
    for (KeySet keys : List.of(alone, goesOn, asPlanned)) {
      assertThatThrownBy(() -> contain(Optional.empty(), keys))
          .isInstanceOf(OperatorException.class)
          .hasMessageContaining("nothing is revoked")
          .hasMessageContaining("--again")
          .hasMessageContaining(
              "--signer-lost s1g1 --from 7 --kid " + keys.keys().getFirst().kid());
    }
    assertThat(revoked).isEmpty();
    // A log that is named is meant, however it ended, and is not called contained either.
    assertThatThrownBy(() -> contain(Optional.of("s1g1"), goesOn))
        .hasMessageContaining("does not confirm it")
        .hasMessageContaining("its keys are revoked from there on");
    assertThat(revoked).contains(goesOn.keys().getFirst().kid());
    // The control: what an operator took back, or the signer had stated, bears it out.
    KeyStatement key = goesOn.keys().getFirst();
    KeySet taken = revoked(goesOn, List.of(new KeySet.RevokedKey(key.kid(), "s1g1", 7, ENDED_AT)));
    KeySet told = ended(goesOn, List.of(replaced("s1g1", "s1g3")));
    for (KeySet keys : List.of(taken, told)) {
      assertThat(contain(Optional.empty(), keys).log()).isEqualTo("s1g1");
    }
    KeySet less = revoked(goesOn, List.of(new KeySet.RevokedKey(key.kid(), "s1g1", 8, ENDED_AT)));
    assertThatThrownBy(() -> contain(Optional.empty(), less))
        .hasMessageContaining("does not confirm it");
  }

  @Test
  void aSignerThatWasToldToBeReplacedAgainDoesNotSayThatItWas() throws Exception {
    already = true;
    assertThatThrownBy(() -> new Containment(context).replaceSigner(Optional::empty, ENDED_AT))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("--signer-lost");
    assertThat(revoked).isEmpty();
    already = false;
    new Containment(context).replaceSigner(Optional::empty, ENDED_AT);
    assertThat(revoked).as("the control").containsExactly("now", "next");
  }

  /** A stolen spare would have the first signer's keys taken back, and keep its own. */
  @Test
  void anAnswerAboutAnotherSignersLogRevokesNothing() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s2g1", "s2g2"), List.of());
    try (SignerServer _ =
        listen(domain.signer("s2"), (request, peer, to) -> to.answer(new Answer.Done(sealed())))) {
      Containment spare = new Containment(context, "s2", Duration.ZERO);
      sealedLog = "s2g1";
      for (String foreign : List.of("s1g2", "d2g1", "s22g1", "next")) {
        announcedLog = foreign;
        assertThatThrownBy(
                () ->
                    spare.contain(
                        Optional.empty(), Optional.of(keys), () -> Optional.of(keys), ENDED_AT))
            .isInstanceOf(OperatorException.class)
            .hasMessageContaining(foreign)
            .hasMessageContaining("--signer-lost");
      }
      announcedLog = "s2g2";
      sealedLog = "s1g1";
      assertThatThrownBy(
              () ->
                  spare.contain(
                      Optional.empty(), Optional.of(keys), () -> Optional.of(keys), ENDED_AT))
          .hasMessageContaining("log s1g1, which is none of its own");
      assertThatThrownBy(() -> spare.replaceSigner(() -> Optional.of(keys), ENDED_AT))
          .hasMessageContaining("log s1g1, which is none of its own");
      assertThat(revoked).isEmpty();
      sealedLog = "s2g1";
      spare.contain(Optional.empty(), Optional.of(keys), () -> Optional.of(keys), ENDED_AT);
      assertThat(logsOfRevoked(keys))
          .as("the control")
          .containsExactly("s2g1", "now", "s2g2", "next");
    }
  }

  @Test
  void anAnswerAboutAnotherLogThanTheOneThatWasNamedRevokesNothing() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g2", "s1g3"), List.of(replaced("s1g1", "s1g3")));
    sealedLog = "s1g3";
    announcedLog = "s1g4";
    assertThatThrownBy(() -> contain(Optional.of("s1g1"), keys))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("was asked for log s1g1 and answers of log s1g3")
        .hasMessageContaining("--signer-lost");
    assertThat(revoked).isEmpty();
    contain(Optional.of("s1g3"), keys);
    assertThat(revoked).as("the control").contains(keys.keys().getLast().kid());
    // Who names the successor that was announced has the log replaced that is there.
    assertThat(contain(Optional.of("s1g4"), keys).log()).isEqualTo("s1g3");
  }

  /** At a size that no token reaches nothing would be taken back. */
  @Test
  void aSizeBeyondWhatIsPublishedIsNotBelieved() throws Exception {
    KeySet keys = keySet(List.of("s1g1"), List.of());
    publish("s1g1", 5);
    sealedSize = 1L << 40;
    Contained contained = contain(Optional.empty(), keys);
    assertThat(contained.size()).isEqualTo(5);
    assertThat(positions).containsExactly(5L, 5L, 0L);
    assertThat(contained.remarks()).anyMatch(said -> said.contains("1099511627776 tokens, but 5"));
    // The controls: an honest size, and one that is published a moment after the answer.
    positions.clear();
    sealedSize = 4;
    assertThat(contain(Optional.empty(), keys).size()).isEqualTo(4);
    sealedSize = 9;
    Thread publishing =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    awaitAsked();
                    publish("s1g1", 9);
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                });
    Contained honest =
        new Containment(context)
            .contain(Optional.empty(), Optional.of(keys), () -> Optional.of(keys), ENDED_AT);
    publishing.join();
    assertThat(honest.size()).isEqualTo(9);
    assertThat(honest.remarks()).isEmpty();
  }

  /** One request each would keep the true ones good for as long as he likes. */
  @Test
  void whateverTheSignerNamesTheKeyLogsKeysComeFirstAndFewOfTheOthersAreAskedFor()
      throws Exception {
    List<String> kids = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      kids.add("never" + i);
    }
    unstated = kids;
    KeySet keys = keySet(List.of("s1g1"), List.of());
    Contained contained = contain(Optional.empty(), keys);
    assertThat(revoked.getFirst()).isEqualTo(keys.keys().getFirst().kid());
    assertThat(contained.kids()).containsExactly(keys.keys().getFirst().kid());
    assertThat(asked).isLessThan(SignersAnswer.UNSTATED_MAX + 10);
    assertThat(SignersAnswer.unstated(kids, Optional.empty())).hasSize(SignersAnswer.NAMED_MAX);
    // The control: what was stated a moment ago the key log may not show yet.
    unstated = kids.subList(0, 3);
    assertThat(contain(Optional.empty(), keys).kids())
        .containsExactly(keys.keys().getFirst().kid(), "now");
  }

  /** All of the answer is read before the first step, and without that part the rest is done. */
  @Test
  void aSignerThatDoesNotSayWhichLogsAreItsOwnKeepsNone() throws Exception {
    KeySet keys =
        keySet(
            List.of("s1g0x", "s1g1", "s1g3", "s1g9"),
            List.of(
                new KeySet.EndedLog(
                    "s1g3", 8, Optional.empty(), KeyLogEvent.EndReason.REPLACED, ENDED_AT)));
    sealedLog = "s1g3";
    publish("s1g1", 3);
    for (Object garbled : List.of(GONE, "s1g1", 7L)) {
      revoked.clear();
      positions.clear();
      ends.clear();
      ownSaid = garbled;
      contain(Optional.empty(), keys);
      assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "s1g1", "s1g9", "next");
      // Of an earlier one what is published stays good: it may be his own.
      assertThat(positions).containsExactly(7L, 7L, 3L, 0L, 0L);
      assertThat(ends).containsExactly(7L);
    }
    ownSaid = null;
    revoked.clear();
    positions.clear();
    ownBefore = List.of("s1g3");
    contain(Optional.empty(), keys);
    assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "s1g1", "s1g9", "next");
    assertThat(positions).as("the control").containsExactly(7L, 7L, 0L, 0L, 0L);
    revoked.clear();
    sealedSize = -1;
    assertThatThrownBy(() -> contain(Optional.empty(), keys))
        .hasMessageContaining("not understood, and nothing is revoked");
    assertThat(revoked).isEmpty();
  }

  /** While he is asked. */
  @Test
  void whatIsStatedWhileTheSignerIsAskedGoesToo() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of());
    KeySet before = without(keys, "s1g9");
    contain(Optional.empty(), before, () -> Optional.of(keys));
    assertThat(logsOfRevoked(keys)).containsExactly("s1g1", "now", "s1g9", "next");
    revoked.clear();
    contain(Optional.empty(), before, Optional::empty);
    assertThat(logsOfRevoked(keys)).as("the control").containsExactly("s1g1", "now", "next");
  }

  /** A spare that came back with nothing knows no log of before. */
  @Test
  void aLogWhoseKeysWereRevokedAtItsTrueSizeIsLeftAsItIs() throws Exception {
    KeySet keys =
        keySet(
            List.of("s1g1", "s1g3"),
            List.of(
                new KeySet.EndedLog(
                    "s1g1", 9, Optional.empty(), KeyLogEvent.EndReason.LOST, ENDED_AT)));
    sealedLog = "s1g3";
    ownBefore = List.of("s1g3");
    String kid = keys.keys().getFirst().kid();
    KeySet taken = revoked(keys, List.of(new KeySet.RevokedKey(kid, "s1g1", 9, ENDED_AT)));
    assertThat(contain(Optional.empty(), taken).others())
        .extracting(Contained.Other::log)
        .containsExactly("s1g2");
    assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "next");
    // The controls: revoked from later on, not at all, or an end past what is published.
    KeySet later = revoked(keys, List.of(new KeySet.RevokedKey(kid, "s1g1", 10, ENDED_AT)));
    for (KeySet good : List.of(later, keys)) {
      revoked.clear();
      assertThat(contain(Optional.empty(), good).others())
          .extracting(Contained.Other::log)
          .containsExactly("s1g1", "s1g2");
      assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "s1g1", "next");
    }
    revoked.clear();
    publish("s1g1", 8);
    contain(Optional.empty(), taken);
    assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "s1g1", "next");
  }

  /** An operator's terminal shows it: it clears no screen and turns no text. */
  @Test
  void whatAThiefSaysIsShownAsPlainText() throws Exception {
    String poison = "\u001b[2J\u202eCONTAINED\u009b1m\n" + "x".repeat(5_000);
    sealedLog = poison;
    assertShownPlain(() -> contain(Optional.empty(), keySet(List.of("s1g1"), List.of())));
    sealedLog = "s1g1";
    announcedLog = poison;
    assertShownPlain(() -> contain(Optional.empty(), keySet(List.of("s1g1"), List.of())));
    signer.close();
    signer =
        listen(
            domain.signer(),
            (request, peer, to) -> to.answer(new Answer.Refused(Answer.Code.SEALED, poison)));
    assertShownPlain(() -> new OperatorClient(context).signerStatus());
  }

  private static void assertShownPlain(ThrowingCallable asking) {
    assertThatThrownBy(asking)
        .isInstanceOf(OperatorException.class)
        .message()
        .contains("\\u{1b}[2J\\u{202e}CONTAINED\\u{9b}1m\\u{a}x")
        .matches("[\\p{Graph} …]*")
        .hasSizeLessThan(1_000);
  }
}
