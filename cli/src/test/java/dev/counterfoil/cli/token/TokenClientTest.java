package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.command.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client with a secret at an authority that cannot issue yet, or is not there. */
class TokenClientTest {
  private final AtomicInteger refusals = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer authority;

  @BeforeEach
  void serve() throws IOException {
    authority = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    authority.createContext(
        "/token",
        exchange -> {
          asked.incrementAndGet();
          boolean isReady = refusals.getAndDecrement() <= 0;
          String text =
              isReady
                  ? "{\"access_token\":\"abc\"}"
                  : "{\"error\":\"temporarily_unavailable\",\"error_description\":\"no signer\"}";
          if (!isReady) {
            exchange.getResponseHeaders().set("Retry-After", "1");
          }
          byte[] body = text.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(isReady ? 200 : 503, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    authority.start();
  }

  @AfterEach
  void stop() {
    authority.stop(0);
  }

  private String token(Duration patience) throws InterruptedException {
    String issuer = "http://127.0.0.1:" + authority.getAddress().getPort();
    return TokenClient.accessToken(TokenClient.ask(issuer, "demo", "secret", null, null, patience));
  }

  @Test
  void anAuthorityThatSaysWhenItWillIsAskedAgain() throws Exception {
    refusals.set(1);
    assertThat(token(Duration.ofSeconds(30))).isEqualTo("abc");
    assertThat(asked).hasValue(2);
  }

  @Test
  void noLongerThanPatienceLasts() {
    refusals.set(5);
    assertThatThrownBy(() -> token(Duration.ZERO))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("503 temporarily_unavailable");
    assertThat(asked).hasValue(1);
  }

  @Test
  void oneThatIsNotThereIsNotCalledNull() {
    authority.stop(0);
    assertThatThrownBy(() -> token(Duration.ZERO))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("no authority answers")
        .hasMessageNotContaining("null");
  }
}
