package dev.counterfoil.authority.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.RunningDomain;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The readers of untrusted text at the token endpoint. */
class FormTest {
  private static Form parse(String body) throws RequestRefusedException {
    return Form.parse(body.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(String body) {
    assertThatThrownBy(() -> parse(body)).isInstanceOf(RequestRefusedException.class);
  }

  @Test
  void valuesAreDecoded() throws Exception {
    Form form = parse("a=1&b=x+y%20z&c=&d&e=%C3%A4&resource=one&resource=two");
    assertThat(form.value("a")).contains("1");
    assertThat(form.value("b")).contains("x y z");
    assertThat(form.value("c")).isEmpty();
    assertThat(form.value("d")).isEmpty();
    assertThat(form.value("e")).contains("ä");
    assertThat(form.value("missing")).isEmpty();
    assertThat(form.values("resource")).containsExactly("one", "two");
    assertThat(form.values("missing")).isEqualTo(List.of());
  }

  @Test
  void whatIsNotStrictIsRefused() throws Exception {
    refused("a=1&a=2");
    refused("a=1&a");
    refused("a=%");
    refused("a=%4");
    refused("a=%4&b=1");
    refused("a=%g0");
    refused("a=%0a");
    refused("a=\n");
    refused("a=%7f");
    refused("a=%c3");
    refused("a=%c0%80");
    refused("&");
    refused("=1");
    assertThat(parse("a=%41").value("a")).contains("A");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyBytesAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    String alphabet = "ab=&%+ 0aF\u00e4\n\0;";
    for (int i = 0; i < 5_000; i++) {
      StringBuilder body = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        body.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      byte[] bytes = body.toString().getBytes(StandardCharsets.ISO_8859_1);
      try {
        Form.parse(bytes).value("a");
      } catch (RequestRefusedException e) {
        assertThat(e.error().code()).isEqualTo(OAuthError.Code.INVALID_REQUEST);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsEncodedIsReadBack(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      String value =
          random
              .ints(1 + random.nextInt(20), 0x20, 0x2fff)
              .filter(c -> c != 0x7f)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      Form form = parse("x=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
      assertThat(form.value("x").orElse("")).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anyBasicCredentialsAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[random.nextInt(30)];
      random.nextBytes(bytes);
      String header =
          random.nextBoolean()
              ? "Basic " + Base64.getEncoder().encodeToString(bytes)
              : "Basic " + new String(bytes, StandardCharsets.ISO_8859_1);
      try {
        BasicCredentials.parse(header);
      } catch (RequestRefusedException e) {
        assertThat(e.error().code()).isEqualTo(OAuthError.Code.INVALID_CLIENT);
      }
    }
  }

  @Test
  void basicCredentialsAreFormEncoded() throws Exception {
    BasicCredentials credentials =
        BasicCredentials.parse(RunningDomain.basic("client:one", "s e%cret"));
    assertThat(credentials.clientId()).isEqualTo("client:one");
    assertThat(new String(credentials.secret(), StandardCharsets.UTF_8)).isEqualTo("s e%cret");
    assertThat(credentials.toString()).doesNotContain("cret");
    assertThat(BasicCredentials.isBasic("bAsIc x")).isTrue();
    assertThat(BasicCredentials.isBasic("Bearer x")).isFalse();
  }
}
