package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.signin.codes.TimeCodes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeCodesTest {
  private static final byte[] SECRET = "12345678901234567890".getBytes(StandardCharsets.UTF_8);

  /** RFC 6238, appendix B, for SHA-1: the last six of its eight digits. */
  @ParameterizedTest
  @CsvSource({
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130"
  })
  void theCodesAreThoseOfTheRfc(long at, String code) {
    Instant then = Instant.ofEpochSecond(at);
    assertThat(TimeCodes.code(SECRET, TimeCodes.step(then))).isEqualTo(code);
    assertThat(TimeCodes.step(SECRET, code, 0, then)).hasValue(TimeCodes.step(then));
  }

  /** One step of tolerance each way, and none of a step that was used, or of one before. */
  @ParameterizedTest
  @CsvSource({
    "-2, 0, false",
    "-1, 0, true",
    "0, 0, true",
    "1, 0, true",
    "2, 0, false",
    "0, 999, true",
    "0, 1000, false",
    "-1, 1000, false",
    "1, 1000, true"
  })
  void aCodeIsOfOneStepAndItsNeighbours(int apart, long used, boolean counts) {
    Instant now = Instant.ofEpochSecond(1000 * 30 + 29);
    String code = TimeCodes.code(SECRET, 1000 + apart);
    assertThat(TimeCodes.step(SECRET, code, used, now).isPresent()).isEqualTo(counts);
  }

  @Test
  void whatAnAppReadsIsEscaped() {
    assertThat(TimeCodes.uri("A & B: c", "alice+x@acme.example", SECRET))
        .isEqualTo(
            "otpauth://totp/A%20%26%20B%3A%20c:alice%2Bx%40acme.example"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B%3A%20c");
  }
}
