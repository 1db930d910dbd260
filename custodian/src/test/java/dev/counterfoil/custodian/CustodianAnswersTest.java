package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Turns;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import io.helidon.http.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class CustodianAnswersTest {
  @Test
  void aBusyCustodianSaysWhenAndWhoChecksHimAsksAgain() throws Exception {
    AtomicBoolean isBusy = new AtomicBoolean(true);
    Answers answers = Answers.toBearers("counterfoil-custodian");
    Turns turns = new Turns(1, 0);
    Listener web =
        answers.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1 << 20,
            new ClientAddress(List.of()),
            Answers.READ_TIME_MAX,
            routing ->
                routing.any(
                    answers.to(
                        Method.GET,
                        "/",
                        (request, response) -> {
                          if (isBusy.getAndSet(false)) {
                            try (Turns.Turn _ = turns.take("a")) {
                              throw new IllegalStateException("there was none");
                            }
                          }
                          Answers.send(response, JsonObject.builder().put("v", 1).build());
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
