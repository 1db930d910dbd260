package dev.counterfoil.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.Verifier;
import io.helidon.webserver.WebServer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each example serves, over HTTP and an issuer in memory; the pages of differences are true. */
class ExamplesTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path SOURCES =
      ROOT.resolve("examples/src/main/java/dev/counterfoil/examples");

  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  /** A service that runs. */
  record Running(int port, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  enum Example {
    JDK {
      @Override
      Running start(Verifier verifier, Path folder) throws IOException {
        HttpServer server = JdkHttpServer.start(verifier, 0);
        return new Running(server.getAddress().getPort(), () -> server.stop(0));
      }
    },
    HELIDON {
      @Override
      Running start(Verifier verifier, Path folder) {
        WebServer server = HelidonServer.start(verifier, 0);
        return new Running(server.port(), server::stop);
      }
    },
    SERVLET {
      @Override
      Running start(Verifier verifier, Path folder) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", folder.toString());
        FilterDef filter = new FilterDef();
        filter.setFilterName("tokens");
        filter.setFilter(new ServletFilter(verifier));
        context.addFilterDef(filter);
        FilterMap everywhere = new FilterMap();
        everywhere.setFilterName("tokens");
        everywhere.addURLPattern("/*");
        context.addFilterMap(everywhere);
        Tomcat.addServlet(context, "inbox", new Inbox()).addMapping("/inbox");
        tomcat.start();
        return new Running(tomcat.getConnector().getLocalPort(), () -> stop(tomcat));
      }
    };

    private static void stop(Tomcat tomcat) {
      try {
        tomcat.stop();
        tomcat.destroy();
      } catch (LifecycleException e) {
        throw new IllegalStateException(e);
      }
    }

    abstract Running start(Verifier verifier, Path folder) throws Exception;
  }

  private static final class Inbox extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String text = "mail of " + request.getUserPrincipal().getName();
      response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private HttpResponse<String> get(Running running, String... headers) throws Exception {
    return at(running, "/inbox", headers);
  }

  private HttpResponse<String> at(Running running, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running.port() + path))
            .timeout(Duration.ofSeconds(30));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> bearer(Running running, String token) throws Exception {
    return get(running, "Authorization", "bearer " + token);
  }

  private static String challenge(HttpResponse<String> response) {
    return response.headers().firstValue("WWW-Authenticate").orElse("");
  }

  private String issued() {
    return issuer.issue(issuer.draft(key), key);
  }

  @ParameterizedTest
  @EnumSource(Example.class)
  void onlyAnIssuedTokenPasses(Example example) throws Exception {
    issuer.publish();
    try (Verifier verifier = Verifier.builder(issuer.policy()).network(issuer).build();
        Running running = example.start(verifier, folder)) {
      HttpResponse<String> good = bearer(running, issued());
      assertThat(good.statusCode()).isEqualTo(200);
      assertThat(good.body()).isEqualTo("mail of alice");
      assertThat(at(running, "/inboxes", "Authorization", "bearer " + issued()).statusCode())
          .as("another path")
          .isEqualTo(404);
      HttpResponse<String> none = get(running);
      assertThat(none.statusCode()).isEqualTo(401);
      assertThat(challenge(none)).isEqualTo("Bearer");
      // With the real key, and the position of another token.
      HttpResponse<String> forged =
          bearer(running, issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key));
      assertThat(forged.statusCode()).isEqualTo(401);
      assertThat(challenge(forged)).contains("invalid_token", "never-issued");
      assertThat(forged.body()).doesNotContain("mallory");
      String token = issued();
      issuer.die();
      HttpResponse<String> undecided = bearer(running, token);
      assertThat(undecided.statusCode()).isEqualTo(503);
      assertThat(challenge(undecided)).isEmpty();
      assertThat(undecided.headers().firstValue("Retry-After")).contains("2");
      issuer.honest();
      int status = 503;
      for (int tries = 0; tries < 600 && status == 503; tries++) {
        Thread.sleep(50);
        status = bearer(running, token).statusCode();
      }
      assertThat(status).isEqualTo(200);
    }
  }

  /** {@code -Dcounterfoil.examples.write=true} writes them anew. */
  @ParameterizedTest
  @ValueSource(strings = {"HelidonServer", "ServletFilter"})
  void theDifferencesFromTheFirstAreShown(String later) throws Exception {
    Path page = ROOT.resolve("examples/" + later + ".diff");
    Process diff =
        new ProcessBuilder(
                "diff",
                "-u",
                "--label",
                "JdkHttpServer.java",
                "--label",
                later + ".java",
                SOURCES.resolve("JdkHttpServer.java").toString(),
                SOURCES.resolve(later + ".java").toString())
            .redirectErrorStream(true)
            .start();
    String differences = new String(diff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(diff.waitFor()).as(differences).isEqualTo(1);
    if (Boolean.getBoolean("counterfoil.examples.write")) {
      Files.writeString(page, differences);
    }
    assertThat(Files.readString(page)).isEqualTo(differences);
  }

  @Test
  void thePageNamesEveryExample() throws Exception {
    assertThat(Files.readString(ROOT.resolve("examples/README.md")))
        .contains(
            "JdkHttpServer.java",
            "HelidonServer.diff",
            "ServletFilter.diff",
            "BoundTokens.java",
            "EventStream.java");
  }
}
