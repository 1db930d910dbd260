package dev.counterfoil.http.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Forms as anybody may send them. */
class BrowserFormFuzzTest {
  static Stream<byte[]> forms() {
    return Stream.of("", "a=b&c=d", "a=%C3%BC+x&b", "a=1&a=2", "%=%", "=&=&=")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("forms")
  @FuzzTest(maxDuration = "60s")
  void forms(byte[] body) {
    try {
      BrowserForm form = BrowserForm.parse(new String(body, StandardCharsets.UTF_8));
      assertThat(form.field("a").length()).isLessThanOrEqualTo(body.length);
    } catch (RefusedRequestException e) {
      assertThat(e.problem().status()).isEqualTo(400);
    }
  }
}
