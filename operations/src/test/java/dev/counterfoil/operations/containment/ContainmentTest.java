package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** In which order a signer's keys are taken back. */
class ContainmentTest extends ContainmentFixture {
  /** Beside a successor that was announced, s1g2, and the log that the signer began anew, s1g3. */
  private List<String> revokedAgain(List<KeySet.EndedLog> ended) throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g2", "s1g3", "s2g2"), ended);
    already = true;
    contain(Optional.of("s1g1"), keys);
    return logsOfRevoked(keys);
  }

  @Test
  void theKeysThatSignedComeFirstAndTheReportCoversBoth() throws Exception {
    Contained contained = new Containment(context).replaceSigner(Optional::empty, ENDED_AT);
    assertThat(revoked).containsExactly("now", "next");
    assertThat(contained.size()).isEqualTo(7);
    assertThat(contained.kids()).containsExactly("now");
    assertThat(contained.others()).containsExactly(new Contained.Other("s1g2", 0, List.of("next")));
    assertThat(contained.allKids()).containsExactly("now", "next");
    assertThat(contained.keyLogSize()).isEqualTo(42);
    assertThat(contained.changed() && contained.replaced()).isTrue();
  }

  @Test
  void aRefusalOfTheSuccessorsKeysSaysThatTheOthersAreRevoked() {
    takes = 1;
    assertThatThrownBy(() -> new Containment(context).replaceSigner(Optional::empty, ENDED_AT))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("the keys of s1g1 are revoked")
        .hasMessageContaining("successor s1g2 are not")
        .hasMessageContaining("counterfoil keys revoke next --from 0")
        .hasMessageContaining("make room");
    assertThat(revoked).containsExactly("now");
  }

  /** Whoever held a signer may have had more stated than is taken back at once. */
  @Test
  void asManyKeysAsAThiefHadStatedAreRevokedInParts() throws Exception {
    List<String> kids = new ArrayList<>();
    for (int i = 0; i < 2 * Commands.REVOKED_AT_ONCE_MAX + 1; i++) {
      kids.add("k" + i);
    }
    OperatorClient operators = new OperatorClient(context);
    Contained contained = operators.revokeAlone(kids, "s1g1", 7);
    assertThat(revoked).containsExactlyElementsOf(kids);
    assertThat(contained.kids()).isEqualTo(kids);
    assertThat(contained.keyLogSize()).isEqualTo(40 + kids.size());
    assertThat(asked).isEqualTo(3);
    waits = true;
    assertThatThrownBy(() -> operators.revoke(kids, "s1g1", 7))
        .hasMessageContaining("keys confirm c4, and counterfoil keys confirm c5, and")
        .hasMessageContaining("confirm c6");
    asked = 0;
    waits = false;
    revoked.clear();
    takes = Commands.REVOKED_AT_ONCE_MAX;
    assertThatThrownBy(() -> operators.revokeAlone(kids, "s1g1", 7))
        .hasMessageContaining("of 513 keys")
        .hasMessageContaining("make room");
    asked = 0;
    takes = Integer.MAX_VALUE;
    operators.revoke(kids.subList(0, Commands.REVOKED_AT_ONCE_MAX), "s1g1", 7);
    assertThat(asked).as("the control").isEqualTo(1);
  }

  /** Whoever holds the signer may name any, to have the registrar refuse the others with them. */
  @Test
  void keysThatASignerNamesAndNobodyStatedKeepNoneFromBeingRevoked() throws Exception {
    List<String> kids = new ArrayList<>();
    for (int i = 0; i < Commands.REVOKED_AT_ONCE_MAX + 1; i++) {
      kids.add("never" + i);
    }
    unstated = kids;
    Containment containment = new Containment(context);
    containment.replaceSigner(Optional::empty, ENDED_AT);
    assertThat(revoked).containsExactly("now", "next");
    // An operator who names a key is told that there is none, and where none is known so is he.
    revoked.clear();
    assertThatThrownBy(
            () -> new OperatorClient(context).revokeAlone(List.of("never0", "now"), "s1g1", 7))
        .hasMessageContaining("UNKNOWN");
    unstated = List.of("never0", "now");
    assertThatThrownBy(() -> containment.replaceSigner(Optional::empty, ENDED_AT))
        .hasMessageContaining("UNKNOWN");
    assertThat(revoked).isEmpty();
  }

  /** A thief's own, whose private halves no replacement destroys. */
  @Test
  void keysInOtherLogsOfASignerThatIsReplacedGoToo() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g9", "s2g2"), List.of());
    contain(Optional.empty(), keys);
    assertThat(revoked)
        .containsExactly(keys.keys().getFirst().kid(), "now", keys.keys().get(1).kid(), "next");
  }

  @Test
  void aLogThatEndedAsPlannedIsContainedByItsNameAndItsSuccessorGoesOn() throws Exception {
    KeySet keys = afterAPlannedEnd();
    Instant later = ENDED_AT.plus(Duration.ofHours(2));
    String kid = keys.keys().getFirst().kid();
    assertThat(FoundContainment.in(keys, Optional.of("s1g1"), later))
        .contains(new FoundContainment("s1g1", 7, List.of(kid), ENDED_AT));
    // Who names the signer, or the log that it has now, has it replaced.
    assertThat(FoundContainment.in(keys, Optional.of("s1"), ENDED_AT)).isEmpty();
    assertThat(FoundContainment.in(keys, Optional.of("s1g2"), later)).isEmpty();
    assertThat(FoundContainment.in(keys, Optional.empty(), ENDED_AT)).isEmpty();
  }

  /** The next generation takes the first free number, so a thief's may be larger. */
  @Test
  void aSecondRunTakesBackAThiefsLogOfALargerNumber() throws Exception {
    already = true;
    own = List.of("s1g1", "s1g2", "s1g3");
    for (KeySet keys :
        List.of(
            keySet(List.of("s1g1", "s1g9", "s1g2", "s1g3"), List.of(replaced("s1g1", "s1g2"))),
            // The key log does not have the end yet, nor the log that follows, or has it by a
            // thief's word.
            keySet(List.of("s1g1", "s1g9", "s1g2"), List.of()),
            keySet(List.of("s1g1", "s1g9", "s2g2"), List.of()),
            keySet(List.of("s1g1", "s1g9", "s1g2"), List.of(replaced("s1g1", "s1g9"))),
            // He had it stated after the one that follows.
            keySet(List.of("s1g1", "s1g2", "s1g9"), List.of(replaced("s1g1", "s1g2"))),
            // Nothing followed, by what an operator said.
            keySet(
                List.of("s1g1", "s1g9"),
                List.of(
                    new KeySet.EndedLog(
                        "s1g1", 7, Optional.empty(), KeyLogEvent.EndReason.LOST, ENDED_AT))))) {
      revoked.clear();
      if (keys.endedLogs().isEmpty()) {
        assertThatThrownBy(() -> contain(Optional.of("s1g1"), keys))
            .hasMessageContaining("does not confirm it");
      } else {
        contain(Optional.of("s1g1"), keys);
      }
      assertThat(logsOfRevoked(keys)).containsExactly("s1g1", "now", "s1g9", "next");
    }
  }

  @Test
  void anEndThatCannotBeRestatedIsSaidAndTheKeysAreRevoked() throws Exception {
    refusesEnds = true;
    KeySet keys =
        keySet(
            List.of("s1g1", "s1g9"),
            List.of(
                new KeySet.EndedLog(
                    "s1g1", 8, Optional.empty(), KeyLogEvent.EndReason.LOST, ENDED_AT)));
    assertThatThrownBy(() -> contain(Optional.empty(), keys))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("revoked from position 7 on")
        .hasMessageContaining("that it ended at 8")
        .hasMessageContaining("make room");
    assertThat(logsOfRevoked(keys)).containsExactly("s1g1", "now", "s1g9", "next");
    Containment containment = new Containment(context);
    List<String> kids = List.of(keys.keys().getFirst().kid());
    assertThatThrownBy(() -> containment.revokeLost(kids, "s1g1", 7, Optional.of(keys), ENDED_AT))
        .hasMessageContaining("that it ended at 8");
    // The control: one that is not later is left.
    containment.revokeLost(kids, "s1g1", 8, Optional.of(keys), ENDED_AT);
    refusesEnds = false;
    containment.revokeLost(kids, "s1g1", 7, Optional.of(keys), ENDED_AT);
    assertThat(ends).containsExactly(7L);
  }

  /** The honest tokens of a key that is left out would be no good any more. */
  @Test
  void theEndOfALostLogIsNarrowedWhereAllItsKeysAreNamed() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g1"), List.of(replaced("s1g1", "s1g3")));
    Containment containment = new Containment(context);
    List<String> both = keys.keys().stream().map(KeyStatement::kid).toList();
    List<String> one = both.subList(0, 1);
    Contained left = containment.revokeLost(one, "s1g1", 5, Optional.of(keys), ENDED_AT);
    assertThat(ends).isEmpty();
    assertThat(left.remarks()).anyMatch(said -> said.contains("later end of log s1g1"));
    assertThat(Containment.narrowedEnd(one, "s1g1", 5, keys, ENDED_AT)).isEmpty();
    // The controls: all are named, or the other one is revoked from there on already.
    assertThat(Containment.narrowedEnd(both, "s1g1", 5, keys, ENDED_AT)).isPresent();
    Contained all = containment.revokeLost(both, "s1g1", 5, Optional.of(keys), ENDED_AT);
    assertThat(all.remarks()).singleElement().asString().contains("how far log s1g1 is published");
    assertThat(ends).containsExactly(5L);
    KeySet taken =
        revoked(keys, List.of(new KeySet.RevokedKey(both.getLast(), "s1g1", 5, ENDED_AT)));
    containment.revokeLost(one, "s1g1", 5, Optional.of(taken), ENDED_AT);
    assertThat(ends).containsExactly(5L, 5L);
  }

  /** Else the honest tokens that were lost would be forged ones. */
  @Test
  void thatAnEndLosesTokensStaysWhenItIsNarrowed() throws Exception {
    for (KeyLogEvent.EndReason reason : KeyLogEvent.EndReason.values()) {
      KeySet keys =
          keySet(
              List.of("s1g1"),
              List.of(new KeySet.EndedLog("s1g1", 8, Optional.empty(), reason, ENDED_AT)));
      List<String> kids = List.of(keys.keys().getFirst().kid());
      new Containment(context).revokeLost(kids, "s1g1", 7, Optional.of(keys), ENDED_AT);
    }
    assertThat(reasons).containsExactly("replaced", "replaced", "rolled-back", "lost");
  }

  /** A thief had it stated before the present one began, so the signer passed the number over. */
  @Test
  void aThiefsLogOfBeforeThePresentOneGoesAndOfTheSignersOwnTheHonestTokensStayGood()
      throws Exception {
    KeySet keys =
        keySet(
            List.of("s1g1", "s1g2", "s1g7", "s1g3", "s2g1"),
            List.of(
                new KeySet.EndedLog(
                    "s1g1", 7, Optional.of("s1g3"), KeyLogEvent.EndReason.PLANNED, ENDED_AT),
                // That it ended, too, is his word.
                new KeySet.EndedLog(
                    "s1g2", 99, Optional.of("s1g3"), KeyLogEvent.EndReason.PLANNED, ENDED_AT)));
    sealedLog = "s1g3";
    own = List.of("s1g1", "s1g3", "s1g4");
    for (boolean before : List.of(false, true)) {
      revoked.clear();
      positions.clear();
      already = before;
      ownBefore = List.of("s1g1", "s1g3");
      contain(
          Optional.of("s1g3"),
          before
              ? ended(
                  keys,
                  Stream.concat(keys.endedLogs().stream(), Stream.of(replaced("s1g3", "s1g4")))
                      .toList())
              : keys);
      assertThat(logsOfRevoked(keys))
          .containsExactly("s1g3", "now", "s1g1", "s1g2", "s1g7", "next");
      assertThat(positions).containsExactly(7L, 7L, 7L, 0L, 0L, 0L);
    }
    // What is later is nobody's where nothing followed yet, whatever a signer in his hands says.
    revoked.clear();
    already = false;
    ownBefore = List.of("s1g1", "s1g2", "s1g3", "s1g7");
    contain(Optional.empty(), keys);
    assertThat(logsOfRevoked(keys)).containsExactly("s1g3", "now", "s1g1", "s1g2", "s1g7", "next");
  }

  /** Which later logs are the signer's own nobody says then. */
  @Test
  void whereTheSignerDoesNotAnswerALogThatIsNamedIsRevokedAndTheLaterOnesAreNamed()
      throws Exception {
    signer.close();
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of(replaced("s1g1", "s1g9")));
    assertThatThrownBy(() -> contain(Optional.of("s1g1"), keys))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("the keys of s1g1 are revoked")
        .hasMessageContaining(
            "s1g9: counterfoil keys revoke " + keys.keys().getLast().kid() + " --from 0");
    assertThat(logsOfRevoked(keys)).containsExactly("s1g1");
    assertThat(positions).containsExactly(7L);
  }

  /** By the key log's word no token of a thief who ended his log himself would be refused. */
  @Test
  void whereTheSignerDoesNotAnswerNoTokenBeyondWhatIsPublishedStaysGood() throws Exception {
    knowsNothing = true;
    KeySet keys = keySet(List.of("s1g1"), List.of(replaced("s1g1", "s1g2")));
    for (long size : List.of(9L, 4L)) {
      publish("s1g1", size);
      contain(Optional.of("s1g1"), keys);
    }
    assertThat(positions).as("the key log says 7").containsExactly(7L, 4L);
  }

  /** That it ended, and where, is the word of whoever held the signer. */
  @Test
  void whereTheSignerKnowsNothingAnEarlierLogThatEndedIsNamedUnlessItIsOver() throws Exception {
    knowsNothing = true;
    KeySet keys =
        keySet(
            List.of("s1g2", "s1g3"),
            List.of(
                new KeySet.EndedLog(
                    "s1g2", 99, Optional.of("s1g3"), KeyLogEvent.EndReason.PLANNED, ENDED_AT),
                replaced("s1g3", "s1g4")));
    String kid = keys.keys().getFirst().kid();
    KeySet takenLate = revoked(keys, List.of(new KeySet.RevokedKey(kid, "s1g2", 99, ENDED_AT)));
    publish("s1g2", 50);
    for (KeySet good : List.of(keys, takenLate)) {
      assertThatThrownBy(() -> contain(Optional.of("s1g3"), good))
          .isInstanceOf(OperatorException.class)
          .hasMessageContaining("s1g2: counterfoil keys revoke " + kid + " --from 0");
    }
    // The controls: its keys are revoked from what is published on, or it ended there.
    contain(
        Optional.of("s1g3"),
        revoked(keys, List.of(new KeySet.RevokedKey(kid, "s1g2", 50, ENDED_AT))));
    publish("s1g2", 99);
    assertThat(contain(Optional.of("s1g3"), keys).size()).isEqualTo(7);
  }

  @Test
  void aRefusalOfTheEndHidesNoOtherLogThatIsToBeRevoked() throws Exception {
    knowsNothing = true;
    refusesEnds = true;
    publish("s1g1", 5);
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of(replaced("s1g1", "s1g9")));
    assertThatThrownBy(() -> contain(Optional.of("s1g1"), keys))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("make room")
        .hasMessageContaining(
            "s1g9: counterfoil keys revoke " + keys.keys().getLast().kid() + " --from 0");
    assertThatThrownBy(() -> contain(Optional.of("s1g1"), without(keys, "s1g9")))
        .as("the control")
        .hasMessageContaining("make room")
        .hasMessageNotContaining("keys revoke");
  }

  /** A number that the signer passed over is a thief's to take. */
  @Test
  void aThiefsLogOfASmallerNumberIsALaterOneAndTheGenerationBeforeIsTheSigners() throws Exception {
    String log = "s1g4";
    KeySet keys = keySet(List.of("s1g2", log, "s1g3", "s1g5"), List.of(replaced(log, "s1g5")));
    already = true;
    sealedLog = log;
    own = List.of("s1g2", log, "s1g5");
    publish("s1g2", 3);
    contain(Optional.of(log), keys);
    assertThat(logsOfRevoked(keys)).containsExactly(log, "now", "s1g2", "s1g3", "next");
    assertThat(positions).containsExactly(7L, 7L, 3L, 0L, 0L);
    assertThat(OtherLog.beside("s1", "s1g4", keys, ENDED_AT))
        .filteredOn(OtherLog::isLater)
        .extracting(OtherLog::log)
        .containsExactly("s1g3", "s1g5");
    assertThat(OtherLog.beside("s1", "s1g4", keys, ENDED_AT.plus(Duration.ofHours(4))))
        .as("no token of theirs is good any more")
        .isEmpty();
  }

  @Test
  void aSecondRunTakesBackWhatWasAnnouncedAndNeverBegan() throws Exception {
    assertThat(
            revokedAgain(
                List.of(
                    new KeySet.EndedLog(
                        "s1g1", 7, Optional.of("s1g3"), KeyLogEvent.EndReason.REPLACED, ENDED_AT))))
        .containsExactly("s1g1", "now", "s1g2", "next");
  }

  @Test
  void aRefusalInTheSecondRunIsNoContainment() {
    takes = 2;
    assertThatThrownBy(() -> revokedAgain(List.of(replaced("s1g1", "s1g3"))))
        .isInstanceOf(OperatorException.class)
        .hasMessageContaining("successor s1g2 are not");
  }

  @Test
  void aSignerWhoseKeysWereAllRevokedIsReplacedAllTheSame() throws Exception {
    KeySet keys = keySet(List.of("s1g1"), List.of());
    KeySet revokedKeys =
        revoked(
            keys,
            List.of(new KeySet.RevokedKey(keys.keys().getFirst().kid(), "s1g1", 3, ENDED_AT)));
    assertThat(FoundContainment.in(revokedKeys, Optional.of("s1"), ENDED_AT)).isEmpty();
    assertThat(contain(Optional.empty(), revokedKeys).size()).isEqualTo(7);
  }
}
