package dev.counterfoil.http.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import io.helidon.http.Method;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a stranger can have written into the process's log. */
@Timeout(120)
final class AnswersTest {
  private static final Answers ANSWERS = Answers.toBearers("counterfoil-test");

  /** Of whom ever: the server behind a route has a log too. */
  private static final Logger LOG = Logger.getLogger("");

  private final List<LogRecord> errors = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          if (line.getLevel().intValue() > Level.INFO.intValue()) {
            errors.add(line);
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOG.addHandler(handler);
  }

  @AfterEach
  void stop() {
    LOG.removeHandler(handler);
  }

  private static Listener serve(Answers.Action action) {
    return ANSWERS.listen(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        1 << 20,
        new ClientAddress(List.of()),
        Answers.READ_TIME_MAX,
        routing -> routing.any(ANSWERS.to(Method.GET, "/logs", action)));
  }

  @Test
  void oneWhoGoesAwayInTheMiddleOfHisAnswerIsNoFailure() throws Exception {
    goesAway(
        (request, response) -> {
          // As records are sent.
          OutputStream out = response.outputStream();
          while (true) {
            out.write(new byte[1 << 20]);
          }
        });
  }

  @Test
  void oneWhoDoesNotWaitForHisAnswerIsNoFailure() throws Exception {
    goesAway(
        (request, response) -> {
          // As pages are sent.
          while (true) {
            response.send(new byte[1 << 24]);
          }
        });
  }

  private void goesAway(Answers.Action answer) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    Listener web =
        serve(
            (request, response) -> {
              try {
                begun.countDown();
                await(gone);
                answer.answer(request, response);
              } finally {
                ended.countDown();
              }
            });
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
      socket.setSoLinger(true, 0);
      socket
          .getOutputStream()
          .write("GET /logs HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    }
    gone.countDown();
    assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    web.close();
    assertThat(errors).extracting(LogRecord::getMessage).isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatFailsHereIsToldOf() throws Exception {
    Listener web =
        serve(
            (request, response) -> {
              throw new IOException("the disk is gone");
            });
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(
              http.send(
                      HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port())).build(),
                      HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(500);
    } finally {
      web.close();
    }
    assertThat(errors).hasSize(1);
  }

  @Test
  void aCallerWithoutATokenIsToldWhoAsksForOne() throws Exception {
    List<String> looked = new CopyOnWriteArrayList<>();
    Listener web =
        serve(
            (request, response) -> {
              Caller caller =
                  Answers.caller(
                      (token, scope, address) -> {
                        looked.add(token);
                        return new Caller("d", token, "t");
                      },
                      request,
                      "s");
              response.send(caller.client());
            });
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + "/logs"));
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> refused =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue("WWW-Authenticate"))
          .contains("Bearer realm=\"counterfoil-test\", error=\"invalid_token\"");
      assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
      // The control: with one it is let in.
      HttpResponse<String> served =
          http.send(
              request.header("Authorization", "Bearer abc").build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(served.statusCode()).isEqualTo(200);
      assertThat(served.body()).isEqualTo("abc");
      for (String scheme : List.of("DPoP", "Basic")) {
        assertThat(
                http.send(
                        request.setHeader("Authorization", scheme + " of-" + scheme).build(),
                        HttpResponse.BodyHandlers.ofString())
                    .statusCode())
            .isEqualTo(401);
      }
      assertThat(looked)
          .as("a forged token is looked at under DPoP, too")
          .containsExactly("abc", "of-DPoP");
    } finally {
      web.close();
    }
  }
}
