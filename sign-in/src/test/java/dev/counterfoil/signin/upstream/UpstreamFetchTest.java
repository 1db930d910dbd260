package dev.counterfoil.signin.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.http.listener.AddressRange;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
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
    UpstreamFetch fetch = new UpstreamFetch(HttpClient.newHttpClient(), GUARD, URI.create(issuer));
    boolean is;
    try {
      is = fetch.allowed("token_endpoint", endpoint).equals(URI.create(endpoint));
    } catch (UpstreamRefusedException e) {
      assertThat(e.code()).isEqualTo("address");
      is = false;
    }
    assertThat(is).isEqualTo(allowed);
  }
}
