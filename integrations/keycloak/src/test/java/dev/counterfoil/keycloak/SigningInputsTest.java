package dev.counterfoil.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SigningInputsTest {
  @ParameterizedTest
  @CsvSource({
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0, true",
    "eyJ_-9.a, true",
    "eyJhbGciOiJSUzI1NiJ9., true",
    "eyJhbGciOiJSUzI1NiJ9, false",
    ".eyJpc3MiOiJhIn0, false",
    "a.b.c, false",
    "a.b=, false",
    "a .b, false",
    "<saml:Assertion/>, false",
    "'', false"
  })
  void ofATokenAndOfNone(String text, boolean token) {
    assertThat(SigningInputs.isToken(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(token);
  }
}
