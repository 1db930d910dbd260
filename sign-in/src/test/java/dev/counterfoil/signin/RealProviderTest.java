package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.upstream.Upstream;
import java.io.BufferedReader;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sign-in at a real provider: panva's oidc-provider, from npm. */
@Tag("full")
@Timeout(300)
class RealProviderTest {
  private static final Path NODE = Path.of("..", "integrations", "node");
  private static final String SECRET = "for this test: only";

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
      signsIn(port, URI.create(line.substring("listening ".length())));
    } finally {
      node.destroy();
    }
  }

  private void signsIn(int port, URI issuer) throws Exception {
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
      server.directory.upstreamLinks().link(bob.subject(), issuer.toString(), "bob", "Bob there");
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

  /** A person's browser at the provider, whose forms take any name. */
  private static final class Browser {
    private final HttpClient http =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
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
          boolean isLogin = answer.body().contains("name=\"login\"");
          next = form(at, isLogin);
        }
      }
      throw new AssertionError("the provider leads nowhere: " + at);
    }

    private static HttpRequest.Builder form(URI at, boolean isLogin) {
      Map<String, String> fields =
          isLogin
              ? Map.of("prompt", "login", "login", "bob", "password", "any")
              : Map.of("prompt", "consent");
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
