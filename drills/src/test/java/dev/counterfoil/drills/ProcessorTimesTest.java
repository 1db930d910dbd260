package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.ProcessorTimes.Used;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessorTimesTest {
  private static Used used(String name, int millis) {
    return new Used(name, Duration.ofMillis(millis));
  }

  @Test
  void whatWasUsedSinceIsSummedByNameAndWhoEndedIsLeftOut() {
    ProcessorTimes before =
        new ProcessorTimes(Map.of(1L, used("a", 10), 2L, used("b", 20), 3L, used("b", 1_000)));
    ProcessorTimes now =
        new ProcessorTimes(Map.of(1L, used("a", 15), 2L, used("b", 20), 4L, used("b", 7)));
    assertThat(now.since(before))
        .isEqualTo(Map.of("a", Duration.ofMillis(5), "b", Duration.ofMillis(7)));
  }

  @Test
  void processesAreNamedByTheirMainClasses() {
    assertThat(ProcessorTimes.name("-cp", "x", "dev.counterfoil.monitor.MonitorMain", "--config"))
        .isEqualTo("MonitorMain");
    assertThat(
            ProcessorTimes.name("dev.counterfoil.registrar.RegistrarMain", "/d/registrar/c.yaml"))
        .isEqualTo("RegistrarMain");
    assertThat(ProcessorTimes.name("dev.counterfoil.signer.SignerMain", "/d/signer/c.yaml"))
        .isEqualTo("SignerMain");
    assertThat(ProcessorTimes.name("true")).isEqualTo("others");
  }

  @Test
  void thisProcessIsAmongThem() {
    assertThat(ProcessorTimes.read().since(new ProcessorTimes(Map.of())).values())
        .anyMatch(time -> time.isPositive());
  }
}
