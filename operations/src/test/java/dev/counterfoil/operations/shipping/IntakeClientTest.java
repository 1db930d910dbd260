package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A monitor that begins an answer and falls silent. */
class IntakeClientTest {
  private static final String ANSWER = "{\"recorded\":1}";

  @Test
  @Timeout(60)
  void anAnswerThatDoesNotEndIsGivenUp() throws Exception {
    CountDownLatch ending = new CountDownLatch(1);
    HttpServer monitor =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    monitor.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    monitor.createContext(
        "/",
        exchange -> {
          try (exchange) {
            boolean isSilent = exchange.getRequestURI().getPath().equals("/silent");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(ANSWER.getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            if (isSilent) {
              ending.await();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    monitor.start();
    String url = "http://127.0.0.1:" + monitor.getAddress().getPort();
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(
              new IntakeClient(http, rejected -> "token", URI.create(url + "/whole"))
                  .send(new byte[0])
                  .number("recorded"))
          .as("the control")
          .isEqualTo(1);
      IntakeClient silent =
          new IntakeClient(
              http, rejected -> "token", URI.create(url + "/silent"), Duration.ofMillis(200));
      assertThatThrownBy(() -> silent.send(new byte[0]))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nothing arrived for");
    } finally {
      ending.countDown();
      monitor.stop(0);
    }
  }
}
