package dev.counterfoil.log.care;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.TestCosigner;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A clock that steps, or was wrong from the start, and witnesses that say what time it is. */
class ClockCheckTest {
  private static final Duration ROUND = Duration.ofSeconds(10);

  /** What time it is, as the witnesses have it. */
  private Instant truth = Instant.ofEpochSecond(1_764_000_000L);

  private long nanos;

  /** How far this machine's clock is ahead of that. */
  private Duration error = Duration.ZERO;

  private List<Cosigner> cosigners;

  @BeforeEach
  void cosigners() throws Exception {
    cosigners = new ArrayList<>();
    for (String name : List.of("w1", "w2", "w3")) {
      cosigners.add(new Cosigner(name, new TestCosigner(name).key(), Cosigner.Kind.WITNESS, false));
    }
    cosigners.add(new Cosigner("c1", new TestCosigner("c1").key(), Cosigner.Kind.CUSTODIAN, true));
  }

  private ClockCheck check(int quorum) {
    return new ClockCheck(cosigners, quorum, () -> truth.plus(error), () -> nanos);
  }

  private void pass(Duration time) {
    truth = truth.plus(time);
    nanos += time.toNanos();
  }

  private void rounds(ClockCheck check, Map<String, Duration> errors) {
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      errors.forEach((name, off) -> check.heard(Map.of(name, truth.plus(off))));
    }
  }

  private static Map<String, Duration> right(String... names) {
    Map<String, Duration> errors = new java.util.HashMap<>();
    for (String name : names) {
      errors.put(name, Duration.ZERO);
    }
    return errors;
  }

  @Test
  void aClockThatAgreesIsGoodAndOneThatStepsIsNoticedAtOnce() {
    ClockCheck check = check(2);
    rounds(check, right("w1", "w2", "w3"));
    error = ClockCheck.OFF_MAX.minusSeconds(1);
    pass(ROUND);
    assertThat(check.off()).isEmpty();
    // Nobody cosigns meanwhile: the clock that never steps shows it.
    error = ClockCheck.OFF_MAX.plusSeconds(2);
    pass(ROUND);
    assertThat(check.off()).contains(error);
    assertThat(check.obstacle().orElseThrow()).contains("32 seconds ahead of");
    error = ClockCheck.OFF_MAX.plusSeconds(2).negated();
    pass(ROUND);
    assertThat(check.off()).contains(error);
    assertThat(check.obstacle().orElseThrow()).contains("32 seconds behind");
    error = Duration.ZERO;
    pass(ROUND);
    assertThat(check.off()).isEmpty();
    assertThat(check.obstacle()).isEmpty();
  }

  @Test
  void oneWitnessThatIsWrongMovesNothingAndMostOfThemDo() {
    ClockCheck check = check(2);
    Map<String, Duration> errors = right("w1", "w2");
    errors.put("w3", Duration.ofHours(5));
    rounds(check, errors);
    assertThat(check.off()).isEmpty();
    errors.put("w2", Duration.ofHours(4));
    rounds(check, errors);
    assertThat(check.off()).contains(Duration.ofHours(-4));
  }

  @Test
  void aWitnessThatSaysTheEndOfTimeStopsNobody() {
    ClockCheck check = check(2);
    check.heard(Map.of("w3", Instant.ofEpochSecond(Instant.MAX.getEpochSecond())));
    rounds(check, right("w1", "w2"));
    pass(ROUND);
    assertThat(check.off()).isEmpty();
    error = ClockCheck.OFF_MAX.plusSeconds(2);
    pass(ROUND);
    assertThat(check.off()).contains(error);
  }

  @Test
  void anOldWordAloneDoesNotMakeThisClockAhead() {
    ClockCheck check = check(1);
    check.heard(Map.of("w1", truth.minus(Duration.ofDays(3))));
    assertThat(check.off()).isEmpty();
    // Said twice it is as old as before.
    check.heard(Map.of("w1", truth.minus(Duration.ofDays(3))));
    check.heard(Map.of("w1", truth.minus(Duration.ofDays(3))));
    assertThat(check.off()).isEmpty();
    rounds(check, right("w1"));
    assertThat(check.off()).isEmpty();
    // One from a time that this clock has not reached shows that it is behind.
    error = Duration.ofMinutes(-2);
    pass(ROUND);
    check.heard(Map.of("w1", truth));
    assertThat(check.off()).contains(error);
  }

  @Test
  void fewerThanTheQuorumSayNothing() {
    error = Duration.ofHours(1);
    ClockCheck two = check(2);
    rounds(two, right("w1", "c1"));
    assertThat(two.off()).isEmpty();
    rounds(two, right("w1", "w2"));
    assertThat(two.off()).contains(error);
    assertThat(two.decides()).isTrue();
  }

  @Test
  void withoutAQuorumAnyOtherClockIsASecondOneAndDecidesNothing() {
    ClockCheck alone = check(0);
    assertThat(alone.isRight()).as("nobody said anything").isTrue();
    rounds(alone, right("c1"));
    assertThat(alone.off()).isEmpty();
    error = Duration.ofHours(1);
    pass(ROUND);
    alone.heard(Map.of("c1", truth));
    assertThat(alone.off()).as("one word may have lain there").isEmpty();
    rounds(alone, right("c1"));
    assertThat(alone.off()).contains(error);
    assertThat(alone.obstacle().orElseThrow()).contains("3600 seconds ahead of another one");
    assertThat(alone.isRight()).isFalse();
    assertThat(alone.decides()).isFalse();
    error = Duration.ZERO;
    pass(ROUND);
    alone.heard(Map.of("c1", truth));
    assertThat(alone.off()).isEmpty();
    assertThat(alone.isRight()).isTrue();
  }

  /** A head of this moment. */
  private byte[] head(TestKey log) throws Exception {
    Checkpoint checkpoint = new Checkpoint(log.key().name(), 0, TreeHasher.EMPTY_ROOT);
    CosignatureSigner asCosigner =
        new CosignatureSigner() {
          @Override
          public CosignerKey key() {
            return KeyLogHead.cosignerKey(log.key());
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            return log.sign(message);
          }
        };
    List<SignedNote.NoteSignature> lines = new ArrayList<>(checkpoint.sign(log).signatures());
    lines.add(Cosignature.make(checkpoint.text(), truth.getEpochSecond(), asCosigner).line());
    return new SignedNote(checkpoint.text(), lines).bytes();
  }

  @Test
  void withoutAQuorumThePolicysKeyLogTellsTheTimeByItsHeads() throws Exception {
    TestKey log = new TestKey("keys.example/logs/keys");
    ClockCheck check = ClockCheck.by(LogPolicy.EMPTY, () -> truth.plus(error), () -> nanos);
    error = Duration.ofMinutes(-2);
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      check.heardHead(head(new TestKey(log.key().name())), log.key());
      check.heardHead(new byte[] {1}, log.key());
    }
    assertThat(check.off()).as("another key's word").isEmpty();
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      check.heardHead(head(log), log.key());
    }
    assertThat(check.off().orElseThrow()).isBetween(error.minusSeconds(1), error.plusSeconds(1));
    assertThat(check.decides()).isFalse();
  }

  /** Also years ahead it agrees with nobody's silence: what cannot be undone waits for this. */
  @Test
  void aClockIsKnownToBeRightOnceAQuorumWasHeardOftenEnough() {
    error = Duration.ofDays(3650);
    ClockCheck check = check(2);
    assertThat(check.off()).isEmpty();
    assertThat(check.isRight()).as("nobody was heard").isFalse();
    rounds(check, right("w1", "c1"));
    assertThat(check.isRight()).as("one of two was").isFalse();
    check.heard(Map.of("w2", truth));
    assertThat(check.off()).isEmpty();
    assertThat(check.isRight()).as("the other once").isFalse();
    rounds(check, right("w1", "w2"));
    assertThat(check.isRight()).as("years ahead").isFalse();
    error = Duration.ZERO;
    assertThat(check.off()).as("as it was a moment ago").isPresent();
    assertThat(check.isRight()).as("looked at anew").isTrue();
    error = ClockCheck.OFF_MAX.plusSeconds(2);
    assertThat(check.isRight()).isFalse();
    assertThat(check(0).isRight()).as("where nobody counts").isTrue();
  }

  @Test
  void whoIsOneOfTheWitnessesComparesWithTheOthers() throws Exception {
    TestKey log = new TestKey("login.example/logs/keys");
    TestCosigner self = new TestCosigner("v1");
    TestCosigner other = new TestCosigner("v2");
    LogPolicy both =
        new LogPolicy(
            List.of(),
            Stream.of(self, other)
                .map(one -> new LogPolicy.Witness(one.key().name(), one.key(), Optional.empty()))
                .toList(),
            List.of(new LogPolicy.Group("both", 2, List.of("v1", "v2"))),
            "both");
    LogPolicy alone = new LogPolicy(List.of(), both.witnesses(), List.of(), "v1");
    error = Duration.ofHours(1);
    // Not the policy's own object: what a process has is read from its folder.
    List<CosignerKey> own = List.of(CosignerKey.parse(self.key().toString()));
    ClockCheck check = ClockCheck.by(both, own, () -> truth.plus(error), () -> nanos);
    ClockCheck lenient = ClockCheck.by(alone, own, () -> truth.plus(error), () -> nanos);
    ClockCheck outsider = ClockCheck.by(both, () -> truth.plus(error), () -> nanos);
    Checkpoint checkpoint = new Checkpoint(log.key().name(), 0, TreeHasher.EMPTY_ROOT);
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      byte[] mine = note(checkpoint, log, truth.plus(error), self);
      check.heard(mine, log.key());
      lenient.heard(mine, log.key());
      outsider.heard(mine, log.key());
    }
    assertThat(lenient.off()).isEmpty();
    assertThat(lenient.isRight()).as("its own word is nobody's").isFalse();
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      byte[] others = note(checkpoint, log, other);
      check.heard(others, log.key());
      lenient.heard(others, log.key());
      outsider.heard(others, log.key());
    }
    assertThat(check.off()).contains(error);
    assertThat(lenient.off()).contains(error);
    assertThat(outsider.off()).as("of two the one that finds less").isEmpty();
  }

  /** As a custodian or a witness hears it: in a cosigned checkpoint, by the policy's witnesses. */
  @Test
  void theWitnessesOfAPolicySayItUnderACheckpoint() throws Exception {
    TestKey log = new TestKey("login.example/logs/keys");
    List<TestCosigner> voices =
        List.of(new TestCosigner("v1"), new TestCosigner("v2"), new TestCosigner("v3"));
    List<LogPolicy.Witness> witnesses =
        voices.stream()
            .map(one -> new LogPolicy.Witness(one.key().name(), one.key(), Optional.empty()))
            .toList();
    List<LogPolicy.Group> two = List.of(new LogPolicy.Group("two", 2, List.of("v1", "v2", "v3")));
    error = Duration.ofHours(1);
    ClockCheck check =
        ClockCheck.by(
            new LogPolicy(List.of(), witnesses, two, "two"), () -> truth.plus(error), () -> nanos);
    ClockCheck without =
        ClockCheck.by(
            new LogPolicy(List.of(), witnesses, two, LogPolicy.NONE),
            () -> truth.plus(error),
            () -> nanos);
    Checkpoint checkpoint = new Checkpoint(log.key().name(), 0, TreeHasher.EMPTY_ROOT);
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      check.heard(note(checkpoint, log, voices.get(0)), log.key());
      check.heard(note(checkpoint, log, new TestCosigner("v2")), log.key());
      check.heard(note(checkpoint, new TestKey(log.key().name()), voices.get(2)), log.key());
      check.heard(new byte[] {1}, log.key());
    }
    assertThat(check.off()).as("one witness, another's key, another's log").isEmpty();
    for (int i = 0; i < ClockCheck.WORDS_MIN; i++) {
      pass(ROUND);
      byte[] both = note(checkpoint, log, voices.get(0), voices.get(2));
      check.heard(both, log.key());
      without.heard(both, log.key());
    }
    assertThat(check.off()).contains(error);
    assertThat(without.off()).as("without a quorum nobody counts").isEmpty();
  }

  private byte[] note(Checkpoint checkpoint, TestKey log, TestCosigner... by) throws Exception {
    return note(checkpoint, log, truth, by);
  }

  private static byte[] note(Checkpoint checkpoint, TestKey log, Instant at, TestCosigner... by)
      throws Exception {
    List<SignedNote.NoteSignature> lines =
        new ArrayList<>(SignedNote.parse(checkpoint.sign(log).bytes()).signatures());
    lines.addAll(TestCosigner.note(checkpoint, at.getEpochSecond(), by).signatures());
    return new SignedNote(checkpoint.text(), lines).bytes();
  }
}
