package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IssuerJwksTest {
  private static final Instant LATER = Samples.NOW.plus(Succession.BEGINNING);

  private final Samples samples = new Samples();
  private final KeyLogState state = samples.nothing();
  private KeyStatement key;

  @BeforeEach
  void aKeyStandsInTheSet() throws Exception {
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    key = samples.statement();
    assertThat(kids()).as("the control").containsExactly(key.kid());
  }

  private List<String> kids() throws Exception {
    return IssuerJwks.keys(keySet(), Publication.ORDINARY, LATER).stream()
        .map(jwk -> String.valueOf(jwk.get("kid")))
        .toList();
  }

  private KeySet keySet() throws Exception {
    return state.keySet(state.size(), LATER);
  }

  private void happen(KeyLogEvent.Takes event, Instant at) throws Exception {
    state.apply(KeyLogEntry.of(event, at));
  }

  /** Who put the folder back has another copy of it, with the keys. */
  @Test
  void keysOfALogThatWasRolledBackLeaveTheSetAtOnce() throws Exception {
    happen(new KeyLogEvent.LogEnded("s1g1", 7, Optional.of("s1g2"), EndReason.ROLLED_BACK), LATER);
    assertThat(kids()).isEmpty();
    assertThat(keySet().key(key.kid())).as("who reads the key log goes on with it").isPresent();
  }

  @Test
  void keysOfALogThatEndedOtherwiseStayUntilTheirTokensEnd() throws Exception {
    happen(new KeyLogEvent.LogEnded("s1g1", 7, Optional.of("s1g2"), EndReason.PLANNED), LATER);
    assertThat(kids()).containsExactly(key.kid());
  }

  @Test
  void theLastCopyEndsWithTheLongestAgeThatAnyKeyAllowed() throws Exception {
    Set<String> kids = Set.of(key.kid());
    assertThat(JwksMaxAge.lastCopyEnds(keySet(), kids)).as("it stands in the set").isEmpty();
    Instant at = LATER.plusSeconds(5);
    happen(new KeyLogEvent.LogEnded("s1g1", 7, Optional.empty(), EndReason.ROLLED_BACK), at);
    // The sample's keys promise ten minutes of lead.
    Instant end =
        at.plus(JwksMaxAge.PUBLISHER_LAG).plus(Duration.ofMinutes(10)).minus(JwksMaxAge.MARGIN);
    assertThat(JwksMaxAge.lastCopyEnds(keySet(), kids)).contains(end);
    happen(new KeyLogEvent.KeyRevoked(key.kid(), "s1g1", 3), at.plusSeconds(60));
    assertThat(JwksMaxAge.lastCopyEnds(keySet(), kids)).as("it was gone before").contains(end);
  }

  @Test
  void theLastCopyOfARevokedKeyEndsAfterIt() throws Exception {
    Instant at = LATER.plusSeconds(5);
    happen(new KeyLogEvent.KeyRevoked(key.kid(), "s1g1", 3), at);
    assertThat(kids()).isEmpty();
    assertThat(JwksMaxAge.lastCopyEnds(keySet(), Set.of(key.kid())))
        .contains(
            at.plus(JwksMaxAge.PUBLISHER_LAG)
                .plus(Duration.ofMinutes(10))
                .minus(JwksMaxAge.MARGIN));
    assertThat(JwksMaxAge.lastCopyEnds(keySet(), Set.of("another"))).isEmpty();
  }
}
