package dev.counterfoil.process.cosigning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.log.checkpoint.Cosigner;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartConfirmationTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00.500Z");

  private Instant wall = START;
  private long nanos = 7_000;

  private StartConfirmation confirmation(String... names) {
    CosignerKey key = new CosignerKey("x", CosignerKey.Algorithm.ED25519, Hash.sha256().bytes());
    return new StartConfirmation(
        List.of(names).stream()
            .map(name -> new Cosigner(name, key, Cosigner.Kind.CUSTODIAN, true))
            .toList(),
        () -> wall,
        () -> nanos);
  }

  private void pass(long seconds) {
    wall = wall.plusSeconds(seconds);
    nanos += seconds * 1_000_000_000L;
  }

  @Test
  void aNewLogWaitsForNobody() {
    assertThat(confirmation().isComplete()).isTrue();
  }

  @Test
  void everyHolderHasToSpeakFreshly() {
    StartConfirmation confirmation = confirmation("a", "b");
    pass(4);
    confirmation.heard(Map.of("a", START.minusSeconds(3), "stranger", wall));
    assertThat(confirmation.waitingFor()).containsExactly("a", "b");
    confirmation.heard(Map.of("a", START.minusSeconds(2)));
    assertThat(confirmation.waitingFor()).containsExactly("b");
    confirmation.heard(Map.of("b", wall));
    assertThat(confirmation.isComplete()).isTrue();
  }

  /** A system clock that was wrong at the start does not make old cosignatures fresh. */
  @Test
  void theStartIsReckonedFromAClockThatNeverSteps() {
    wall = Instant.EPOCH;
    StartConfirmation confirmation = confirmation("a");
    pass(10);
    wall = START;
    confirmation.heard(Map.of("a", START.minusSeconds(60)));
    assertThat(confirmation.isComplete()).isFalse();
    confirmation.heard(Map.of("a", START.minusSeconds(5)));
    assertThat(confirmation.isComplete()).isTrue();
  }

  @Test
  void aClockThatWentBackMakesNoneFreshEither() {
    StartConfirmation confirmation = confirmation("a");
    pass(10);
    wall = wall.minusSeconds(3_600);
    confirmation.heard(Map.of("a", wall.minusSeconds(13)));
    assertThat(confirmation.isComplete()).isFalse();
    confirmation.heard(Map.of("a", wall));
    assertThat(confirmation.isComplete()).isTrue();
  }
}
