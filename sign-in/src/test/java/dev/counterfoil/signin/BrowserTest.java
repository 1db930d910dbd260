package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FormData;
import com.microsoft.playwright.options.RequestOptions;
import com.microsoft.playwright.options.SelectOption;
import dev.counterfoil.directory.Consent;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.browser.Cookies;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The pages in Debian's Chromium, with a virtual authenticator. */
@EnabledIf("hasChromium")
class BrowserTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

  /** Where pictures of the pages go, for people who look at them; nowhere unless it is said. */
  private static final @Nullable String PICTURES = System.getProperty("counterfoil.pictures");

  @SuppressWarnings("NullAway.Init") // set before all
  private static Playwright playwright;

  @SuppressWarnings("NullAway.Init")
  private static Browser browser;

  static boolean hasChromium() {
    return Files.isExecutable(CHROMIUM);
  }

  /** Hosts with names of their own, and the port at which each is. */
  private static final Map<String, Integer> HOSTS = new TreeMap<>();

  @BeforeAll
  static void start() throws IOException {
    for (String host : List.of("login.old.example", "login.new.example", "login.evil.example")) {
      HOSTS.put(host, SignInServer.freePort());
    }
    String rules =
        HOSTS.entrySet().stream()
            .map(host -> "MAP " + host.getKey() + ":443 127.0.0.1:" + host.getValue())
            .collect(Collectors.joining(","));
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(CHROMIUM)
                    .setHeadless(true)
                    .setArgs(
                        List.of("--host-resolver-rules=" + rules, "--ignore-certificate-errors")));
  }

  @AfterAll
  static void stop() {
    playwright.close();
  }

  private static CDPSession authenticator(Page page, List<String> ids) {
    CDPSession devtools = page.context().newCDPSession(page);
    devtools.send("WebAuthn.enable");
    JsonObject options = new JsonObject();
    options.addProperty("protocol", "ctap2");
    options.addProperty("transport", "internal");
    options.addProperty("hasResidentKey", true);
    options.addProperty("hasUserVerification", true);
    options.addProperty("isUserVerified", true);
    options.addProperty("automaticPresenceSimulation", true);
    JsonObject arguments = new JsonObject();
    arguments.add("options", options);
    ids.add(
        devtools
            .send("WebAuthn.addVirtualAuthenticator", arguments)
            .get("authenticatorId")
            .getAsString());
    return devtools;
  }

  @Test
  void aPersonEnrolsSignsInConsentsAndSeesTheirOwn(@TempDir Path folder) throws Exception {
    try (SignInServer server = SignInServer.start(folder);
        BrowserContext context = browser.newContext()) {
      Person alice =
          server.directory.add("acme", "alice", "Alice Example", Optional.of("alice@acme.example"));
      String link = server.link(alice);
      Page page = context.newPage();
      List<String> refusedByPolicy = new ArrayList<>();
      page.onConsoleMessage(
          message -> {
            if (message.text().contains("Content Security Policy")) {
              refusedByPolicy.add(message.text());
            }
          });
      page.navigate(server.issuer + "/sign-in");
      page.locator("#use-passkey").waitFor();
      look(page, "sign-in");
      authenticator(page, new ArrayList<>());

      page.navigate(link);
      look(page, "enrol");
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      assertThat(page.locator("#done").textContent()).isEqualTo("The passkey is added.");
      assertThat(server.directory.passkeys(alice.subject())).hasSize(1);
      look(page, "account");

      // The invitation is used up.
      assertThat(page.navigate(link).status()).isEqualTo(410);

      page.navigate(server.issuer + "/account");
      page.locator("#sign-out").click();
      assertThat(page.locator("#signed-out h1").textContent()).isEqualTo("You are signed out");
      look(page, "signed-out");
      assertThat(server.ended).containsExactly("session " + alice.subject());

      // By conditional mediation: nobody clicks.
      page.navigate(server.issuer + "/authorize");
      page.waitForURL("**/authorize?request=1");
      page.locator("#accept").waitFor();
      look(page, "consent");
      page.locator("#accept").click();
      assertThat(page.textContent("body")).isEqualTo("accept");

      server.directory.consent(
          new Consent(
              alice.subject(),
              "expense-robot",
              Set.of("openid", "receipts:read"),
              server.clock.instant(),
              Optional.empty()));
      page.navigate(server.issuer + "/account/applications");
      look(page, "applications");
      page.locator("#applications button").click();
      assertThat(page.locator("#no-applications").count()).isEqualTo(1);
      assertThat(server.ended).contains("consent expense-robot");

      Instant now = server.clock.instant();
      for (int i = 0; i < 3; i++) {
        server.issued.add(
            new InTheirName.Issued(
                "token-" + i,
                now.minus(Duration.ofMinutes(7L * i + 1)),
                i == 2 ? "Timesheet" : "Expense robot",
                i == 2 ? "timesheet" : "expense-robot",
                "https://files.acme.example",
                "receipts:read",
                i == 2 ? now.minusSeconds(60) : now.plus(Duration.ofMinutes(5)),
                i == 1));
      }
      page.navigate(server.issuer + "/account/issued");
      look(page, "issued");
      page.locator("tr[data-token=token-2] a").last().click();
      assertThat(page.locator("#issued tbody tr").count()).isEqualTo(1);
      page.locator("#all-applications").click();
      assertThat(page.locator("#issued tbody tr").count()).isEqualTo(3);
      page.locator("#month").selectOption(YearMonth.from(now.atOffset(ZoneOffset.UTC)).toString());
      page.locator("form[method=get] button").click();
      assertThat(page.locator("#issued tbody tr").count()).isEqualTo(3);
      page.locator("#month").selectOption(new SelectOption().setIndex(2));
      page.locator("form[method=get] button").click();
      assertThat(page.locator("#no-tokens").count()).isEqualTo(1);
      server.isWhole = false;
      page.reload();
      assertThat(page.locator("#no-tokens").count()).isZero();
      assertThat(page.locator("#problem").textContent()).contains("may be incomplete");
      server.isWhole = true;
      page.navigate(server.issuer + "/account/issued");
      page.locator("tr[data-token=token-0] a").first().click();
      look(page, "issued-token");
      assertThat(page.locator("#uses").textContent()).contains("mail", "read", "box");
      assertThat(page.locator("#sign-in").textContent()).contains("no record of that sign-in");
      page.navigate(server.issuer + "/account/issued/token?id=other");
      assertThat(page.locator("h1").textContent()).isNotEmpty();
      assertThat(page.locator("#token").count()).isZero();
      page.navigate(server.issuer + "/account/issued");
      page.locator("tr[data-token=token-0] button[value=not-me]").click();
      assertThat(page.locator("#done").textContent()).contains("was not you");
      assertThat(server.ended).contains("not me token-0");

      // A second passkey takes a proof that is fresh; this one is too old.
      server.clock.forward(Duration.ofMinutes(6));
      page.navigate(server.issuer + "/account");
      page.locator("#add-passkey").click();
      page.locator("#make-passkey").waitFor();
      assertThat(page.url()).endsWith("/account?add=1");
      look(page, "add-passkey");

      page.navigate(server.issuer + "/broken");
      look(page, "error");
      assertThat(refusedByPolicy).isEmpty();
    }
  }

  @Test
  void aPasswordNeedsNoScript(@TempDir Path folder) throws Exception {
    try (SignInServer server = SignInServer.start(folder);
        BrowserContext context =
            browser.newContext(new Browser.NewContextOptions().setJavaScriptEnabled(false))) {
      Person bob = server.directory.add("acme", "bob", "Bob Example", Optional.empty());
      Page page = context.newPage();
      page.navigate(server.link(bob));
      page.locator("#password").fill("a long row of words");
      page.locator("#save-password").click();
      page.locator("#sign-out").click();
      page.locator("#next").click();
      page.locator("#username").fill("Bob");
      page.locator("#continue").click();
      page.locator("#password").fill("another row of words");
      page.locator("#continue").click();
      assertThat(page.locator("#problem").textContent()).contains("do not belong together");
      assertThat(page.locator("#username").inputValue()).isEqualTo("bob");
      page.locator("#password").fill("a long row of words");
      page.locator("#continue").click();
      assertThat(page.locator("#signed-in-as").textContent()).isEqualTo("bob");
    }
  }

  @Test
  void aPasskeyCountsOnceHereUnlockedAndOfOneDevice(@TempDir Path folder) throws Exception {
    try (SignInServer server = SignInServer.start(folder);
        BrowserContext context = browser.newContext()) {
      Person alice = server.directory.add("acme", "alice", "Alice Example", Optional.empty());
      Page page = context.newPage();
      List<String> ids = new ArrayList<>();
      CDPSession devtools = authenticator(page, ids);
      page.navigate(server.link(alice));
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      List<Request> sent = new ArrayList<>();
      page.onRequest(
          request -> {
            if (request.url().endsWith("/sign-in/passkey")) {
              sent.add(request);
            }
          });
      assertThat(signsIn(server, page)).isTrue();

      // The same answer a second time.
      int refused = server.events.size();
      var again =
          context
              .request()
              .post(
                  sent.getFirst().url(),
                  RequestOptions.create()
                      .setHeader("Content-Type", "application/x-www-form-urlencoded")
                      .setData(
                          sent.getFirst()
                              .postData()
                              .replaceFirst(
                                  "form_token=[^&]*", "form_token=" + formToken(server, context))));
      assertThat(again.status()).isEqualTo(401);
      assertThat(server.events.get(refused)).contains("refused passkey-challenge");

      // Present, and not unlocked: the page's own demand is taken away, and ours stays.
      unlocked(devtools, ids.getFirst(), false);
      page.route(
          "**/sign-in",
          route -> {
            var answer = route.fetch();
            route.fulfill(
                new Route.FulfillOptions()
                    .setResponse(answer)
                    .setBody(answer.text().replace("required&#34;", "discouraged&#34;")));
          });
      assertThat(signsIn(server, page)).isFalse();
      assertThat(server.events.getLast()).contains("refused passkey-verification");
      page.unroute("**/sign-in");
      unlocked(devtools, ids.getFirst(), true);
      assertThat(signsIn(server, page)).isTrue();

      // A copy whose counter is behind.
      JsonObject of = new JsonObject();
      of.addProperty("authenticatorId", ids.getFirst());
      JsonObject copy =
          devtools
              .send("WebAuthn.getCredentials", of)
              .getAsJsonArray("credentials")
              .get(0)
              .getAsJsonObject();
      copy.addProperty("signCount", 0);
      devtools.send("WebAuthn.clearCredentials", of);
      of.add("credential", copy);
      devtools.send("WebAuthn.addCredential", of);
      assertThat(signsIn(server, page)).isFalse();
      assertThat(server.events.getLast()).contains("refused passkey-counter");
    }
  }

  /** The issuer moved to another host: passkeys of before go on, there and nowhere else. */
  @Test
  void aPasskeyIsUsedAtARelatedOriginAndAtNoOther(@TempDir Path folder) throws Exception {
    SSLContext certificate = TlsFront.certificate(folder, List.copyOf(HOSTS.keySet()));
    String old = "login.old.example";
    List<URI> related = List.of(URI.create("https://login.new.example"));
    try (SignInServer before = at(folder, old, Optional.empty(), related);
        TlsFront _ = front(certificate, old, before);
        SignInServer after = at(folder, "login.new.example", Optional.of(old), List.of());
        TlsFront _ = front(certificate, "login.new.example", after);
        SignInServer evil = at(folder, "login.evil.example", Optional.of(old), List.of());
        TlsFront _ = front(certificate, "login.evil.example", evil);
        BrowserContext context =
            browser.newContext(new Browser.NewContextOptions().setIgnoreHTTPSErrors(true))) {
      Person alice = before.directory.add("acme", "alice", "Alice Example", Optional.empty());
      Page page = context.newPage();
      authenticator(page, new ArrayList<>());
      page.navigate(before.link(alice));
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      for (SignInServer next : List.of(after, evil)) {
        next.directory.add(alice);
        next.directory.addPasskey(before.directory.passkeys(alice.subject()).getFirst());
      }

      assertThat(signsIn(after, page)).isTrue();

      page.navigate(evil.issuer + "/sign-in");
      page.locator("#use-passkey").click();
      page.locator("#passkey-failed").waitFor();
      assertThat(page.url()).endsWith("/sign-in");
      assertThat(evil.events).isEmpty();
    }
  }

  private final Map<SignInServer, Integer> ports = new HashMap<>();

  private SignInServer at(Path folder, String host, Optional<String> passkeyHost, List<URI> related)
      throws IOException {
    int port = SignInServer.freePort();
    SignInServer server =
        SignInServer.start(
            Files.createDirectory(folder.resolve(host)),
            URI.create("https://" + host),
            port,
            passkeyHost,
            related);
    ports.put(server, port);
    return server;
  }

  private TlsFront front(SSLContext certificate, String host, SignInServer server)
      throws IOException {
    return new TlsFront(certificate, HOSTS.getOrDefault(host, 0), ports.getOrDefault(server, 0));
  }

  /** Chromium forgets a passkey that its person removed, and one that we do not know. */
  @Test
  void theBrowserHearsWhichPasskeysHold(@TempDir Path folder) throws Exception {
    try (SignInServer server = SignInServer.start(folder);
        BrowserContext context = browser.newContext()) {
      Person alice = server.directory.add("acme", "alice", "Alice Example", Optional.empty());
      server.directory.setPassword(
          alice.subject(), Optional.of(SignInServer.hash("a long password")));
      Page page = context.newPage();
      List<String> ids = new ArrayList<>();
      CDPSession devtools = authenticator(page, ids);
      page.navigate(server.link(alice));
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      assertThat(passkeys(devtools, ids.getFirst())).isEqualTo(1);
      page.locator("form[action$='/passkeys/remove'] button").click();
      page.locator("#done").waitFor();
      assertThat(server.directory.passkeys(alice.subject())).isEmpty();
      page.waitForCondition(() -> passkeys(devtools, ids.getFirst()) == 0);

      // One that went while the browser was not here.
      page.navigate(server.link(alice));
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      assertThat(passkeys(devtools, ids.getFirst())).isEqualTo(1);
      server.directory.removePasskey(
          alice.subject(), server.directory.passkeys(alice.subject()).getFirst().id());
      assertThat(signsIn(server, page)).isFalse();
      assertThat(server.events).anyMatch(event -> event.contains("refused passkey-unknown"));
      page.waitForCondition(() -> passkeys(devtools, ids.getFirst()) == 0);
    }
  }

  private static int passkeys(CDPSession devtools, String authenticator) {
    JsonObject of = new JsonObject();
    of.addProperty("authenticatorId", authenticator);
    return devtools.send("WebAuthn.getCredentials", of).getAsJsonArray("credentials").size();
  }

  @Test
  void aPasskeyOfAnotherOriginIsRefused(@TempDir Path folder, @TempDir Path others)
      throws Exception {
    try (SignInServer server = SignInServer.start(folder);
        SignInServer evil = SignInServer.start(others);
        BrowserContext context = browser.newContext()) {
      Person alice = server.directory.add("acme", "alice", "Alice Example", Optional.empty());
      Page page = context.newPage();
      authenticator(page, new ArrayList<>());
      page.navigate(server.link(alice));
      page.locator("#make-passkey").click();
      page.waitForURL("**/account**");
      page.locator("#sign-out").click();
      page.waitForLoadState();

      // The other origin has the same relying party's id, and hands our own challenge on.
      for (SignInServer at : List.of(evil, server)) {
        String form = context.request().get(server.issuer + "/sign-in").text();
        page.navigate(at.issuer + "/out");
        String credential =
            (String) page.evaluate(ASSERTION, between(form, "data-options=\"", "\""));
        var answer =
            context
                .request()
                .post(
                    server.issuer + "/sign-in/passkey",
                    RequestOptions.create()
                        .setMaxRedirects(0)
                        .setForm(
                            FormData.create()
                                .set("form_token", formTokenOf(form))
                                .set("to", "/account")
                                .set("credential", credential)));
        assertThat(answer.status()).as("from %s", at.issuer).isEqualTo(at == evil ? 401 : 303);
      }
    }
  }

  /** What our script does, for a page that is not ours. */
  private static final String ASSERTION =
      """
      async json => {
        const options = JSON.parse(json.replaceAll('&#34;', '"'));
        const bytes = text => Uint8Array.from(
            atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
        options.challenge = bytes(options.challenge);
        const made = await navigator.credentials.get({ publicKey: options });
        return JSON.stringify(made.toJSON());
      }
      """;

  private static boolean signsIn(SignInServer server, Page page) {
    page.context()
        .clearCookies(
            new BrowserContext.ClearCookiesOptions()
                .setName(new Cookies(server.issuer, new SecureRandom()).sessionName()));
    page.navigate(server.issuer + "/sign-in");
    page.waitForCondition(
        () -> page.url().endsWith("/account") || page.url().endsWith("/sign-in/passkey"));
    return page.url().endsWith("/account");
  }

  private static void unlocked(CDPSession devtools, String authenticator, boolean is) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("authenticatorId", authenticator);
    arguments.addProperty("isUserVerified", is);
    devtools.send("WebAuthn.setUserVerified", arguments);
  }

  private static String formToken(SignInServer server, BrowserContext context) {
    return formTokenOf(context.request().get(server.issuer + "/account").text());
  }

  private static String formTokenOf(String page) {
    return between(page, "name=\"form_token\" value=\"", "\"");
  }

  private static String between(String text, String before, String after) {
    int from = text.indexOf(before) + before.length();
    return text.substring(from, text.indexOf(after, from));
  }

  /** Axe, in both themes and narrow; and pictures. */
  private static void look(Page page, String name) throws Exception {
    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
      for (int width : List.of(1100, 320)) {
        page.setViewportSize(width, 800);
        if (PICTURES != null) {
          page.screenshot(
              new Page.ScreenshotOptions()
                  .setFullPage(true)
                  .setPath(Path.of(PICTURES, name + "-" + scheme + "-" + width + ".png")));
        }
        assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
            .as("%s is no wider than %d pixels", name, width)
            .isLessThanOrEqualTo(width);
      }
      // Without frames there is nothing that takes another page to gather.
      AxeBuilder axe = new AxeBuilder(page).setLegacyMode(true);
      if (scheme == ColorScheme.DARK) {
        axe.withRules(List.of("color-contrast"));
      }
      assertThat(axe.analyze().getViolations())
          .as("axe has no finding on %s in %s", name, scheme)
          .extracting(Rule::getId, Rule::getNodes)
          .isEmpty();
    }
    page.setViewportSize(1100, 800);
  }
}
