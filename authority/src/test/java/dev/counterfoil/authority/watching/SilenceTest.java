package dev.counterfoil.authority.watching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.settings.MonitorWatchEntry;
import dev.counterfoil.authority.watching.Silence.Step;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SilenceTest {
  private static final Instant START = Instant.parse("2026-11-01T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "0, false, NOTHING",
    "180, false, NOTHING",
    "181, false, PAGE",
    "181, true, NOTHING",
    "9999, true, NOTHING",
    "10, true, ALL_CLEAR"
  })
  void whoIsPagedHearsOfASilenceOnceAndOfItsEnd(long after, boolean isTold, Step step) {
    assertThat(new Silence(START, isTold).next(START.plusSeconds(after), Duration.ofMinutes(3)))
        .isEqualTo(step);
  }

  @Test
  void aProbeThatCameEndsASilenceThatIsTold() {
    Silence silent = new Silence(START, false).told(Step.PAGE);
    assertThat(silent.isTold()).isTrue();
    Silence heard = silent.came(START.plusSeconds(600));
    assertThat(heard.next(START.plusSeconds(601), Duration.ofMinutes(3))).isEqualTo(Step.ALL_CLEAR);
    assertThat(heard.told(Step.ALL_CLEAR).next(START.plusSeconds(602), Duration.ofMinutes(3)))
        .isEqualTo(Step.NOTHING);
  }

  @Test
  void anAnswerNamesAProbeByItsDigestAlone() throws Exception {
    Hash digest = Hash.sha256(new byte[1]);
    assertThat(MonitorProbe.names(answer(digest), digest)).isTrue();
    assertThat(MonitorProbe.names(answer(Hash.sha256(new byte[2])), digest)).isFalse();
    assertThatThrownBy(() -> MonitorProbe.names("{}".getBytes(StandardCharsets.UTF_8), digest))
        .isInstanceOf(IOException.class);
  }

  private static byte[] answer(Hash digest) {
    JsonObject detail =
        JsonObject.builder().put("probes", List.of("other", digest.base64Url())).build();
    return JsonObject.builder()
        .put("findings", List.of(JsonObject.builder().put("detail", detail).build()))
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aWatchThatOneLateProbeWouldPageIsRefused() {
    assertThatThrownBy(
            () ->
                new MonitorWatchEntry(
                    Duration.ofMinutes(1), Duration.ofSeconds(119), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
