package dev.counterfoil.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.keycloak.DoorState.Kind;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DoorStateTest {
  private static final Instant T = Instant.parse("2026-11-30T08:00:00Z");
  private static final Duration FOR = Duration.ofMinutes(10);

  @Test
  void tokensAreReleasedForSoLongSinceTheDoorWasLastReachable() {
    DoorState away = DoorState.unknown(null).reached(T).missed("silent").missed("still silent");
    assertThat(away).isEqualTo(new DoorState(Kind.AWAY, T, "still silent"));
    assertThat(away.asks()).isFalse();
    assertThat(away.releases(T, FOR)).isTrue();
    assertThat(away.releases(T.plus(FOR).minusMillis(1), FOR)).isTrue();
    assertThat(away.releases(T.plus(FOR), FOR)).isFalse();
    assertThat(away.releases(T, Duration.ZERO)).isFalse();
  }

  @Test
  void noneIsReleasedWhileTheDoorAnswersOrWasNotAsked() {
    assertThat(DoorState.unknown(T).asks()).isTrue();
    assertThat(DoorState.unknown(T).releases(T, FOR)).isFalse();
    assertThat(DoorState.unknown(T).reached(T).asks()).isTrue();
    assertThat(DoorState.unknown(T).reached(T).releases(T, FOR)).isFalse();
  }

  @Test
  void aRestartWhileTheDoorIsAwayDoesNotBeginTheTimeAgain() {
    assertThat(DoorState.unknown(T).missed("silent").releases(T.plus(FOR), FOR)).isFalse();
    assertThat(DoorState.unknown(T).missed("silent").releases(T, FOR)).isTrue();
    assertThat(DoorState.unknown(null).missed("silent").releases(T, FOR)).isFalse();
  }

  @Test
  void aDoorThatRefusesIsNotAway() {
    DoorState refusing = DoorState.unknown(null).reached(T).refused("no such client");
    assertThat(refusing.releases(T, FOR)).isFalse();
    assertThat(refusing.missed("silent").releases(T, FOR)).isFalse();
    assertThat(refusing.reached(T).missed("silent").releases(T, FOR)).isTrue();
  }
}
