package dev.counterfoil.disclosure.trustpage;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.Base64Url;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A visitor pastes something, and the browser alone says what holds of it. */
@EnabledIf("hasChromium")
class CheckBoxTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final long FROM = 1_795_000_000L;

  static boolean hasChromium() {
    return Files.isExecutable(CHROMIUM);
  }

  private static SortedMap<String, byte[]> files() {
    PublicHistory history =
        new PublicHistory(
            FROM + 9_000,
            List.of(new PublicHistory.KeyLife("kid-1", "s1g1 access", FROM, FROM, FROM + 9_000, 0)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    return new TrustPage(
            "Example",
            URI.create("https://trust.example.com"),
            history,
            new PromiseRecord(List.of(), PublicHistory.NOTHING, List.of()),
            List.of(
                new ToldIncident(
                    "CFI-1", "A key was stolen", true, List.of(), List.of(), List.of())))
        .files();
  }

  private static HttpServer serving(SortedMap<String, byte[]> files) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String name = exchange.getRequestURI().getPath().substring(1);
          byte[] file = files.getOrDefault(name, new byte[0]);
          exchange
              .getResponseHeaders()
              .add(
                  "Content-Type",
                  name.endsWith(".js")
                      ? "text/javascript"
                      : name.endsWith(".json") ? "application/json" : "text/html; charset=utf-8");
          exchange.sendResponseHeaders(files.containsKey(name) ? 200 : 404, file.length);
          exchange.getResponseBody().write(file);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String notice() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    TheftNotice notice =
        new TheftNotice(
            "CFI-1",
            "consumer",
            "acme",
            TestIssuer.NOW,
            List.of("kid-1"),
            List.of(
                new TheftNotice.AffectedAccount(
                    "alice", TestIssuer.NOW, TestIssuer.NOW, 1, 1, List.of("mail"))),
            "Treat it as read.");
    return issuer.sign(notice).text();
  }

  private static String token(String kid, long iat) {
    String header = "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}";
    String claims =
        "{\"iss\":\"https://login.example\",\"iat\":" + iat + ",\"jti\":\"s1g1.42.abc\"}";
    return Base64Url.encode(header.getBytes(StandardCharsets.UTF_8))
        + "."
        + Base64Url.encode(claims.getBytes(StandardCharsets.UTF_8))
        + ".AAAA";
  }

  private static String checked(Page page, String what) {
    page.locator("#check-about").fill(what);
    page.evaluate("document.getElementById('check-verdict').textContent = ''");
    page.locator("#check-button").click();
    page.waitForCondition(() -> !page.locator("#check-verdict").textContent().isEmpty());
    return page.locator("#check-verdict").textContent();
  }

  @Test
  void eachKindIsCheckedInTheBrowserAndWhatIsWrongIsNamed() throws Exception {
    HttpServer server = serving(files());
    try (Playwright playwright =
            Playwright.create(
                new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser =
            playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(CHROMIUM))) {
      Page page = browser.newPage();
      page.navigate("http://localhost:" + server.getAddress().getPort() + "/index.html");
      String file = notice();
      SignedDisclosure signed = SignedDisclosure.parse(file.getBytes(StandardCharsets.UTF_8));
      assertThat(checked(page, file)).contains(signed.checkCode());
      assertThat(page.locator("#check-steps li").count()).isEqualTo(7);
      assertThat(page.locator("#check-steps .bad").count()).isZero();

      String middle = signed.jws().split("\\.", -1)[1];
      String forged =
          Base64Url.encode(
              new String(Base64Url.decode(middle), StandardCharsets.UTF_8)
                  .replace("alice", "boris")
                  .getBytes(StandardCharsets.UTF_8));
      assertThat(checked(page, file.replace(middle, forged)))
          .startsWith("Do not believe it. This is not true: the key in the file");
      String others = SignedDisclosure.parse(notice().getBytes(StandardCharsets.UTF_8)).jws();
      assertThat(checked(page, file.replace(signed.jws(), others))).startsWith("Do not believe it");

      assertThat(checked(page, token("kid-1", FROM + 1))).startsWith("Nothing here speaks against");
      assertThat(checked(page, token("kid-1", FROM + 9_001))).contains("was allowed to sign");
      assertThat(checked(page, token("kid-2", FROM + 1))).contains("states key kid-2");
      assertThat(checked(page, "kid-1")).isEqualTo("This is a key of this issuer.");
      assertThat(checked(page, "s1g1.42.abc")).contains("identifier of a token");
      assertThat(checked(page, "CFI-1")).isEqualTo("Read its section.");
      assertThat(checked(page, "{")).contains("can be read");

      for (int width : List.of(320, 1200)) {
        page.setViewportSize(width, 900);
        assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
            .isLessThanOrEqualTo(width);
        assertThat(new AxeBuilder(page).analyze().getViolations())
            .extracting(Rule::getId, Rule::getNodes)
            .isEmpty();
      }
    } finally {
      server.stop(0);
    }
  }
}
