package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import io.helidon.webserver.WebServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person is told of their tokens is what verifiers do. */
class TokensOfRevokedKeysTest {
  private static final String VALID = ">valid<";
  private static final String REVOKED = ">revoked<";

  @Test
  void whatIsRevokedWithItsKeyIsNotCalledValid(@TempDir Path folder) throws Exception {
    FakeSigner[] signer = new FakeSigner[1];
    WebServer monitor =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(
                routing ->
                    routing.get(
                        "/audit/v1/events",
                        (request, response) ->
                            response.send(
                                page(
                                    request.query().get("actor"),
                                    signer[0].publicKey().thumbprint()))))
            .build()
            .start();
    try (RunningDomain domain =
        new RunningDomain(
            folder,
            "enterprise",
            "http://127.0.0.1:8480",
            List.of(),
            List.of(),
            List.of(),
            URI.create("http://127.0.0.1:" + monitor.port()),
            Duration.ofSeconds(30))) {
      signer[0] = domain.signer;
      TestBrowser alice = new SignedInPerson(domain, "alice").browser();
      assertThat(count(alice, VALID)).isEqualTo(3);
      domain.registrar.take(
          new KeyLogEvent.KeyRevoked(domain.signer.publicKey().thumbprint(), FakeSigner.LOG, 1));
      long begun = System.nanoTime();
      while (count(alice, VALID) == 3) {
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
      }
      assertThat(count(alice, VALID)).isEqualTo(1);
      assertThat(count(alice, REVOKED)).isEqualTo(2);
    } finally {
      monitor.stop();
    }
  }

  private static int count(TestBrowser browser, String state) throws Exception {
    return browser.open("/account/issued").body().split(state, -1).length - 1;
  }

  /** As a monitor answers: the tokens at positions 0 to 2. */
  private static String page(String subject, String kid) {
    return JsonObject.builder()
        .put(
            "events",
            LongStream.range(0, 3).mapToObj(position -> event(subject, kid, position)).toList())
        .build()
        .toString();
  }

  private static JsonObject event(String subject, String kid, long position) {
    Instant now = Instant.now();
    JsonObject event =
        JsonObject.builder()
            .put(
                "metadata",
                JsonObject.builder().put("event_code", Operation.TOKEN_ISSUE.code()).build())
            .put(
                "actor",
                JsonObject.builder()
                    .put("user", JsonObject.builder().put("uid", subject).build())
                    .build())
            .put("time", now.toEpochMilli())
            .put("src_endpoint", JsonObject.builder().put("ip", "192.0.2.1").build())
            .put("ground", JsonObject.builder().put("name", "authorization_code").build())
            .put(
                "recorded_token",
                JsonObject.builder()
                    .put("uid", FakeSigner.LOG + "." + position + "." + "A".repeat(43))
                    .put("key_uid", kid)
                    .put("client_uid", "alice")
                    .put("audience", RunningDomain.AUDIENCE)
                    .put("expiration_time", now.plusSeconds(600).toEpochMilli())
                    .build())
            .build();
    return JsonObject.builder().put("event", event).build();
  }
}
