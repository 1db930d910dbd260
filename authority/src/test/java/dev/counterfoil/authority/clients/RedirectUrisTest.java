package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where browsers may be sent. */
class RedirectUrisTest {
  @ParameterizedTest
  @CsvSource({
    "https://app.example/cb, true",
    "https://app.example/cb?a=b, true",
    "https://app.example, true",
    "http://127.0.0.1/cb, true",
    "http://[::1]:8080/cb, true",
    "http://localhost:3000/cb, true",
    "com.example.app:/cb, true",
    "http://app.example/cb, false",
    "https://app.example/cb#f, false",
    "https://app.example/cb#, false",
    "https://user@app.example/cb, false",
    "https:///cb, false",
    "https:cb, false",
    "/cb, false",
    "javascript:alert(1), false",
    "data:text/html;x, false",
    "app:/cb, false",
    "https://app.example\\@evil.example/, false",
    "'https://app.example/c b', false",
    "https://ämter.example/cb, false",
    "http://127.0.0.1.evil.example/cb, false"
  })
  void whatMayBeRegistered(String uri, boolean expected) {
    assertThat(RedirectUris.isRegistrable(uri)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "https://app.example/cb, https://app.example/cb, true",
    "https://app.example/cb, https://app.example/cb/, false",
    "https://app.example/cb, https://app.example/cb?x, false",
    "https://app.example/cb, https://APP.example/cb, false",
    "https://app.example/cb, https://app.example:443/cb, false",
    "https://app.example/cb, https://app.example/%63b, false",
    "https://app.example/cb, https://app.example/../cb, false",
    "https://app.example/cb, https://app.example@evil.example/cb, false",
    "http://127.0.0.1/cb, http://127.0.0.1:51004/cb, true",
    "http://127.0.0.1:1/cb, http://127.0.0.1:51004/cb, true",
    "http://127.0.0.1:1/cb, http://127.0.0.1/cb, true",
    "http://[::1]/cb, http://[::1]:51004/cb, true",
    "http://127.0.0.1/cb, http://127.0.0.1:51004/other, false",
    "http://127.0.0.1/cb, http://127.0.0.1:/cb, false",
    "http://127.0.0.1/cb, http://127.0.0.1:5a/cb, false",
    "http://127.0.0.1/cb, http://127.0.0.1:123456/cb, false",
    "http://127.0.0.1/cb, http://127.0.0.1:1@evil.example/cb, false",
    "http://127.0.0.1/cb, http://127.0.0.1.evil.example/cb, false",
    "http://127.0.0.1/cb, https://127.0.0.1:5/cb, false",
    "http://127.0.0.1/cb, http://[::1]/cb, false",
    "http://localhost/cb, http://localhost:51004/cb, false"
  })
  void whatARequestMayName(String registered, String asked, boolean expected) {
    assertThat(RedirectUris.matches(List.of(registered), asked)).isEqualTo(expected);
  }
}
