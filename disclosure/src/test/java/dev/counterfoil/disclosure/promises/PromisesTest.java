package dev.counterfoil.disclosure.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.promises.PromiseVerdict.Broken;
import dev.counterfoil.disclosure.promises.PromiseVerdict.State;
import dev.counterfoil.disclosure.promises.PublicHistory.Answered;
import dev.counterfoil.disclosure.promises.PublicHistory.KeyLife;
import dev.counterfoil.disclosure.promises.PublicHistory.Seen;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Promises are kept, broken or unknown by what is public; a program in Python says the same. */
class PromisesTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final long DAY = 86_400;
  private static final String LINE = "s1 access ES256";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static Promise promise(PromiseMeasure measure, long bound, long since) {
    return new Promise(
        measure.text(),
        "A sentence.",
        measure,
        Duration.ofSeconds(bound),
        Instant.ofEpochSecond(since));
  }

  private static PublicHistory history(long asOf, KeyLife... keys) {
    return new PublicHistory(
        asOf, List.of(keys), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  private static KeyLife key(String kid, long stated, long from, long until) {
    return new KeyLife(kid, LINE, stated, from, until, 0);
  }

  private static List<Broken> broken(PromiseMeasure measure, long bound, PublicHistory history) {
    return PromiseVerdict.of(promise(measure, bound, 0), history).broken();
  }

  private static PublicHistory answered(Answered... revocations) {
    return new PublicHistory(
        DAY, List.of(), List.of(), List.of(), List.of(revocations), List.of(), List.of());
  }

  @Test
  void anAnswerThatComesLaterEndsTheWaiting() {
    Answered waiting = new Answered("canary", 100, 0);
    Answered done = new Answered("canary", 100, 101);
    Answered other = new Answered("canary", 200, 0);
    assertThat(broken(PromiseMeasure.REVOCATION_EFFECTIVE, 2, answered(waiting)))
        .as("the control")
        .hasSize(1);
    for (PublicHistory all :
        List.of(
            answered(waiting).and(answered(done)),
            answered(done).and(answered(waiting)),
            answered(done).and(answered(done)))) {
      assertThat(all.revocations()).containsExactly(done);
      assertThat(broken(PromiseMeasure.REVOCATION_EFFECTIVE, 2, all)).isEmpty();
      assertThat(all.until(100).revocations()).as("as it was known then").containsExactly(waiting);
    }
    assertThat(answered(done).and(answered(other)).revocations()).containsExactly(done, other);
    assertThat(answered(done, other).from(150).revocations()).containsExactly(other);
  }

  @Test
  void aRotatorThatStopsBreaksThePromiseByItself() {
    PublicHistory running =
        history(9 * DAY, key("a", 0, DAY, 5 * DAY), key("b", 4 * DAY, 5 * DAY, 9 * DAY));
    assertThat(broken(PromiseMeasure.ROTATION_ON_TIME, 4 * DAY, running)).isEmpty();
    PublicHistory stopped = history(9 * DAY + 1, running.keys().toArray(KeyLife[]::new));
    assertThat(broken(PromiseMeasure.ROTATION_ON_TIME, 4 * DAY, stopped))
        .containsExactly(new Broken(LINE, 9 * DAY, 9 * DAY + 1));
    assertThat(broken(PromiseMeasure.KEYS_BELOW_CEILING, 4 * DAY, running)).isEmpty();
    assertThat(broken(PromiseMeasure.KEYS_BELOW_CEILING, 4 * DAY - 1, running)).hasSize(2);
    assertThat(broken(PromiseMeasure.NEXT_KEY_AHEAD, DAY, running)).isEmpty();
    assertThat(broken(PromiseMeasure.NEXT_KEY_AHEAD, DAY + 1, running))
        .containsExactly(new Broken("b", 5 * DAY, 5 * DAY + 1));
  }

  @Test
  void theLineOfAReplacedSignerEndsWithItsLog() {
    long bound = 4 * DAY;
    KeyLife replaced = new KeyLife("a", LINE, 0, DAY, 4 * DAY, 4 * DAY);
    assertThat(broken(PromiseMeasure.ROTATION_ON_TIME, bound, history(20 * DAY, replaced)))
        .isEmpty();
    KeyLife late = new KeyLife("a", LINE, 0, DAY, 6 * DAY, 6 * DAY);
    assertThat(broken(PromiseMeasure.ROTATION_ON_TIME, bound, history(20 * DAY, late)))
        .containsExactly(new Broken(LINE, 5 * DAY, 6 * DAY));
  }

  @Test
  void theBoundIsAmongTheInputs() {
    PublicHistory same = history(9 * DAY, key("a", 0, DAY, 5 * DAY));
    String four = PromiseVerdict.of(promise(PromiseMeasure.ROTATION_ON_TIME, 4, 0), same).inputs();
    String five = PromiseVerdict.of(promise(PromiseMeasure.ROTATION_ON_TIME, 5, 0), same).inputs();
    assertThat(four).isNotEqualTo(five);
  }

  @Test
  void whatNobodySawIsUnknownAndNotKept() {
    for (PromiseMeasure measure : PromiseMeasure.values()) {
      assertThat(PromiseVerdict.of(promise(measure, 2, 0), history(9)).state())
          .as(measure.text())
          .isEqualTo(State.UNKNOWN);
    }
  }

  @Test
  void anAnswerThatDoesNotComeBreaksItWhenItsTimeIsUp() {
    PublicHistory waiting =
        new PublicHistory(
            10,
            List.of(),
            List.of(),
            List.of(),
            List.of(new Answered("canary", 8, 0)),
            List.of(),
            List.of());
    assertThat(broken(PromiseMeasure.REVOCATION_EFFECTIVE, 2, waiting)).isEmpty();
    assertThat(broken(PromiseMeasure.REVOCATION_EFFECTIVE, 1, waiting))
        .containsExactly(new Broken("canary", 9, 10));
  }

  @Test
  void whatWasBeforeThePromiseDoesNotCount() {
    PublicHistory late = history(20 * DAY, key("a", 0, 0, DAY), key("b", 9, 15 * DAY, 20 * DAY));
    assertThat(broken(PromiseMeasure.ROTATION_ON_TIME, 6 * DAY, late)).hasSize(1);
    assertThat(
            PromiseVerdict.of(promise(PromiseMeasure.ROTATION_ON_TIME, 6 * DAY, 10 * DAY), late)
                .state())
        .isEqualTo(State.KEPT);
  }

  @Test
  void aRecordThatWasEditedNamesTheDay() throws Exception {
    Promise promise = promise(PromiseMeasure.ROTATION_ON_TIME, 4 * DAY, 0);
    PublicHistory first = history(6 * DAY, key("a", 0, DAY, 7 * DAY));
    PublicHistory then =
        history(8 * DAY, key("a", 0, DAY, 7 * DAY), key("b", 6 * DAY + 5, 7 * DAY, 9 * DAY));
    PromiseRecord published =
        new PromiseRecord(List.of(promise), PublicHistory.NOTHING, List.of()).evaluated(first);
    published = published.evaluated(published.with(then));
    published = PromiseRecord.parse(published.toJson().toString().getBytes(StandardCharsets.UTF_8));
    assertThat(published.differences(published.with(then))).isEmpty();

    String edited = published.toJson().toString().replaceFirst("\"broken\"", "\"kept\"");
    PromiseRecord hidden = PromiseRecord.parse(edited.getBytes(StandardCharsets.UTF_8));
    assertThat(hidden.differences(hidden.with(then)))
        .containsExactly(
            "1970-01-07: rotation-on-time was said to be kept, and the public data say broken");
    PublicHistory other = history(8 * DAY, key("a", 0, DAY + 1, 7 * DAY));
    assertThat(published.differences(published.with(other)))
        .anyMatch(one -> one.startsWith("1970-01-07: what rotation-on-time was measured by"));
    PromiseRecord less =
        new PromiseRecord(List.of(), published.observed(), published.evaluations());
    assertThat(less.differences(less.with(then)))
        .contains("1970-01-07: promise rotation-on-time was taken away");
  }

  /** Evaluates as the daily job does, signed by a disclosure process. */
  private static PromiseRecord signed(TestIssuer issuer, PromiseRecord record, PublicHistory seen)
      throws Exception {
    Optional<Hash> before =
        record.evaluations().isEmpty()
            ? Optional.empty()
            : record.evaluations().getLast().signed().map(SignedDisclosure::digest);
    PromiseRecord evaluated = record.evaluated(record.with(seen));
    PromiseRecord.Evaluation last = evaluated.evaluations().getLast();
    SaidOfPromises said =
        new SaidOfPromises(
            "consumer", TestIssuer.NOW, before, last.asOf(), evaluated.promises(), last.said());
    return evaluated.signed(issuer.sign(SaidOfPromises.TYPE, said.toJson()));
  }

  @Test
  void noDayCanBeTakenOutOrSaidDifferentlyWithoutItsSignature() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    PromiseRecord record =
        new PromiseRecord(
            List.of(promise(PromiseMeasure.ROTATION_ON_TIME, 4 * DAY, 0)),
            PublicHistory.NOTHING,
            List.of());
    for (int day = 2; day < 5; day++) {
      record = signed(issuer, record, history(day * DAY, key("a", 0, DAY, 7 * DAY)));
    }
    record = PromiseRecord.parse(record.toJson().toString().getBytes(StandardCharsets.UTF_8));
    assertThat(record.unsigned(issuer.policy())).isEmpty();
    List<PromiseRecord.Evaluation> days = record.evaluations();
    assertThat(
            new PromiseRecord(
                    record.promises(), record.observed(), List.of(days.get(0), days.get(2)))
                .unsigned(issuer.policy()))
        .containsExactly("1970-01-05: the one before it is missing");
    PromiseRecord.Evaluation changed =
        new PromiseRecord.Evaluation(
            days.get(0).asOf(),
            List.of(new PromiseRecord.Said("rotation-on-time", "broken", "")),
            days.get(0).signed());
    assertThat(
            new PromiseRecord(record.promises(), record.observed(), List.of(changed))
                .unsigned(issuer.policy()))
        .containsExactly("1970-01-03: something else was signed");
    assertThat(
            new PromiseRecord(List.of(), record.observed(), List.of(days.get(0)))
                .unsigned(issuer.policy()))
        .containsExactly("1970-01-03: a promise was taken away since");
    assertThat(record.unsigned(new TestIssuer("consumer").policy())).hasSize(3);
  }

  @Test
  void aPromiseWithoutABoundIsNone() {
    assertThatThrownBy(() -> promise(PromiseMeasure.FORGERY_FOUND, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> promise(PromiseMeasure.FORGERY_FOUND, Long.MAX_VALUE / 2, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static PublicHistory generated(Random random) {
    long asOf = 1_790_000_000L + random.nextInt(1_000_000);
    List<KeyLife> keys = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      long from = asOf - random.nextInt(3_000_000) + 300_000;
      keys.add(
          new KeyLife(
              "k\u00e9y" + i + random.nextInt(9),
              "s" + random.nextInt(2),
              from - random.nextInt(200_000),
              from,
              from + random.nextInt(900_000),
              random.nextInt(4) == 0 ? from + random.nextInt(900_000) : 0));
    }
    return new PublicHistory(
        asOf,
        keys,
        seen(random, asOf),
        seen(random, asOf),
        cases(random, asOf),
        cases(random, asOf),
        cases(random, asOf));
  }

  private static List<Seen> seen(Random random, long asOf) {
    List<Seen> seen = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      seen.add(new Seen("log" + random.nextInt(2), asOf - random.nextInt(900_000) + 50_000));
    }
    return seen;
  }

  private static List<Answered> cases(Random random, long asOf) {
    List<Answered> cases = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      long at = asOf - random.nextInt(900_000);
      cases.add(new Answered("c" + i, at, random.nextBoolean() ? 0 : at + random.nextInt(600_000)));
    }
    return cases;
  }

  private void agrees(int histories) throws Exception {
    Random random = new Random(23);
    List<String> cases = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    Map<State, Integer> states = new EnumMap<>(State.class);
    for (int i = 0; i < histories; i++) {
      PublicHistory history = generated(random);
      for (PromiseMeasure measure : PromiseMeasure.values()) {
        Promise promise =
            promise(
                measure, 1 + random.nextInt(600_000), history.asOf() - random.nextInt(2_000_000));
        cases.add(
            JsonObject.builder()
                .put("promise", promise.toJson())
                .put("history", history.toJson())
                .build()
                .toString());
        PromiseVerdict verdict =
            new PromiseRecord(List.of(promise), PublicHistory.NOTHING, List.of())
                .verdicts(
                    PublicHistory.parse(
                        history.toJson().toString().getBytes(StandardCharsets.UTF_8)))
                .getFirst();
        states.merge(verdict.state(), 1, Integer::sum);
        ours.add(verdict.toJson().canonical());
      }
    }
    assertThat(states).as("each state is met").hasSize(State.values().length);
    assertThat(states.values()).allMatch(count -> count > histories / 10);
    Path input = Files.write(folder.resolve("cases.jsonl"), cases);
    Path output = folder.resolve("verdicts.jsonl");
    ProcessBuilder python =
        new ProcessBuilder("python3", "-m", "counterfoil_verifier.promises")
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    python.environment().put("PYTHONPATH", ROOT.resolve("integrations/python/src").toString());
    python.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    assertThat(python.start().waitFor()).isZero();
    assertThat(Files.readAllLines(output)).containsExactlyElementsOf(ours);
  }

  @Test
  void aProgramInPythonAgrees() throws Exception {
    agrees(50);
  }

  @Test
  @Tag("full")
  void aProgramInPythonAgreesOnAThousandHistories() throws Exception {
    agrees(1_000);
  }
}
