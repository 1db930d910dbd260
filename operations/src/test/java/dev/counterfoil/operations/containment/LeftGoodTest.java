package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.operations.Contained;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which tokens of revoked keys stay valid. */
class LeftGoodTest {
  private static final Instant NOW = ContainmentFixture.ENDED_AT;

  /** As {@code log:below/size}. */
  private static List<String> left(Contained contained, Optional<KeySet> keys, Instant now) {
    return LeftGood.of(contained, keys, now).stream()
        .map(one -> one.log() + ":" + one.below() + "/" + one.size())
        .toList();
  }

  @Test
  void allLogsOfTheSignerWhoseKeysAreRevokedCount() throws Exception {
    KeySet keys = ContainmentFixture.keySet(List.of("s1g1", "s1g2", "s1g3", "s2g1"), List.of());
    Contained contained =
        new Contained("s1g2", 388, List.of(keys.keys().get(1).kid(), "prepared"), 9, false);
    assertThat(left(contained, Optional.of(keys), NOW))
        .as("the control: nothing was revoked before")
        .containsExactly("s1g2:388/388");
    KeySet revoked =
        ContainmentFixture.revoked(
            keys,
            Stream.of(1669, 300, 0, 5)
                .map(
                    from -> {
                      int at = List.of(1669, 300, 0, 5).indexOf(from);
                      return new KeySet.RevokedKey(
                          keys.keys().get(at).kid(), keys.logs().get(at).name(), from, NOW);
                    })
                .toList());
    assertThat(left(contained, Optional.of(revoked), NOW))
        .containsExactly("s1g2:300/388", "s1g1:1669/1669", "s1g3:0/0");
    assertThat(left(contained, Optional.of(revoked), NOW.plus(Duration.ofDays(1))))
        .as("of the other logs no token is valid any more")
        .containsExactly("s1g2:388/388");
    assertThat(left(contained, Optional.empty(), NOW)).containsExactly("s1g2:388/388");
  }
}
