package dev.counterfoil.http.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.http.listener.AddressRange;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where requests to addresses that others registered may go. */
class OutboundGuardTest {
  private static final OutboundGuard GUARD =
      new OutboundGuard(List.of(AddressRange.parse("test", "10.1.0.0/16")));

  @ParameterizedTest
  @CsvSource({
    "https://app.example/bye, 93.184.216.34",
    "https://app.example:8443/bye, 2606:2800:220:1::1",
    "https://app.example/bye, 10.1.2.3",
    "https://93.184.216.34/, 93.184.216.34",
    "http://localhost:3000/bye, 127.0.0.1 ::1",
    "http://127.0.0.1:3000/bye, 127.0.0.1",
    "https://localhost/bye, 127.0.0.1",
    "http://[::1]:3000/bye, ::1",
  })
  void thereItMay(URI target, String addresses) {
    assertThat(GUARD.objection(target, resolved(addresses))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "http://app.example/bye, 93.184.216.34",
    "ftp://app.example/bye, 93.184.216.34",
    "https://u@app.example/bye, 93.184.216.34",
    "https:/bye, 93.184.216.34",
    "https://app.example/bye, 127.0.0.1",
    "https://app.example/bye, 93.184.216.34 127.0.0.1",
    "https://app.example/bye, 10.2.0.1",
    "https://app.example/bye, 172.31.255.255",
    "https://app.example/bye, 192.168.0.1",
    "https://app.example/bye, 169.254.169.254",
    "https://app.example/bye, 100.64.0.1",
    "https://app.example/bye, 0.0.0.0",
    "https://app.example/bye, 224.0.0.1",
    "https://app.example/bye, 255.255.255.255",
    "https://app.example/bye, 198.19.0.1",
    "https://app.example/bye, ::1",
    "https://app.example/bye, ::",
    "https://app.example/bye, fe80::1",
    "https://app.example/bye, fd00::1",
    "https://app.example/bye, ::ffff:127.0.0.1",
    "https://app.example/bye, ::ffff:10.2.0.1",
    "https://app.example/bye, 64:ff9b::7f00:1",
    "https://app.example/bye, 2002:7f00:1::",
    "https://app.example/bye, 2001::1",
    "https://app.example/bye, ff02::1",
    "https://2130706433/bye, 127.0.0.1",
    "https://localhost.example/bye, 127.0.0.1",
    "http://localhost:3000/bye, 10.1.2.3",
    "http://localhost:3000/bye, 93.184.216.34",
    "https://app.example/bye, ''",
  })
  void thereItMayNot(URI target, String addresses) {
    assertThat(GUARD.objection(target, resolved(addresses))).isPresent();
  }

  /** Where clients choose the address, this host has to be named. */
  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:3000/e, 127.0.0.1, false",
    "https://127.0.0.1/e, 127.0.0.1, false",
    "http://[::1]:3000/e, ::1, false",
    "http://localhost:3000/e, 127.0.0.1, false",
    "https://app.example/e, 127.0.0.1, false",
    "https://app.example/e, 93.184.216.34, true",
    "https://app.example/e, 10.1.2.3, true",
  })
  void thisHostIsRefusedUnlessItIsNamed(URI target, String addresses, boolean isReached) {
    List<AddressRange> own = GUARD.own();
    assertThat(new OutboundGuard(own, false).objection(target, resolved(addresses)).isEmpty())
        .isEqualTo(isReached);
    List<AddressRange> named = List.of(own.getFirst(), AddressRange.parse("test", "127.0.0.1/32"));
    assertThat(new OutboundGuard(named, false).objection(target, resolved(addresses)).isEmpty())
        .isEqualTo(isReached || addresses.equals("127.0.0.1"));
  }

  private static List<InetAddress> resolved(String addresses) {
    return Stream.of(addresses.split(" ", -1))
        .filter(text -> !text.isEmpty())
        .map(InetAddress::ofLiteral)
        .toList();
  }
}
