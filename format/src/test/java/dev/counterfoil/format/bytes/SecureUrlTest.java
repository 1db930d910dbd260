package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecureUrlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://login.example",
        "https://10.0.0.7:8443/path",
        "http://127.0.0.1:8480",
        "http://127.8.9.10",
        "http://[::1]:8480/acme",
        "http://0.0.0.0:8481",
        "http://localhost:8480"
      })
  void encryptedOrOnThisHost(String url) {
    assertThat(SecureUrl.require("issuer", URI.create(url))).hasToString(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://login.example",
        "http://10.0.0.7:8480",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://[2001:db8::1]"
      })
  void plainHttpLeavesNoHost(String url) {
    assertThatThrownBy(() -> SecureUrl.require("monitor-url", URI.create(url)))
        .hasMessageContaining("monitor-url " + url)
        .hasMessageContaining("https");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://login.example",
        "/path",
        "https:opaque",
        "https://a@b.example",
        "https://b?c"
      })
  void whatIsNoPlaceAtAll(String url) {
    assertThatThrownBy(() -> SecureUrl.require("url", URI.create(url)))
        .hasMessageContaining("http or https URL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://console.example/", "https://console.example/a"})
  void anOriginHasNoPath(String url) {
    assertThat(SecureUrl.requireOrigin("url", URI.create("https://console.example:8443")))
        .hasToString("https://console.example:8443");
    assertThatThrownBy(() -> SecureUrl.requireOrigin("url", URI.create(url)))
        .hasMessageContaining("without a path");
  }
}
