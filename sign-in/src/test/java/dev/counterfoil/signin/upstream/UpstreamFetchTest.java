package dev.counterfoil.signin.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.http.listener.AddressRange;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamFetchTest {
  private static final OutboundGuard GUARD =
      new OutboundGuard(List.of(AddressRange.parse("test", "10.1.0.0/16")));

  /** The provider's own host, public ones, and networks of the operator's: nothing else. */
  @ParameterizedTest
  @CsvSource({
    "https://10.9.9.9, https://10.9.9.9/token, true",
    "https://10.9.9.9, https://10.9.9.9:8443/token, true",
    "https://10.9.9.9, http://10.9.9.9/token, false",
    "https://10.9.9.9, https://10.9.9.8/token, false",
    "https://10.9.9.9, https://10.1.2.3/token, true",
    "https://10.9.9.9, https://9.9.9.9/token, true",
    "https://10.9.9.9, https://u@9.9.9.9/token, false",
    "https://10.9.9.9, https://169.254.169.254/token, false",
    "https://10.9.9.9, https://127.0.0.1/token, false",
    "https://10.9.9.9, http://localhost/token, false",
    "https://10.9.9.9, https://[::1]/token, false",
    "https://10.9.9.9, https://[::ffff:127.0.0.1]/token, false",
    "https://10.9.9.9, file:///etc/passwd, false",
    "http://127.0.0.1:80, http://127.0.0.1:81/token, true",
    "http://127.0.0.1:80, http://localhost:81/token, true"
  })
  void whatAProviderNamesIsAskedOnlyWhereItMayLie(String issuer, String endpoint, boolean allowed) {
    UpstreamFetch fetch = new UpstreamFetch(GuardedConnections.ofHost(), GUARD, URI.create(issuer));
    boolean is;
    try {
      is = fetch.allowed("token_endpoint", endpoint).equals(URI.create(endpoint));
    } catch (UpstreamRefusedException e) {
      assertThat(e.code()).isEqualTo("address");
      is = false;
    }
    assertThat(is).isEqualTo(allowed);
  }

  /** The name is the operator's; what it leads to is for those who answer for the name. */
  @Test
  void aChosenNameThatIsReboundIsNotAsked() throws Exception {
    try (ServerSocket inside = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      AtomicReference<String> leadsTo = new AtomicReference<>("127.0.0.1");
      AtomicInteger resolved = new AtomicInteger();
      GuardedConnections connections =
          new GuardedConnections(
              host -> {
                resolved.incrementAndGet();
                return List.of(InetAddress.ofLiteral(leadsTo.get()));
              },
              () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
      URI provider = URI.create("https://idp.acme.example:" + inside.getLocalPort());
      UpstreamFetch fetch = new UpstreamFetch(connections, GUARD, provider);
      for (String address : List.of("127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1")) {
        leadsTo.set(address);
        assertThatThrownBy(() -> fetch.get(provider))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("nothing is sent there: its name leads to this host");
      }
      inside.setSoTimeout(1);
      assertThatThrownBy(inside::accept).isInstanceOf(SocketTimeoutException.class);
      // A network of the operator's own is where a provider may lie; asked is what was looked at.
      leadsTo.set("10.255.255.1");
      int before = resolved.get();
      assertThat(fetch.allowed("token_endpoint", provider + "/token")).isNotNull();
      assertThat(resolved.get()).isEqualTo(before + 1);
    }
  }
}
