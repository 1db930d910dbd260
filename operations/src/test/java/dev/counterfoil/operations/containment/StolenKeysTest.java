package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** By table: which keys a thief may have, by the keys that forged tokens were seen of. */
class StolenKeysTest {
  /** Two keys of each log, such as {@code s1g1/0}. */
  private static final List<String> LOGS =
      List.of("s1g1", "s1g1", "s1g2", "s1g2", "s2g1", "s2g1", "s9g1", "s9g1");

  /**
   * A row.
   *
   * @param forged keys that forged tokens were seen of
   * @param revoked keys that are revoked
   * @param stolen those that a thief may have
   * @param logs logs of s1 and s2 that have such keys that are trusted
   * @param ofNobody such keys that are trusted and neither one's
   */
  private record Row(String forged, String revoked, String stolen, String logs, String ofNobody) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("", "", "", "", ""),
          new Row("", "s1g1/0", "", "", ""),
          new Row("s1g1/0", "", "s1g1/0 s1g1/1", "s1g1", ""),
          // It was revoked by itself, and the other stays in the thief's hands.
          new Row("s1g1/0", "s1g1/0", "s1g1/0 s1g1/1", "s1g1", ""),
          new Row("s1g1/0", "s1g1/1", "s1g1/0", "s1g1", ""),
          // The log was contained, and its signer goes on with another one.
          new Row("s1g1/0", "s1g1/0 s1g1/1", "s1g1/0", "", ""),
          new Row("s1g1/0 s2g1/1", "s1g1/0 s1g1/1", "s1g1/0 s2g1/0 s2g1/1", "s2g1", ""),
          new Row("s1g1/0 s1g2/0", "s1g1/0 s1g1/1", "s1g1/0 s1g2/0 s1g2/1", "s1g2", ""),
          new Row("s9g1/0", "s9g1/0", "s9g1/0 s9g1/1", "", "s9g1/1"));

  @Test
  void oneTheftTakesAllKeysOfALog() throws Exception {
    KeySet fresh = ContainmentFixture.keySet(LOGS, List.of());
    Map<String, KeyStatement> named = new HashMap<>();
    for (KeyStatement key : fresh.keys()) {
      String log = key.log().orElseThrow();
      named.put(log + (named.containsKey(log + "/0") ? "/1" : "/0"), key);
    }
    for (Row row : ROWS) {
      KeySet keys =
          ContainmentFixture.revoked(
              fresh,
              words(row.revoked).stream()
                  .map(
                      name ->
                          new KeySet.RevokedKey(
                              kid(named, name), log(name), 3, ContainmentFixture.ENDED_AT))
                  .toList());
      ForgedKeys seen =
          new ForgedKeys(
              words(row.forged).stream()
                  .collect(Collectors.toMap(name -> kid(named, name), _ -> 1L)),
              Map.of(),
              Optional.empty(),
              Set.of(),
              words(row.forged).stream().map(StolenKeysTest::log).collect(Collectors.toSet()));
      Set<String> logs = new TreeSet<>();
      List.of("s1", "s2")
          .forEach(name -> logs.addAll(seen.stolenLogs(name, keys, ContainmentFixture.ENDED_AT)));
      Set<String> ofNobody = new TreeSet<>();
      seen.ofNobody(keys, List.of("s1", "s2"), ContainmentFixture.ENDED_AT)
          .values()
          .forEach(ofNobody::addAll);
      assertThat(
              new Row(
                  row.forged,
                  row.revoked,
                  names(named, seen.stolen(keys, ContainmentFixture.ENDED_AT)),
                  String.join(" ", logs),
                  names(named, ofNobody)))
          .isEqualTo(row);
    }
  }

  /** A replaced signer's keys are stated, and published, before they are active. */
  @Test
  void whatWasSeenOfAKeyIsLostThatWasStatedBefore() throws Exception {
    KeySet fresh = ContainmentFixture.keySet(List.of("s1g1"), List.of());
    KeyStatement key = fresh.keys().getFirst();
    Instant lost = key.activeFrom().minusSeconds(60);
    ForgedKeys seen =
        new ForgedKeys(Map.of(), Map.of(), Optional.of(lost), Set.of(), Set.of("s1g1"));
    Map<Optional<Instant>, Boolean> rows =
        Map.of(
            Optional.empty(), true,
            Optional.of(lost.minusSeconds(1)), true,
            Optional.of(lost), false,
            Optional.of(lost.plusSeconds(1)), false);
    rows.forEach(
        (at, isForgotten) -> {
          KeySet keys =
              ContainmentFixture.stated(
                  fresh, at.map(known -> Map.of(key.kid(), known)).orElse(Map.of()));
          assertThat(seen.forgotten(keys, Optional.empty(), ContainmentFixture.ENDED_AT))
              .as("stated at %s", at)
              .isEqualTo(isForgotten ? Set.of(key.kid()) : Set.of());
        });
  }

  private static String kid(Map<String, KeyStatement> named, String name) {
    return Objects.requireNonNull(named.get(name)).kid();
  }

  private static String log(String name) {
    return name.substring(0, name.indexOf('/'));
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList();
  }

  private static String names(Map<String, KeyStatement> named, Set<String> kids) {
    return named.entrySet().stream()
        .filter(one -> kids.contains(one.getValue().kid()))
        .map(Map.Entry::getKey)
        .sorted()
        .collect(Collectors.joining(" "));
  }
}
