package dev.counterfoil.response.playbooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Decision.Past;
import dev.counterfoil.response.playbooks.Decision.Plan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What playbooks do about findings, by table. */
class DecisionTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Map<Target, Integer> MANY =
      Map.of(Target.TOKEN, 9, Target.GRANT, 9, Target.PERSON, 9, Target.CLIENT, 9, Target.KEY, 9);
  private static final Decision.Bounds BOUNDS = new Decision.Bounds(MANY, MANY, Set.of("payments"));

  private static Playbook playbook(String yaml) throws ConfigurationException {
    return Configuration.parse(
        Path.of("p.yaml"),
        "name: p\npurpose: For the test.\n" + yaml.replace(';', '\n'),
        Playbook.class);
  }

  private static Playbook playbook(String evidence, String approval, String step)
      throws ConfigurationException {
    return playbook(
        "when: {findings: [forged-token, revoked-token-presented, rule-matched], severity: high,"
            + " evidence: "
            + evidence
            + "};approval: "
            + approval
            + ";limit: {hour: 2, day: 3};steps: ["
            + step
            + "]");
  }

  /** A finding about a token that a service reported. */
  private static FindingFacts finding(
      long id, String kind, String signature, boolean isIssued, String client, String... reporters)
      throws Exception {
    return parse(
        """
        {"id":%d,"kind":"%s","severity":"critical","last_seen_ms":%d,"kid":"k1","jti":"s1g1.4.x",
         "detail":{"reporters":%s,"presented":{"counterfoil":%s,"signature":"%s","sub":"alice",
         "client_id":"%s","exp":1800000000}}}
        """
            .formatted(
                id,
                kind,
                NOW.toEpochMilli(),
                List.of(reporters).stream()
                    .map(name -> '"' + name + '"')
                    .collect(Collectors.joining(",", "[", "]")),
                isIssued,
                signature,
                client));
  }

  private static FindingFacts parse(String json) throws Exception {
    return FindingFacts.parse(StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 1 << 16));
  }

  private static Plan decide(Playbook playbook, FindingFacts finding, List<Past> past) {
    return Decision.of(playbook, finding, List.of(), past, 0, BOUNDS, NOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # playbook: evidence, approval, step | finding: kind, signature, issued, client, reporters | plan
          verified     | unattended  | taint-key         | forged-token            | good               | false | app      | 1 | act 0
          verified     | two-persons | compromise-signer | forged-token            | good               | false | app      | 1 | act 2
          verified     | unattended  | taint-key         | forged-token            | good-says-reporter | false | app      | 1 | watch
          verified     | unattended  | taint-key         | forged-token            | good-says-reporter | false | app      | 3 | watch
          corroborated | unattended  | taint-key         | forged-token            | good-says-reporter | false | app      | 1 | watch
          corroborated | unattended  | taint-key         | forged-token            | good-says-reporter | false | app      | 2 | act 0
          any          | one-person  | taint-key         | forged-token            | not-checked        | false | app      | 1 | act 1
          corroborated | unattended  | disable-client    | forged-token            | good               | false | app      | 2 | refused
          corroborated | unattended  | end-sessions      | forged-token            | good               | false | app      | 2 | refused
          corroborated | unattended  | revoke-token      | forged-token            | good               | false | app      | 2 | refused
          corroborated | unattended  | disable-client    | revoked-token-presented | good               | true  | app      | 1 | act 0
          corroborated | unattended  | disable-client    | revoked-token-presented | good               | true  | payments | 1 | refused
          corroborated | unattended  | end-grant         | revoked-token-presented | good               | true  | app      | 1 | refused
          verified     | unattended  | taint-key         | log-fork                | good               | true  | app      | 1 | nothing
          """)
  void aFindingComesToAPlan(
      String evidence,
      String approval,
      String step,
      String kind,
      String signature,
      boolean isIssued,
      String client,
      int reporters,
      String plan)
      throws Exception {
    FindingFacts finding =
        finding(
            7,
            kind,
            signature,
            isIssued,
            client,
            IntStream.range(0, reporters).mapToObj(i -> "service" + i).toArray(String[]::new));
    assertThat(words(decide(playbook(evidence, approval, step), finding, List.of())))
        .isEqualTo(plan);
  }

  private static String words(Plan plan) {
    return switch (plan) {
      case Plan.Nothing _ -> "nothing";
      case Plan.Watch _ -> "watch";
      case Plan.Refused refused -> refused.isForNow() ? "refused for now" : "refused";
      case Plan.Act act -> "act " + act.persons();
    };
  }

  private static Past past(String playbook, String target, Duration ago, Past.State state) {
    return new Past(playbook, Action.DISABLE_CLIENT, target, NOW.minus(ago), state);
  }

  @Test
  void limitsHoldAndNothingIsDoneTwice() throws Exception {
    Playbook playbook = playbook("corroborated", "unattended", "disable-client");
    FindingFacts finding = finding(7, "revoked-token-presented", "good", true, "app", "one");
    Duration recently = Duration.ofMinutes(5);
    Duration thisMorning = Duration.ofHours(3);
    Past a = past("p", "a", recently, Past.State.DONE);
    Past b = past("p", "b", recently, Past.State.PLANNED);
    assertThat(words(decide(playbook, finding, List.of(a)))).isEqualTo("act 0");
    // An hour: those that wait count, too.
    assertThat(words(decide(playbook, finding, List.of(a, b)))).isEqualTo("refused for now");
    // A day.
    Past older = past("p", "c", thisMorning, Past.State.DONE);
    assertThat(words(decide(playbook, finding, List.of(older, older)))).isEqualTo("act 0");
    assertThat(words(decide(playbook, finding, List.of(older, older, older))))
        .isEqualTo("refused for now");
    // Of all playbooks together.
    Past others = past("q", "d", thisMorning, Past.State.DONE);
    assertThat(
            words(
                decide(playbook, finding, List.of(others, others, others, others, others, others))))
        .isEqualTo("act 0");
    assertThat(words(decide(playbook, finding, Collections.nCopies(9, others))))
        .isEqualTo("refused for now");
    // Once is enough, and what a person took back stays so for a day.
    Past same = past("q", "app", thisMorning, Past.State.DONE);
    assertThat(words(decide(playbook, finding, List.of(same)))).isEqualTo("nothing");
    Past undone = past("q", "app", thisMorning, Past.State.UNDONE);
    assertThat(words(decide(playbook, finding, List.of(undone)))).isEqualTo("refused");
    Past yesterday = past("q", "app", Duration.ofHours(25), Past.State.UNDONE);
    assertThat(words(decide(playbook, finding, List.of(yesterday)))).isEqualTo("act 0");
  }

  @Test
  void severalFindingsAreAboutOneTarget() throws Exception {
    Playbook playbook =
        playbook(
            "when: {findings: [revoked-token-presented], count: 3, within: 1h, evidence:"
                + " corroborated};approval: two-persons;limit: {hour: 2, day: 3};steps:"
                + " [disable-client]");
    FindingFacts third = finding(3, "revoked-token-presented", "good", true, "app", "one");
    FindingFacts first = finding(1, "revoked-token-presented", "good", true, "app", "one");
    FindingFacts second = finding(2, "revoked-token-presented", "good", true, "app", "one");
    FindingFacts other = finding(4, "revoked-token-presented", "good", true, "shop", "one");
    FindingFacts lie = finding(5, "revoked-token-presented", "not-checked", true, "app", "one");
    assertThat(plan(playbook, third, first, second)).isEqualTo("act 2");
    assertThat(plan(playbook, third, first)).isEqualTo("watch");
    assertThat(plan(playbook, third, first, other)).isEqualTo("watch");
    assertThat(plan(playbook, third, first, lie)).isEqualTo("watch");
    assertThat(plan(playbook, third, first, first, third)).isEqualTo("watch");
  }

  private static String plan(Playbook playbook, FindingFacts finding, FindingFacts... seen) {
    return words(Decision.of(playbook, finding, List.of(seen), List.of(), 0, BOUNDS, NOW));
  }

  @Test
  void aFloodFillsNoListOfRunsThatWait() throws Exception {
    Playbook playbook = playbook("any", "one-person", "taint-key");
    FindingFacts finding = finding(7, "forged-token", "good", false, "app", "one");
    assertThat(
            words(
                Decision.of(
                    playbook,
                    finding,
                    List.of(),
                    List.of(),
                    Decision.WAITING_MAX - 1,
                    BOUNDS,
                    NOW)))
        .isEqualTo("act 1");
    assertThat(
            words(
                Decision.of(
                    playbook, finding, List.of(), List.of(), Decision.WAITING_MAX, BOUNDS, NOW)))
        .isEqualTo("refused for now");
  }

  @Test
  void anEventOfARuleIsOneServicesWord() throws Exception {
    FindingFacts facts =
        parse(
            """
            {"id":9,"kind":"rule-matched","severity":"medium","last_seen_ms":1,
             "detail":{"rule":"r1","who":{"tenant":"acme","actor":"alice","client":"app","token":"s1g1.4.x"}}}
            """);
    assertThat(facts.rule()).contains("r1");
    assertThat(facts.evidence()).isEqualTo(Playbook.Evidence.ANY);
    assertThat(facts.isIssued()).isTrue();
    assertThat(facts.targets())
        .containsOnly(
            Map.entry(Target.PERSON, "alice"),
            Map.entry(Target.CLIENT, "app"),
            Map.entry(Target.TOKEN, "s1g1.4.x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          when: {findings: [forged-token], evidence: any};approval: unattended;limit: {hour: 1, day: 1};steps: [taint-key] | needs evidence
          when: {findings: [forged-token]};limit: {hour: 1, day: 1};steps: [taint-key, taint-key]                         | each once
          when: {findings: [forged-token]};limit: {hour: 1, day: 1};steps: []                                             | 1 to 10 steps
          when: {findings: []};limit: {hour: 1, day: 1};steps: [taint-key]                                                | must name a kind
          when: {findings: [forged-token]};limit: {hour: 3, day: 1};steps: [taint-key]                                    | must not be below
          when: {findings: [forged-token]};steps: [taint-key]                                                             | limit
          when: {findings: [forged-token]};limit: {hour: 1, day: 1};steps: [issue-token]                                  | taint-key
          when: {findings: [forged-token]};limit: {hour: 1, day: 1};steps: [taint-key];surprise: 1                        | surprise
          """)
  void aPlaybookThatIsNoneIsRefused(String yaml, String why) {
    assertThatThrownBy(() -> playbook(yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatComesWithCounterfoilTakesNobodysAccessAlone() throws Exception {
    List<Playbook> shipped = Shipped.playbooks();
    assertThat(shipped).hasSize(Shipped.FILES.size()).doesNotHaveDuplicates();
    for (Playbook playbook : shipped) {
      assertThat(Shipped.FILES).contains(playbook.name() + ".yaml");
      if (playbook.approval() == Playbook.Approval.UNATTENDED) {
        assertThat(playbook.steps()).containsExactly(Action.TAINT_KEY);
      }
      if (playbook.steps().contains(Action.COMPROMISE_SIGNER)) {
        assertThat(playbook.approval()).isEqualTo(Playbook.Approval.TWO_PERSONS);
      }
    }
    // The default is two persons.
    assertThat(
            playbook("when: {findings: [forged-token]};limit: {hour: 1, day: 1};steps: [taint-key]")
                .approval())
        .isEqualTo(Playbook.Approval.TWO_PERSONS);
  }
}
