package dev.counterfoil.custodian.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.custodian.CustodianAnswers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.listener.ClientAddress;
import dev.counterfoil.listener.FailedRequests;
import dev.counterfoil.listener.Listener;
import io.helidon.http.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What costs much is done by a few at a time. */
@Timeout(120)
final class TurnsTest {
  @Test
  void oneWhoAsksOftenWaitsAndThoseWhoAskLittleAreServed() throws Exception {
    Turns turns = new Turns(2, 2);
    Turns.Turn first = turns.take("acme");
    try (Turns.Turn _ = turns.take("acme")) {
      assertThatThrownBy(() -> turns.take("acme"))
          .as("at once: it waits for nothing")
          .isInstanceOf(BusyException.class);
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(
              () -> {
                try (Turns.Turn _ = turns.take("globex")) {
                  // Its turn has come.
                } catch (BusyException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(other).isNotDone();
      first.close();
      other.join();
      turns.take("acme").close();
    }
    turns.take("acme").close();
  }

  @Test
  void whoWaitsTooLongIsToldToAskAgain() throws Exception {
    Turns turns = new Turns(1, 2);
    try (Turns.Turn _ = turns.take("acme")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> turns.take("globex"))
          .as("as the end of the process has it")
          .isInstanceOf(BusyException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    for (int i = 0; i < 3; i++) {
      turns.take("globex").close();
    }
  }

  @Test
  void aBusyCustodianSaysWhenAndWhoChecksHimAsksAgain() throws Exception {
    AtomicBoolean isBusy = new AtomicBoolean(true);
    Listener web =
        CustodyListener.start(
            new HostPort("127.0.0.1", 0),
            1 << 20,
            new ClientAddress(List.of()),
            CustodyListener.READ_TIME_MAX,
            new FailedRequests(),
            routing ->
                routing.any(
                    Route.of(
                        Method.GET,
                        "/",
                        (request, response) -> {
                          if (isBusy.getAndSet(false)) {
                            throw new BusyException();
                          }
                          Route.send(response, JsonObject.builder().put("v", 1).build());
                        })));
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + web.port());
      HttpResponse<String> busy =
          http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(busy.statusCode()).isEqualTo(503);
      assertThat(busy.headers().firstValue("Retry-After")).contains("1");
      assertThat(busy.body()).contains("\"code\":\"busy\"");
      isBusy.set(true);
      assertThat(CustodianAnswers.overHttp(http, url, "token").get("/"))
          .isEqualTo("{\"v\":1}".getBytes(StandardCharsets.UTF_8));
    } finally {
      web.close();
    }
  }
}
