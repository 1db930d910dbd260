package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An honest token is never called forged here, and a forged one is. */
class LookUpViewTest {
  @ParameterizedTest
  @CsvSource({
    "another-token, NEVER_ISSUED",
    "no-identifier, NOT_KNOWN",
    "record-log, NOT_KNOWN",
    "unknown-log, NOT_KNOWN",
    "recorded-elsewhere, RECORDED",
    "another-tenant, ANOTHER_TENANTS",
    "not-held, NOT_KNOWN",
    "published-not-held, NOT_KNOWN",
    "released-not-published, NOT_KNOWN",
    "lost-by-its-log, NOT_KNOWN",
    "two-histories, NOT_KNOWN",
    "of-a-later-version, NOT_KNOWN",
  })
  void whatIsSaidOfATokenThatIsNotIssuedHere(String code, LookUpView.Origin origin) {
    assertThat(LookUpView.origin(code)).isEqualTo(origin);
  }
}
