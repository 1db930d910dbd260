package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * By table: what a containment revokes. The signer is {@code s1}; a row says what the key log and
 * the signer say, and the steps as {@code log:from}. Every attack that was found is a row.
 */
class ContainmentPlanTest {
  private static final Instant NOW = ContainmentFixture.ENDED_AT;

  /** Nothing is known of the key log. */
  private static final List<String> UNREADABLE = List.of("unreadable");

  /**
   * A case.
   *
   * @param logs that the key log has; each has one key
   * @param ended those of them that ended, as {@code log:size:reason}
   * @param revoked keys of those that are revoked, as {@code log:from}
   * @param published how far logs are published
   * @param named the log that the operator named
   * @param answer what the signer says
   * @param expected the steps; a text in angle brackets is a part of the refusal
   * @param left a part of what is left to do; empty for nothing
   */
  record Row(
      String name,
      List<String> logs,
      List<String> ended,
      List<String> revoked,
      Map<String, Long> published,
      @Nullable String named,
      Answer answer,
      List<String> expected,
      String left) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * What a signer says.
   *
   * @param log the log that it sealed
   * @param own its logs by its folder
   */
  record Answer(
      String log, long size, boolean already, @Nullable Set<String> own, List<String> kids) {
    Answer(String log, long size, boolean already, @Nullable Set<String> own) {
      this(log, size, already, own, List.of());
    }
  }

  private static Row row(
      String name,
      List<String> logs,
      List<String> ended,
      List<String> revoked,
      Map<String, Long> published,
      @Nullable String named,
      Answer answer,
      String left,
      String... expected) {
    return new Row(name, logs, ended, revoked, published, named, answer, List.of(expected), left);
  }

  private static final Set<String> FIRST = Set.of("s1g1");

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "an honest signer is replaced: its keys go from the sealed size on",
            List.of("s1g1", "s2g1"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, FIRST),
            "",
            "s1g1:7"),
        row(
            "a thief says a size that no token reaches: published counts",
            List.of("s1g1"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 999_999_999L, false, FIRST),
            "",
            "s1g1:7"),
        row(
            "a thief had his end stated at a size that no token reaches: it is said earlier",
            List.of("s1g1"),
            List.of("s1g1:999999999:replaced"),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, FIRST),
            "",
            "s1g1:7",
            "end s1g1:999999999"),
        row(
            "a thief had a later log stated in the signer's name: all of it goes",
            List.of("s1g1", "s1g9"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, FIRST),
            "",
            "s1g1:7",
            "s1g9:0"),
        row(
            "a thief claims the later log as his own: nothing followed yet, so it goes",
            List.of("s1g1", "s1g9"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, Set.of("s1g1", "s1g9")),
            "",
            "s1g1:7",
            "s1g9:0"),
        row(
            "a thief garbles which logs are his own: the later ones go",
            List.of("s1g1", "s1g9"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, null),
            "",
            "s1g1:7",
            "s1g9:0"),
        row(
            "the signer's earlier logs go from their ends on: its folder may have been copied then",
            List.of("s1g1", "s1g2"),
            List.of("s1g1:5:planned"),
            List.of(),
            Map.of("s1g1", 5L, "s1g2", 7L),
            null,
            new Answer("s1g2", 7, false, Set.of("s1g1", "s1g2")),
            "",
            "s1g2:7",
            "s1g1:5"),
        row(
            "an earlier log that was taken back at its end is left",
            List.of("s1g1", "s1g2"),
            List.of("s1g1:5:replaced"),
            List.of("s1g1:5"),
            Map.of("s1g1", 5L, "s1g2", 7L),
            null,
            new Answer("s1g2", 7, false, Set.of("s1g1", "s1g2")),
            "",
            "s1g2:7"),
        row(
            "another signer's logs are left",
            List.of("s1g1", "s2g1", "s2g2"),
            List.of("s2g1:3:planned"),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, FIRST),
            "",
            "s1g1:7"),
        row(
            "a thief says that he was replaced before, and nothing bears him out",
            List.of("s1g1"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, FIRST),
            "",
            "<does not confirm it>"),
        row(
            "the same where another log goes on: it may be the thief's",
            List.of("s1g1", "s1g3"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "",
            "<does not confirm it>"),
        row(
            "the same where the log ended as planned: that was no replacement",
            List.of("s1g1", "s1g2"),
            List.of("s1g1:7:planned"),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g2")),
            "",
            "<nothing is revoked>"),
        row(
            "a true replacement of a moment ago: its follower stays",
            List.of("s1g1", "s1g3"),
            List.of("s1g1:7:replaced"),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "",
            "s1g1:7"),
        row(
            "the same again where a thief had a log stated beside the follower",
            List.of("s1g1", "s1g3", "s1g9"),
            List.of("s1g1:7:replaced"),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "",
            "s1g1:7",
            "s1g9:0"),
        row(
            "a log that is named is meant, and is not called contained when nothing bears it out",
            List.of("s1g1", "s1g3"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            "s1g1",
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "its keys are revoked from there on",
            "s1g1:7"),
        row(
            "an operator took the log back: that bears the signer out",
            List.of("s1g1", "s1g3"),
            List.of(),
            List.of("s1g1:7"),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "",
            "s1g1:7"),
        row(
            "the same from a later position on does not",
            List.of("s1g1", "s1g3"),
            List.of(),
            List.of("s1g1:8"),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, true, Set.of("s1g1", "s1g3")),
            "",
            "<does not confirm it>"),
        row(
            "where the key log cannot be read, what the signer names goes, and nothing beside it",
            UNREADABLE,
            List.of(),
            List.of(),
            Map.of(),
            null,
            new Answer("s1g1", 7, true, FIRST, List.of("k1", "k2")),
            "",
            "s1g1:7+k1+k2"),
        row(
            "keys that were stated a moment ago go by the signer's word, and a few of them at most",
            List.of("s1g1"),
            List.of(),
            List.of(),
            Map.of("s1g1", 7L),
            null,
            new Answer("s1g1", 7, false, FIRST, List.of("young")),
            "",
            "s1g1:7+young"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void bySigner(Row row) throws Exception {
    ContainmentFacts facts = facts(row);
    Answer said = row.answer;
    SignersAnswer answer =
        new SignersAnswer(
            said.log,
            said.size,
            said.kids,
            said.already,
            Optional.ofNullable(said.own),
            Optional.empty());
    ContainmentPlan plan = ContainmentPlan.bySigner(facts, answer);
    if (row.expected.getFirst().startsWith("<")) {
      String part = row.expected.getFirst();
      assertThat(plan.refusal()).isPresent();
      assertThat(plan.refusal().get()).contains(part.substring(1, part.length() - 1));
      return;
    }
    assertThat(plan.refusal()).isEmpty();
    assertThat(steps(plan)).isEqualTo(row.expected);
    assertThat(plan.left().map(ContainmentPlan.Left::text).orElse("")).contains(row.left);
    assertThat(plan.left().isPresent()).isEqualTo(!row.left.isEmpty());
    assertThat(plan.replaced()).isEqualTo(!said.already);
  }

  private static List<String> steps(ContainmentPlan plan) {
    List<String> steps = new ArrayList<>();
    Stream.concat(Stream.of(plan.contained()), plan.others().stream())
        .map(
            keys ->
                keys.log()
                    + ":"
                    + keys.from()
                    + keys.unstated().stream().map(kid -> "+" + kid).reduce("", String::concat))
        .forEach(steps::add);
    plan.end().ifPresent(end -> steps.add("end " + end.stands().log() + ":" + end.stands().size()));
    return steps;
  }

  /**
   * By the key log where the signer does not answer: {@code s1g1} was replaced with 7 tokens.
   *
   * @param others logs beside it, with their ends
   * @param revoked keys of logs, as {@code log:from}
   */
  private static ContainmentPlan byKeyLog(
      List<String> logs, List<String> others, Map<String, Long> published, String... revoked)
      throws Exception {
    Row row =
        row(
            "",
            logs,
            Stream.concat(Stream.of("s1g1:7:replaced"), others.stream()).toList(),
            List.of(revoked),
            published,
            null,
            new Answer("s1g1", 7, true, null),
            "");
    ContainmentFacts facts = facts(row);
    return ContainmentPlan.byKeyLog(
        facts,
        FoundContainment.in(facts.keys().orElseThrow(), Optional.of("s1"), NOW).orElseThrow());
  }

  @Test
  void withoutItsSignerALogGoesByTheKeyLogAndNobodyKnowsWhichLaterOneIsItsOwn() throws Exception {
    ContainmentPlan alone = byKeyLog(List.of("s1g1"), List.of(), Map.of("s1g1", 7L));
    assertThat(steps(alone)).containsExactly("s1g1:7");
    assertThat(alone.left()).isEmpty();

    ContainmentPlan shorter = byKeyLog(List.of("s1g1"), List.of(), Map.of("s1g1", 4L));
    assertThat(steps(shorter)).as("published counts").containsExactly("s1g1:4", "end s1g1:7");

    ContainmentPlan goesOn = byKeyLog(List.of("s1g1", "s1g3"), List.of(), Map.of("s1g1", 7L));
    assertThat(steps(goesOn)).containsExactly("s1g1:7");
    assertThat(goesOn.left().orElseThrow().text())
        .contains("s1g3: counterfoil keys revoke ", " --from 0");
  }

  /** Its tokens below the position were just said to be honest: nobody is told to end them. */
  @Test
  void withoutItsSignerALogWhoseKeysAreAllRevokedIsNotToBeRevokedFromItsStart() throws Exception {
    Map<String, Long> published = Map.of("s1g1", 7L, "s1g3", 15L);
    List<String> logs = List.of("s1g1", "s1g3");
    ContainmentPlan revoked = byKeyLog(logs, List.of(), published, "s1g3:13");
    assertThat(steps(revoked)).containsExactly("s1g1:7");
    assertThat(revoked.left()).isEmpty();
    assertThat(
            byKeyLog(List.of("s1g1", "s1g3", "s1g4"), List.of(), published, "s1g3:13")
                .left()
                .orElseThrow()
                .text())
        .contains("(s1g4: ")
        .doesNotContain("s1g3");
    assertThat(byKeyLog(logs, List.of(), published).left()).as("the control").isPresent();
  }

  @Test
  void aLostLogsEndIsSaidEarlierWhereNoKeyIsLeftOut() throws Exception {
    Row row =
        row(
            "",
            List.of("s1g1", "s1g1"),
            List.of("s1g1:7:replaced"),
            List.of(),
            Map.of(),
            null,
            new Answer("s1g1", 7, true, null),
            "");
    ContainmentFacts facts = facts(row).withPublished("s1g1", Optional.of(5L));
    List<String> both = facts.liveKeys("s1g1");
    assertThat(both).hasSize(2);
    ContainmentPlan all = ContainmentPlan.ofLostLog(facts, both, "s1g1", 5);
    assertThat(steps(all)).containsExactly("s1g1:5", "end s1g1:7");
    assertThat(all.remarks()).isEmpty();
    ContainmentPlan one = ContainmentPlan.ofLostLog(facts, both.subList(0, 1), "s1g1", 5);
    assertThat(steps(one)).containsExactly("s1g1:5");
    assertThat(one.remarks()).singleElement().asString().contains("later end of log s1g1");
    assertThat(ContainmentPlan.ofLostLog(facts, both, "s1g1", 7).end())
        .as("it is said already")
        .isEmpty();
  }

  @Test
  void ofALostLogItSaysWhichHonestTokensAreNotSure() throws Exception {
    Row row =
        row(
            "",
            List.of("s1g1"),
            List.of("s1g1:7:replaced"),
            List.of(),
            Map.of(),
            null,
            new Answer("s1g1", 7, true, null),
            "");
    ContainmentFacts unread = facts(row);
    List<String> kids = unread.liveKeys("s1g1");
    Map<Optional<Long>, String> remarks =
        Map.of(
            Optional.empty(), "it is not sure that honest tokens below position 7 stay valid",
            Optional.of(4L), "cannot prove those from there to position 7, and refuse them",
            Optional.of(9L), "honest ones from position 7 on are invalid now");
    for (Map.Entry<Optional<Long>, String> each : remarks.entrySet()) {
      ContainmentFacts facts = unread.withPublished("s1g1", each.getKey());
      assertThat(ContainmentPlan.ofLostLog(facts, kids, "s1g1", 7).remarks())
          .singleElement()
          .asString()
          .contains(each.getValue());
    }
    // The control: all below the position is published, and nothing from there on.
    ContainmentFacts sure = unread.withPublished("s1g1", Optional.of(7L));
    assertThat(ContainmentPlan.ofLostLog(sure, kids, "s1g1", 7).remarks()).isEmpty();
  }

  private static ContainmentFacts facts(Row row) throws Exception {
    Optional<KeySet> keys = Optional.empty();
    if (!row.logs.equals(UNREADABLE)) {
      KeySet set =
          ContainmentFixture.keySet(
              row.logs, row.ended.stream().map(text -> ended(text.split(":", -1))).toList());
      keys = Optional.of(ContainmentFixture.revoked(set, revoked(set, row.revoked)));
    }
    return new ContainmentFacts("s1", Optional.ofNullable(row.named), keys, row.published, NOW);
  }

  private static KeySet.EndedLog ended(String[] parts) {
    EndReason reason =
        Stream.of(EndReason.values())
            .filter(one -> one.text().equals(parts[2]))
            .findFirst()
            .orElseThrow();
    return new KeySet.EndedLog(
        parts[0],
        Long.parseLong(parts[1]),
        Optional.empty(),
        reason,
        NOW.minus(Duration.ofMinutes(1)));
  }

  private static List<KeySet.RevokedKey> revoked(KeySet keys, List<String> revoked) {
    List<KeySet.RevokedKey> all = new ArrayList<>();
    for (String text : revoked) {
      String[] parts = text.split(":", -1);
      keys.keys().stream()
          .filter(key -> key.log().equals(Optional.of(parts[0])))
          .map(KeyStatement::kid)
          .forEach(
              kid -> all.add(new KeySet.RevokedKey(kid, parts[0], Long.parseLong(parts[1]), NOW)));
    }
    return all;
  }
}
