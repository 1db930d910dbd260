package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.upstream.Upstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sign-in at real providers: panva's oidc-provider, from npm, and the Keycloak that the module
 * drills unpacks.
 */
@Tag("full")
@Timeout(600)
class RealProviderTest {
  private static final Path NODE = Path.of("..", "integrations", "node");
  private static final Path DRILLS = Path.of("..", "drills", "target", "keycloak");
  private static final String SECRET = "for this test: only";
  private static final String SUBJECT = "0b0b0b0b-5eed-4bad-8bad-000000000001";
  private static final Pattern KEYCLOAKS_FORM =
      Pattern.compile("id=\"kc-form-login\"[^>]* action=\"([^\"]+)\"");

  @TempDir private Path folder;

  @Test
  void oidcProviderSignsALinkedPersonInAlsoWithAFreshProof() throws Exception {
    if (!Files.isDirectory(NODE.resolve("node_modules/oidc-provider"))) {
      Process npm =
          new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
              .directory(NODE.toFile())
              .inheritIO()
              .start();
      assertThat(npm.waitFor()).isZero();
    }
    int port = SignInServer.freePort();
    Process node =
        new ProcessBuilder(
                "node",
                "programs/upstream.js",
                "http://localhost:" + port + "/sign-in/upstream/op",
                SECRET)
            .directory(NODE.toFile())
            .redirectError(folder.resolve("node.log").toFile())
            .start();
    try (BufferedReader said = node.inputReader()) {
      String line = String.valueOf(said.readLine());
      assertThat(line).startsWith("listening ");
      signsIn(port, URI.create(line.substring("listening ".length())), "bob");
    } finally {
      node.destroy();
    }
  }

  @Test
  void keycloakSignsALinkedPersonInAlsoWithAFreshProof() throws Exception {
    Path unpacked;
    try (Stream<Path> found = Files.list(DRILLS)) {
      unpacked = found.filter(Files::isDirectory).findFirst().orElseThrow();
    }
    Path home = folder.resolve("keycloak");
    assertThat(
            new ProcessBuilder("cp", "-r", unpacked.toString(), home.toString()).start().waitFor())
        .isZero();
    int port = SignInServer.freePort();
    int there = SignInServer.freePort();
    Path realms = Files.createDirectories(home.resolve("data/import"));
    Files.writeString(
        realms.resolve("acme.json"), realm("http://localhost:" + port + "/sign-in/upstream/op"));
    Path log = folder.resolve("keycloak.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                home.resolve("bin/kc.sh").toString(),
                "start-dev",
                "--http-host=127.0.0.1",
                "--http-port=" + there,
                "--http-management-port=" + SignInServer.freePort(),
                "--db=dev-file",
                "--import-realm")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process keycloak = builder.start();
    try {
      URI issuer = URI.create("http://127.0.0.1:" + there + "/realms/acme");
      Instant end = Instant.now().plus(Duration.ofMinutes(8));
      while (!answers(issuer)) {
        boolean isOver = keycloak.waitFor(500, TimeUnit.MILLISECONDS) || Instant.now().isAfter(end);
        assertThat(isOver).as(Files.readString(log)).isFalse();
      }
      signsIn(port, issuer, SUBJECT);
    } finally {
      keycloak.descendants().forEach(ProcessHandle::destroyForcibly);
      keycloak.destroyForcibly();
      keycloak.waitFor();
    }
  }

  private static String realm(String redirect) {
    return """
      {"realm": "acme", "enabled": true,
       "users": [{"id": "%s", "username": "bob", "enabled": true, "email": "bob@acme.example",
                  "emailVerified": true, "firstName": "Bob", "lastName": "Builder",
                  "credentials": [{"type": "password", "value": "the password of bob"}]}],
       "clients": [{"clientId": "counterfoil", "enabled": true, "secret": "%s",
                    "redirectUris": ["%s"], "standardFlowEnabled": true,
                    "attributes": {"pkce.code.challenge.method": "S256"}}]}
      """
        .formatted(SUBJECT, SECRET, redirect);
  }

  private static boolean answers(URI address) throws InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
                  HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private void signsIn(int port, URI issuer, String subject) throws Exception {
    Upstream upstream =
        new Upstream(
            "op",
            "Provider",
            "acme",
            issuer,
            "counterfoil",
            Optional.of(() -> SECRET.getBytes(StandardCharsets.UTF_8)),
            false,
            false);
    try (SignInServer server = SignInServer.start(folder, port, List.of(upstream))) {
      Person bob = server.directory.add("acme", "bob", "Bob", Optional.empty());
      Visitor visitor = new Visitor(server.issuer);
      Browser there = new Browser();
      assertThat(visitor.get(there.agree(visitor, server.issuer, "")).statusCode())
          .as("linked to nobody")
          .isEqualTo(401);
      server.directory.upstreamLinks().link(bob.subject(), issuer.toString(), subject, "Bob there");
      for (String more : List.of("", "&again=true")) {
        HttpResponse<String> back = visitor.get(there.agree(visitor, server.issuer, more));
        assertThat(back.statusCode()).as(more + back.body() + server.events).isEqualTo(303);
        assertThat(visitor.get("/how").body()).isEqualTo("fed [fed]");
      }
      assertThat(visitor.get("/account/codes").body())
          .as("a proof that is fresh there is fresh here")
          .doesNotContain("Confirm that it is you");
    }
  }

  /** As browsers have it, a loopback address is as good as https: Keycloak counts on it. */
  private static final class LocalCookies extends CookieManager {
    @Override
    public void put(URI uri, Map<String, List<String>> headers) throws IOException {
      Map<String, List<String>> plain = new HashMap<>();
      headers.forEach(
          (name, values) ->
              plain.put(
                  name,
                  values.stream().map(value -> value.replaceAll("(?i); *secure", "")).toList()));
      super.put(uri, plain);
    }
  }

  /** A person's browser at the provider, whose forms take any name. */
  private static final class Browser {
    private final HttpClient http =
        HttpClient.newBuilder()
            .cookieHandler(new LocalCookies())
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /** Signs in as bob, and says yes; where the browser goes back to. */
    String agree(Visitor visitor, URI ours, String more) throws Exception {
      URI at =
          URI.create(
              visitor
                  .get("/sign-in/upstream?name=op" + more)
                  .headers()
                  .firstValue("location")
                  .orElseThrow());
      HttpRequest.Builder next = HttpRequest.newBuilder(at);
      for (int steps = 0; steps < 12; steps++) {
        HttpResponse<String> answer = http.send(next.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 303 || answer.statusCode() == 302) {
          at = at.resolve(answer.headers().firstValue("location").orElseThrow());
          if (at.toString().startsWith(ours.toString())) {
            return at.toString().substring(ours.toString().length());
          }
          next = HttpRequest.newBuilder(at);
        } else {
          assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
          Matcher keycloaks = KEYCLOAKS_FORM.matcher(answer.body());
          if (keycloaks.find()) {
            at = URI.create(keycloaks.group(1).replace("&amp;", "&"));
            next = form(at, Map.of("username", "bob", "password", "the password of bob"));
          } else {
            next =
                form(
                    at,
                    answer.body().contains("name=\"login\"")
                        ? Map.of("prompt", "login", "login", "bob", "password", "any")
                        : Map.of("prompt", "consent"));
          }
        }
      }
      throw new AssertionError("the provider leads nowhere: " + at);
    }

    private static HttpRequest.Builder form(URI at, Map<String, String> fields) {
      StringBuilder body = new StringBuilder();
      fields.forEach(
          (name, value) ->
              body.append(body.isEmpty() ? "" : "&")
                  .append(name)
                  .append('=')
                  .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
      return HttpRequest.newBuilder(at)
          .header("Content-Type", "application/x-www-form-urlencoded")
          .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }
  }
}
