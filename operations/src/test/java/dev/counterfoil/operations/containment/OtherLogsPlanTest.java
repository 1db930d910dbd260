package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.operations.Contained;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** By table: what of a signer's other logs is taken back, and what nothing published may have. */
class OtherLogsPlanTest {
  private static final String LOG = "s1g5";

  private static KeySet.EndedLog ended(String log, long size, EndReason reason) {
    return new KeySet.EndedLog(log, size, Optional.empty(), reason, ContainmentFixture.ENDED_AT);
  }

  private static KeySet keys(KeySet.EndedLog... ended) throws Exception {
    return ContainmentFixture.keySet(List.of("s1g3", LOG, "s1g6", "s2g1"), List.of(ended));
  }

  /** Steps as {@code log:from}, where the signer's own logs are those of these names. */
  private static List<String> steps(KeySet keys, Set<String> own, Map<String, Long> published) {
    List<OtherLog> others = OtherLog.beside("s1", LOG, keys, ContainmentFixture.ENDED_AT);
    return OtherLogsPlan.of(
            others,
            others.stream().filter(one -> !own.contains(one.log())).toList(),
            keys,
            log -> Optional.ofNullable(published.get(log)))
        .stream()
        .map(step -> step.log().log() + ":" + step.from())
        .toList();
  }

  private static KeySet revoked(KeySet keys, String log, long from) {
    return ContainmentFixture.revoked(
        keys,
        keys.keys().stream()
            .filter(key -> key.log().equals(Optional.of(log)))
            .map(key -> new KeySet.RevokedKey(key.kid(), log, from, ContainmentFixture.ENDED_AT))
            .toList());
  }

  @Test
  void whatTheSignerHadBeforeGoesFromItsTrueEndOn() throws Exception {
    Set<String> own = Set.of("s1g3", LOG, "s1g6");
    for (EndReason reason : EndReason.values()) {
      assertThat(steps(keys(ended("s1g3", 9, reason)), own, Map.of("s1g3", 9L)))
          .as(reason.text())
          .containsExactly("s1g3:9");
    }
    KeySet planned = keys(ended("s1g3", 9, EndReason.PLANNED));
    assertThat(steps(planned, own, Map.of("s1g3", 4L)))
        .as("its end is believed as far as it is published")
        .containsExactly("s1g3:4");
    assertThat(steps(planned, own, Map.of())).as("published elsewhere").containsExactly("s1g3:9");
    assertThat(steps(keys(), own, Map.of("s1g3", 4L))).as("no end").containsExactly("s1g3:4");
    assertThat(steps(keys(), own, Map.of())).as("nothing is known").containsExactly("s1g3:0");
    // The controls: it was done before; from a later position on is not enough.
    assertThat(steps(revoked(planned, "s1g3", 9), own, Map.of())).isEmpty();
    assertThat(steps(revoked(planned, "s1g3", 10), own, Map.of())).containsExactly("s1g3:9");
  }

  @Test
  void aStrangersLogGoesWholeAndTheOneThatTheSignerGoesOnWithStays() throws Exception {
    KeySet keys = keys(ended("s1g3", 9, EndReason.PLANNED));
    assertThat(steps(keys, Set.of(LOG, "s1g6"), Map.of())).containsExactly("s1g3:0");
    assertThat(steps(keys, Set.of(LOG), Map.of())).containsExactly("s1g3:0", "s1g6:0");
    assertThat(steps(revoked(keys, "s1g3", 9), Set.of(LOG, "s1g6"), Map.of()))
        .as("an operator took it back at its end")
        .isEmpty();
  }

  @Test
  void nothingPublishedMayHaveWhatTheSignerHadByThen() throws Exception {
    KeySet keys = keys(ended("s1g3", 9, EndReason.ROLLED_BACK));
    Contained contained = new Contained(LOG, 7, List.of("named"), 1, true);
    assertThat(gone(contained, keys)).containsExactlyInAnyOrder("s1g3", LOG, "named", "forged");
    Contained all = contained.with(new Contained("s1g6", 0, List.of(kid(keys, "s1g6")), 2, true));
    assertThat(gone(all, keys))
        .as("what was taken back of a later one is")
        .containsExactlyInAnyOrder("s1g3", LOG, "s1g6", "named", "forged");
  }

  private static String kid(KeySet keys, String log) {
    return keys.keys().stream()
        .filter(key -> key.log().equals(Optional.of(log)))
        .map(KeyStatement::kid)
        .findFirst()
        .orElseThrow();
  }

  /** The logs of the keys that the key log has, and the others' names. */
  private static Set<String> gone(Contained contained, KeySet keys) {
    return OtherLogsPlan.mustBeGone(contained, keys, Set.of("forged"), ContainmentFixture.ENDED_AT)
        .stream()
        .map(kid -> keys.key(kid).flatMap(KeyStatement::log).orElse(kid))
        .collect(Collectors.toSet());
  }
}
