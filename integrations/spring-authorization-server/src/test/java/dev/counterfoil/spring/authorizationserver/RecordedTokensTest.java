package dev.counterfoil.spring.authorizationserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.log.checkpoint.Level;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.jwt.JwtEncoder;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;

/** A real Spring Authorization Server at the record door of a real installation. */
@Tag("turn-2")
@Timeout(300)
class RecordedTokensTest {
  private static final Pattern TOKEN = Pattern.compile("\"access_token\":\"([^\"]+)\"");
  private static final int TOKENS = 50;

  /** As the README has it. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Server {
    @Bean
    JWKSource<SecurityContext> keys() throws Exception {
      return new ImmutableJWKSet<>(new JWKSet(new RSAKeyGenerator(2048).keyID("one").generate()));
    }

    @Bean
    JwtEncoder jwtEncoder(
        JWKSource<SecurityContext> keys,
        @Value("${door.issuer}") String issuer,
        @Value("${door.key}") String key)
        throws IOException {
      SpringRecordDoor door = SpringRecordDoor.of(issuer, "source", Path.of(key));
      NimbusJwtEncoder signing = new NimbusJwtEncoder(keys);
      return new RecordingJwtEncoder(signing, door);
    }
  }

  @Test
  void noTokenIsReleasedThatIsNotRecorded() throws Exception {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      DrillReport report =
          DrillRun.carryOut(new Recorded(), Narrator.silent(), DrillPlace.in(parent));
      assertThat(report.broke()).isEmpty();
      assertThat(report.held()).isTrue();
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  private static final class Recorded extends Drill {
    Recorded() {
      super("recorded");
    }

    @Override
    protected void play(DrillRun run) throws Exception {
      LogStage stage = new LogStage(run, Level.DURABLE);
      String issuer = stage.policy().issuer();
      Path key = run.folder().resolve("source.jwk");
      try (AuthorityAdmin admin =
          new AuthorityAdmin(stage.context().authority().adminSocket().path())) {
        admin.register(
            ClientRegistration.withKeys(
                "source",
                LogStage.TENANT,
                InstallationClients.keysOf(key),
                List.of(issuer),
                List.of(ClientRegistration.RECORD_SCOPE)));
      }
      String client = "spring.security.oauth2.authorizationserver.client.app.registration.";
      Map<String, Object> properties =
          Map.of(
              "server.port",
              0,
              "door.issuer",
              issuer,
              "door.key",
              key.toString(),
              client + "client-id",
              "app",
              client + "client-secret",
              "{noop}for-this-test-only",
              client + "client-authentication-methods",
              "client_secret_basic",
              client + "authorization-grant-types",
              "client_credentials");
      try (ConfigurableApplicationContext context =
              new SpringApplicationBuilder(Server.class).properties(properties).run();
          HttpClient http = HttpClient.newHttpClient()) {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        play(stage, http, URI.create("http://127.0.0.1:" + port + "/oauth2/token"));
      } catch (AssertionError e) {
        throw new IllegalStateException(e);
      }
      run.observe("recorded.all", true, "done");
    }

    private static void play(LogStage stage, HttpClient http, URI endpoint) throws Exception {
      List<String> tokens = new ArrayList<>();
      try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
        List<Callable<String>> requests = new ArrayList<>();
        for (int i = 0; i < TOKENS; i++) {
          requests.add(() -> token(ask(http, endpoint)));
        }
        for (Future<String> answer : clients.invokeAll(requests)) {
          tokens.add(answer.get());
        }
      }
      assertThat(tokens).doesNotHaveDuplicates().hasSize(TOKENS);
      for (String token : tokens) {
        Await.require("a place for each", () -> looked(stage, http, token) == 200);
      }
      assertThat(looked(stage, http, tokens.getFirst() + ".x")).isEqualTo(404);

      List<HttpResponse<String>> away = new ArrayList<>();
      stage.processes().stream()
          .filter(process -> process.name().equals("authority"))
          .findFirst()
          .orElseThrow()
          .crash(
              () -> {
                try {
                  away.add(ask(http, endpoint));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThat(away.getFirst().statusCode()).isEqualTo(400);
      assertThat(away.getFirst().body()).contains("temporarily_unavailable");
      assertThat(TOKEN.matcher(away.getFirst().body()).find()).isFalse();
      Await.require("it releases again", () -> ask(http, endpoint).statusCode() == 200);
    }

    private static int looked(LogStage stage, HttpClient http, String token)
        throws IOException, InterruptedException {
      String input = token.substring(0, token.lastIndexOf('.'));
      String digest = Hash.sha256(input.getBytes(StandardCharsets.US_ASCII)).hex();
      URI place = URI.create(stage.policy().issuer() + "/logs/d1g1/digest/" + digest);
      return http.send(HttpRequest.newBuilder(place).build(), BodyHandlers.ofString()).statusCode();
    }

    private static HttpResponse<String> ask(HttpClient http, URI endpoint)
        throws IOException, InterruptedException {
      byte[] basic = "app:for-this-test-only".getBytes(StandardCharsets.UTF_8);
      return http.send(
          HttpRequest.newBuilder(endpoint)
              .timeout(Duration.ofSeconds(20))
              .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(basic))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(BodyPublishers.ofString("grant_type=client_credentials"))
              .build(),
          BodyHandlers.ofString());
    }

    private static String token(HttpResponse<String> answer) {
      Matcher matcher = TOKEN.matcher(answer.body());
      assertThat(matcher.find()).as(answer.statusCode() + answer.body()).isTrue();
      return matcher.group(1);
    }
  }
}
