package dev.counterfoil.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private static Figures figures(long requests, long refused, long timeouts) {
    return new Figures(
        requests, 2_000_000, refused, 0, 0, 0, timeouts, 6400, 6000, 8000, 9000, 9500, 9900);
  }

  private static LoadOutcome outcome(String server, double rate) {
    return new LoadOutcome(
        server, "m", 64, rate, 1, 2, 3, 64, figures(1, 0, 0), 1, OptionalLong.empty(), Map.of());
  }

  @Test
  void rateAndOutstandingRequestsFollowFromWhatWasCounted() {
    assertThat(figures(20_000, 0, 0).rate()).isEqualTo(10_000);
    assertThat(figures(20_000, 0, 0).outstanding()).isCloseTo(64, within(1e-9));
  }

  @Test
  void everyAnswerThatIsNoTokenIsAnError() {
    assertThat(figures(20_000, 0, 0).errors()).isZero();
    assertThat(figures(20_000, 1, 0).errors()).isEqualTo(1);
    assertThat(figures(20_000, 0, 2).errors()).isEqualTo(2);
  }

  @Test
  void aLoadIsBounded() {
    assertThat(new Load(Method.SECRET, 256, Duration.ofSeconds(10)).connections()).isEqualTo(256);
    assertThatThrownBy(() -> new Load(Method.SECRET, 0, Duration.ofSeconds(10)))
        .hasMessageContaining("connections");
    assertThatThrownBy(() -> new Load(Method.SECRET, 1025, Duration.ofSeconds(10)))
        .hasMessageContaining("connections");
    assertThatThrownBy(() -> new Load(Method.SECRET, 64, Duration.ofSeconds(61)))
        .hasMessageContaining("seconds");
  }

  @Test
  void anotherHostIsNotLoaded() {
    Http.requireLoopback(URI.create("http://127.0.0.1:8480/token"));
    assertThatThrownBy(() -> Http.requireLoopback(URI.create("http://192.0.2.1/token")))
        .hasMessageContaining("this machine only");
  }

  @Test
  void ratiosCompareTheSameLoad() {
    assertThat(
            IssuanceReport.ratios(
                List.of(outcome("Counterfoil", 20_000), outcome("peer", 500)), "Counterfoil"))
        .containsExactly(new IssuanceReport.Ratio("peer", "m", 64, 40));
  }

  @Test
  void aPublishedPartReplacesTheLastOneAndNothingElse() {
    String page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
    assertThat(Publication.filled(page, "x", "new\n"))
        .isEqualTo("a\n<!-- begin x -->\nnew\n<!-- end x -->\nb\n");
    assertThatThrownBy(() -> Publication.filled(page, "y", "new\n")).hasMessageContaining("marks");
  }

  @Test
  void processesAreNamedByTheirPart() {
    String java = "/usr/bin/java\0-Xmx96m\0";
    String config = "\0--config\0/data/domains/bench/";
    assertThat(
            Resident.label(
                java
                    + "dev.counterfoil.registrar.RegistrarMain"
                    + config
                    + "registrar/registrar.yaml"))
        .isEqualTo("registrar");
    assertThat(
            Resident.label(
                java + "dev.counterfoil.signer.SignerMain" + config + "signer/signer.yaml"))
        .isEqualTo("signer");
    assertThat(Resident.label(java + "dev.counterfoil.authority.AuthorityMain"))
        .isEqualTo("authority");
    assertThat(Resident.label("node\0server.mjs")).isEqualTo("node");
  }

  @Test
  void memoryOfAllProcessesIsTheSumOfTheirShares() throws Exception {
    Resident self = Resident.read(List.of(ProcessHandle.current())).getFirst();
    assertThat(self.proportionalMebibytes()).isPositive();
    assertThat(
            StartCommand.memory(
                List.of(new Resident("signer", 90, 70, 0.5), new Resident("monitor", 150, 130, 1))))
        .contains("- signer: 70 MiB (PSS; 90 resident)")
        .contains("- All 2 processes together: 200 MiB (PSS).");
  }
}
