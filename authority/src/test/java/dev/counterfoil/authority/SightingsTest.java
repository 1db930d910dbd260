package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is introspected here is seen by the monitor. */
class SightingsTest {
  private record Report(String authorization, String body) {}

  @Test
  void aForgedTokenThatIsIntrospectedIsReported(@TempDir Path folder) throws Exception {
    LinkedBlockingQueue<Report> reports = new LinkedBlockingQueue<>();
    WebServer monitor =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(
                routing ->
                    routing.post(
                        "/sightings",
                        (request, response) -> {
                          String authorization =
                              request.headers().get(HeaderNames.AUTHORIZATION).get();
                          reports.add(
                              new Report(authorization, request.content().as(String.class)));
                          response.status(204).send();
                        }))
            .build()
            .start();
    URI url = URI.create("http://127.0.0.1:" + monitor.port());
    try (RunningDomain domain =
        new RunningDomain(
            folder,
            "enterprise",
            "https://login.example",
            List.of(),
            List.of(),
            List.of(),
            url,
            Duration.ofSeconds(30))) {
      String mail =
          domain
              .admin
              .register(
                  ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of())
                      .introspecting())
              .orElseThrow();
      domain.token("mail", mail);
      String forged = domain.signer.forge("alice@acme.example", AUDIENCE, 0);

      domain.send(
          domain.form("/introspect", "token", forged).header("Authorization", basic("mail", mail)));

      Report report = reports.poll(30, TimeUnit.SECONDS);
      assertThat(report).isNotNull();
      JsonObject batch = StrictJson.object(report.body().getBytes(StandardCharsets.UTF_8), 1 << 20);
      assertThat(batch.string("reporter")).isEqualTo("counterfoil-authority");
      assertThat(batch.objects("sightings")).hasSize(1);
      assertThat(batch.objects("sightings").getFirst().toString()).contains("never-issued");
      JsonObject claims = RunningDomain.claims(report.authorization().substring(7));
      assertThat(claims.string("aud")).isEqualTo("counterfoil-monitor");
      assertThat(claims.string("scope"))
          .isEqualTo("counterfoil:sightings counterfoil:audit-report");

      // An ID token with which a thief would sign a person out is one more.
      String hint = domain.signer.forge("JWT", "alice", "mail", 0);
      assertThat(domain.get("/logout?id_token_hint=" + hint).statusCode()).isEqualTo(400);
      Report another = reports.poll(30, TimeUnit.SECONDS);
      assertThat(another).isNotNull();
      assertThat(another.body()).contains("never-issued", hint);

      // And one in the place of a refresh token, which nobody reads as a token.
      String misplaced = domain.signer.forge("mallory@acme.example", AUDIENCE, 0);
      assertThat(
              domain
                  .send(
                      domain
                          .form("/token", "grant_type", "refresh_token", "refresh_token", misplaced)
                          .header("Authorization", basic("mail", mail)))
                  .statusCode())
          .isEqualTo(400);
      Report third = reports.poll(30, TimeUnit.SECONDS);
      assertThat(third).isNotNull();
      assertThat(third.body()).contains("never-issued", misplaced);

      // Under a grant that there is none of.
      String assertion = domain.signer.forge("judy@acme.example", AUDIENCE, 0);
      domain.send(
          domain
              .form(
                  "/token",
                  "grant_type",
                  "urn:ietf:params:oauth:grant-type:jwt-bearer",
                  "assertion",
                  assertion)
              .header("Authorization", basic("mail", mail)));
      Report fourth = reports.poll(30, TimeUnit.SECONDS);
      assertThat(fourth).isNotNull();
      assertThat(fourth.body()).contains("never-issued", assertion);

      // Of a client that may not ask.
      String plain =
          domain
              .admin
              .register(
                  ClientRegistration.withSecret("plain", "acme", List.of(AUDIENCE), List.of()))
              .orElseThrow();
      String asked = domain.signer.forge("peggy@acme.example", AUDIENCE, 0);
      assertThat(
              domain
                  .send(
                      domain
                          .form("/introspect", "token", asked)
                          .header("Authorization", basic("plain", plain)))
                  .statusCode())
          .isEqualTo(403);
      Report fifth = reports.poll(30, TimeUnit.SECONDS);
      assertThat(fifth).isNotNull();
      assertThat(fifth.body()).contains("never-issued", asked);
    } finally {
      monitor.stop();
    }
  }
}
