package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.installation.layout.InstallationClients;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who finds his port in use hears it before anything starts; and what the demonstration is for. */
class PortsInUseTest {
  @Test
  void aPortOnWhichSomebodyListensIsNamed() throws Exception {
    HostPort free;
    try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      HostPort taken = new HostPort("127.0.0.1", other.getLocalPort());
      free = taken;
      assertThatThrownBy(() -> PortsInUse.require(List.of(taken), Duration.ZERO))
          .isInstanceOf(InstallationException.class)
          .hasMessageStartingWith("port " + taken.port() + " is in use");
    }
    PortsInUse.require(List.of(free), Duration.ZERO);
  }

  @Test
  void aKeyThatSignsLaterIsNoFailure() {
    assertThat(
            Installation.health("{\"signs_from\":\"2026-11-30T02:12:00Z\"}")
                .flatMap(Installation::signsFrom))
        .contains("2026-11-30T02:12:00Z");
    assertThat(
            Installation.health("{\"signer_reason\":\"the journal is full\"}")
                .flatMap(Installation::signsFrom))
        .isEmpty();
    assertThat(Installation.health("<html>")).isEmpty();
  }

  @Test
  void theDemonstrationIsForAServiceOfTheDomain() {
    assertThat(InstallationClients.demoAudience(List.of("mail", "files"))).isEqualTo("mail");
    assertThat(InstallationClients.demoAudience(List.of("*"))).isEqualTo(DemoService.NAME);
    assertThat(InstallationClients.demoAudience(List.of("mail", DemoService.NAME)))
        .isEqualTo(DemoService.NAME);
  }
}
