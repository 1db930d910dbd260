package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
  @Test
  void theWordOfAProxyCountsAsFarAsItIsOurs() {
    ClientAddress addresses = new ClientAddress(List.of("10.0.0.1", "10.0.0.2"));
    assertThat(addresses.forwarded("10.0.0.1", List.of("203.0.113.7"))).isEqualTo("203.0.113.7");
    assertThat(addresses.forwarded("10.0.0.1", List.of("6.6.6.6, 203.0.113.7, 10.0.0.2")))
        .isEqualTo("203.0.113.7");
    assertThat(addresses.forwarded("10.0.0.1", List.of("6.6.6.6", "203.0.113.7")))
        .isEqualTo("203.0.113.7");
    assertThat(addresses.forwarded("198.51.100.9", List.of("6.6.6.6"))).isEqualTo("198.51.100.9");
    assertThat(addresses.forwarded("10.0.0.1", List.of("2001:db8::1"))).isEqualTo("2001:db8::1");
  }

  @Test
  void whatIsNoAddressIsNotPassedOff() {
    ClientAddress addresses = new ClientAddress(List.of("10.0.0.1"));
    for (String hop :
        List.of("evil\" text", "", "unknown", "1.2", "999.1.1.1", "::1%eth0", "f::g")) {
      assertThat(addresses.forwarded("10.0.0.1", List.of("6.6.6.6, " + hop)))
          .as(hop)
          .isEqualTo("10.0.0.1");
    }
  }

  @Test
  void aProxyIsAnAddress() {
    assertThatThrownBy(() -> new ClientAddress(List.of("proxy.example")))
        .hasMessageContaining("proxy.example");
    assertThatThrownBy(() -> new ClientAddress(List.of("10.0.0.0/8")))
        .hasMessageContaining("10.0.0.0/8");
  }
}
