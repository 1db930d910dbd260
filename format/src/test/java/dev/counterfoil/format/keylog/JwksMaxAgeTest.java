package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JwksMaxAgeTest {
  private static final Instant NOW = Samples.NOW;

  /** When the domain's beginning is over. */
  private static final Instant LATER = NOW.plus(Succession.BEGINNING);

  private final Samples samples = new Samples();
  private final KeyLogState state = samples.nothing();

  private Duration maxAge(Instant at) throws FormatException {
    return JwksMaxAge.of(state.keySet(state.size(), at), at);
  }

  private void applyAll() throws Exception {
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
  }

  @Test
  void aCopyMayLiveForTheLeadThatIsPromisedLessWhatClocksAndTransfersTake() throws Exception {
    applyAll();
    assertThat(maxAge(LATER)).isEqualTo(Duration.ofMinutes(10).minus(JwksMaxAge.MARGIN));
  }

  @Test
  void noCopyIsKeptWhileAKeyMaySignAtOnce() throws Exception {
    applyAll();
    assertThat(maxAge(LATER.minusSeconds(1))).as("the domain begins").isZero();
    Instant end = samples.statement().activeUntil();
    assertThat(maxAge(end)).as("no key can sign").isZero();
    assertThat(maxAge(end.minus(JwksMaxAge.MARGIN).minusSeconds(7)))
        .as("nobody follows yet")
        .isEqualTo(Duration.ofSeconds(7));
    state.apply(
        KeyLogEntry.of(new KeyLogEvent.KeyTainted(samples.statement().kid(), LATER), LATER));
    assertThat(maxAge(LATER)).as("its replacement comes").isZero();
  }

  @Test
  void noCopyIsKeptUntilTheReplacementSignsThoughAnotherKeyIsStatedAlready() throws Exception {
    applyAll();
    KeyStatement first = samples.statement();
    Instant stated = first.activeUntil().minus(Duration.ofHours(1));
    KeyStatement next = stateLike(first, stated.plus(Duration.ofMinutes(30)), stated);
    assertThat(maxAge(stated)).as("two are stated").isPositive();
    Instant taken = stated.plusSeconds(1);
    state.apply(KeyLogEntry.of(new KeyLogEvent.KeyTainted(first.kid(), taken), taken));
    assertThat(maxAge(taken)).as("the replacement may sign at any time").isZero();
    assertThat(maxAge(next.activeFrom())).as("the next one signs in its place").isPositive();
    stateLike(first, taken.plusSeconds(2), taken.plusSeconds(1));
    assertThat(maxAge(taken.plusSeconds(3))).as("the replacement signs").isPositive();
  }

  /** States another key of the ring. */
  private KeyStatement stateLike(KeyStatement like, Instant from, Instant at) throws Exception {
    KeyStatement key =
        like.toBuilder()
            .jwk(Samples.es256())
            .active(from, from.plus(Duration.ofHours(2)))
            .verifyUntil(from.plus(Duration.ofHours(4)))
            .build();
    state.apply(samples.signed(new KeyLogEvent.KeyStated(key), state.size(), at));
    return key;
  }

  @Test
  void theShortestLeadCounts() throws Exception {
    applyAll();
    state.apply(
        samples.signed(
            new KeyLogEvent.KeyStated(
                samples.statement().toBuilder()
                    .jwk(Samples.es256())
                    .purpose("id")
                    .successorLead(Duration.ofMinutes(2))
                    .build()),
            4));
    assertThat(maxAge(LATER)).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void aKeyOfAnotherIssuerPromisesNothingAndKeepsNoCopyAlive() throws Exception {
    applyAll();
    Instant until = NOW.plus(Duration.ofDays(60));
    state.apply(
        samples.signed(
            new KeyLogEvent.KeyStated(
                samples.statement().toBuilder()
                    .jwk(Samples.es256())
                    .purpose("legacy")
                    .active(NOW, until)
                    .verifyUntil(until)
                    .successorLead(Duration.ZERO)
                    .record(new RecordForm.Digest("s1g1"))
                    .build()),
            4));
    assertThat(maxAge(LATER)).isEqualTo(Duration.ofMinutes(10).minus(JwksMaxAge.MARGIN));
    assertThat(maxAge(samples.statement().activeUntil())).isZero();
  }

  @Test
  void jitterTakesUpToAHalf() {
    Duration longest = Duration.ofMinutes(10);
    assertThat(JwksMaxAge.jittered(longest, 0)).isEqualTo(longest);
    assertThat(JwksMaxAge.jittered(longest, 0.999)).isEqualTo(Duration.ofMinutes(5));
  }
}
