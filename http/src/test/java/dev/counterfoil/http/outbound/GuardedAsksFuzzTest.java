package dev.counterfoil.http.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of servers that others chose are read or refused, within a limit. */
class GuardedAsksFuzzTest {
  private static final int MAX = 64;

  private static GuardedAsks.Answer read(byte[] answer) throws IOException {
    return GuardedAsks.read(new ByteArrayInputStream(answer), MAX);
  }

  private static byte[] bytes(String text) {
    return text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  static Stream<byte[]> answers() {
    return Stream.of(
            "HTTP/1.1 200 OK|Content-Length: 2||{}",
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2;a=b|{}|0||",
            "HTTP/1.1 100 Continue||HTTP/1.1 401 No|A: b||x",
            "HTTP/1.0 204||",
            "HTTP/1.1 200 OK||{}")
        .map(GuardedAsksFuzzTest::bytes);
  }

  @MethodSource("answers")
  @FuzzTest(maxDuration = "60s")
  void answer(byte[] answer) {
    try {
      GuardedAsks.Answer read = read(answer);
      assertThat(read.status()).isBetween(200, 599);
      assertThat(read.body().length).isLessThanOrEqualTo(MAX);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("the server");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "HTTP/1.1 200 OK|Content-Length: 2||{}and more # 200 # {}",
        "HTTP/1.1 200 OK|transfer-encoding: Chunked||1|{|1|}|0|| # 200 # {}",
        "HTTP/1.1 103 Early||HTTP/1.1 404||no # 404 # no",
        "HTTP/1.1 200||to the end # 200 # to the end",
      })
  void whatIsWholeIsRead(String answer, int status, String body) throws IOException {
    GuardedAsks.Answer read = read(bytes(answer));
    assertThat(read.status()).isEqualTo(status);
    assertThat(new String(read.body(), StandardCharsets.US_ASCII)).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "HTTP/1.1 200 OK|Content-Length: 3||{} # early",
        "HTTP/1.1 200 OK|Content-Length: 65||{} # too long",
        "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 2||{} # too long",
        "HTTP/1.1 200 OK|Content-Length: -2||{} # too long",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||41|{} # too long",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||fffffff|{} # too long",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|{}|0|| # longer than it says",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||x|{} # without a size",
        "HTTP/1.1 200 OK|Transfer-Encoding: gzip||{} # nobody asked for",
        "HTTP/1.1 200 OK|nothing||{} # header that is none",
        "SSH-2.0|| # does not answer in HTTP",
        "HTTP/1.1 200 OK| # without an answer",
      })
  void whatIsNotIsRefused(String answer, String why) {
    assertThatThrownBy(() -> read(bytes(answer)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }
}
