package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WatchersTest {
  private static InetSocketAddress peer(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 4711);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, 11.0.0.1",
    "192.0.2.7, 192.0.2.7, 192.0.2.8",
    "192.0.2.128/25, 192.0.2.128, 192.0.2.127",
    "192.0.2.8/31, 192.0.2.9, 192.0.2.10",
    "2001:db8::/32, 2001:db8:ffff::1, 2001:db9::1",
    "2001:db8::5, 2001:db8::5, 2001:db8::6",
    "0.0.0.0/0, 203.0.113.9, 2001:db8::1",
    "::/0, 2001:db8::1, 203.0.113.9",
    // The same address, however the peer's end of the socket writes it.
    "192.0.2.7, ::ffff:192.0.2.7, ::ffff:192.0.2.8"
  })
  void aRangeLetsItsOwnInAndNobodyElse(String range, String inside, String outside) {
    Watchers watchers = Watchers.of(List.of(range));
    assertThat(watchers.admit(peer(inside), false)).isTrue();
    assertThat(watchers.admit(peer(inside), true)).isTrue();
    assertThat(watchers.admit(peer(outside), false)).isFalse();
  }

  @Test
  void withoutRangesThisHostAloneIsLetIn() {
    Watchers nobody = Watchers.of(List.of());
    assertThat(nobody.admit(peer("127.0.0.1"), false)).isTrue();
    assertThat(nobody.admit(peer("::1"), false)).isTrue();
    assertThat(nobody.admit(peer("192.0.2.7"), false)).isFalse();
    assertThat(nobody.admit(peer("2001:db8::1"), false)).isFalse();
    assertThat(nobody.admit(InetSocketAddress.createUnresolved("localhost", 1), false)).isFalse();
  }

  @Test
  void whatAProxyOnThisHostPassesOnIsNotThisHostsOwn() {
    Watchers nobody = Watchers.of(List.of());
    assertThat(nobody.admit(peer("127.0.0.1"), true)).isFalse();
    assertThat(Watchers.of(List.of("127.0.0.1")).admit(peer("127.0.0.1"), true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "monitor.example",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.1.0.0/8",
        "10.0",
        "10.0.0.256",
        "2001:db8::/129",
        "2001:db8::1/32",
        "fe80::1%eth0",
        "10.0.0.0 /8",
        ":",
        "1.2.3.4:80"
      })
  void whatIsNoRangeIsRefusedByItsName(String text) {
    assertThatThrownBy(() -> Watchers.of(List.of("10.0.0.0/8", text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("watchers: " + text);
  }

  @Test
  void thereAreOnlySoMany() {
    assertThat(Watchers.of(Collections.nCopies(Watchers.RANGES_MAX, "10.0.0.0/8"))).isNotNull();
    assertThatThrownBy(
            () -> Watchers.of(Collections.nCopies(Watchers.RANGES_MAX + 1, "10.0.0.0/8")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
