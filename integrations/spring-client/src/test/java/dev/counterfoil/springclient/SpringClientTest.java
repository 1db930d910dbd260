package dev.counterfoil.springclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.people.Browser;
import dev.counterfoil.drills.people.SignInHost;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.FreePorts;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A web application of Spring Boot 4 that signs people in with Spring Security, and its API with
 * the starter, as docs/integrate/sign-in-clients.md has them.
 */
@Tag("full")
@Timeout(300)
class SpringClientTest {
  private static final String PAGE = "integrate/sign-in-clients.md";

  /** What people see. */
  @SpringBootConfiguration
  @EnableAutoConfiguration(
      excludeName = {
        "dev.counterfoil.spring.CounterfoilAutoConfiguration",
        "dev.counterfoil.spring.Boot4AutoConfiguration"
      })
  static class Web extends ShopApplication {}

  /** What the application asks in their name. */
  @SpringBootConfiguration
  @EnableAutoConfiguration
  @RestController
  static class Api {
    @GetMapping("/notes")
    String notes(@AuthenticationPrincipal Jwt token) {
      return "notes of " + token.getSubject() + " by " + token.getId();
    }
  }

  @Test
  void aPersonSignsInTheApplicationRefreshesAndBothSignOut() throws Exception {
    List<Integer> ports = FreePorts.find(2);
    URI site = URI.create("http://127.0.0.1:" + ports.get(0) + "/");
    URI api = URI.create("http://127.0.0.1:" + ports.get(1) + "/notes");
    try (SignInHost host = SignInHost.start("notes-api")) {
      Path secret =
          host.client(
              "shop",
              "--audience",
              "notes-api",
              "--scope",
              "notes",
              // Spring refreshes what is over within a minute: here at every request.
              "--token-life",
              "60s",
              "--redirect-uri",
              site + "login/oauth2/code/counterfoil",
              "--post-logout-redirect-uri",
              site + "goodbye");
      host.later(
          new SpringApplicationBuilder(Api.class)
              .properties(
                  "server.port=" + api.getPort(),
                  "counterfoil.policy=" + host.policy(),
                  "counterfoil.audience=notes-api",
                  "counterfoil.tenants=acme")
              .run());
      Path settings =
          Files.writeString(
              host.folder().resolve("application.yaml"),
              SignInHost.samples(PAGE, "yaml")
                  .getFirst()
                  .replace("http://localhost:8480", host.issuer().toString())
                  .replace("${SHOP_SECRET}", Files.readString(secret).strip()));
      host.later(
          new SpringApplicationBuilder(Web.class)
              .properties(
                  "server.port=" + site.getPort(),
                  "shop.api=" + api,
                  "spring.config.additional-location=file:" + settings)
              .run());
      Browser browser = host.person("alice");
      String subject = host.shown("alice").at("/person/subject").asString();

      browser.open(site);
      host.signIn(browser, site);
      String first = browser.text();
      assertThat(first).startsWith("Alice Example: notes of " + subject + " by s1g");
      browser.open(site);
      String second = browser.text();
      assertThat(second).startsWith("Alice Example: notes of " + subject).isNotEqualTo(first);

      browser.open(site.resolve("/token"));
      String token = browser.text();
      assertThat(status(api, token)).isEqualTo(200);
      browser.open(site.resolve("/logout"));
      browser.click("button[type=submit]");
      Await.require("a goodbye", () -> browser.address().getPath().equals("/goodbye"));
      Instant from = Instant.now();
      Await.require("a refusal", () -> status(api, token) == 401);
      assertThat(Duration.between(from, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void thePageHasTheApplicationThatIsTried() throws Exception {
    String source =
        Files.readString(
            Path.of(
                System.getProperty("counterfoil.root"),
                "integrations/spring-client/src/test/java/dev/counterfoil/springclient",
                "ShopApplication.java"));
    assertThat(source).contains(SignInHost.samples(PAGE, "java").getFirst());
  }

  private static int status(URI page, String token) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(page).header("Authorization", "Bearer " + token).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }
}
