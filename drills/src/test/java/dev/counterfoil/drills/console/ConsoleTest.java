package dev.counterfoil.drills.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FormData;
import com.microsoft.playwright.options.RequestOptions;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The console of a whole installation in Debian's Chromium, for each role: what it sees of tokens
 * that a thief signed with the signer's key, and what it may not.
 */
@Tag("turn-1")
@EnabledIf("hasChromium")
@Timeout(600)
class ConsoleTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final String PASSWORD = "four words in a row";
  private static final int PAGE_BYTES_MAX = 60_000;
  private static final int ANSWER_MAX = 1 << 22;

  /** Where pictures of the pages go, for people who look at them; nowhere unless it is said. */
  private static final @Nullable String PICTURES = System.getProperty("counterfoil.pictures");

  @SuppressWarnings("NullAway.Init") // set before all
  private static ConsoleStage stage;

  @SuppressWarnings("NullAway.Init")
  private static Playwright playwright;

  @SuppressWarnings("NullAway.Init")
  private static Browser browser;

  @SuppressWarnings("NullAway.Init")
  private static String ofAcme;

  static boolean hasChromium() {
    return Files.isExecutable(CHROMIUM);
  }

  @BeforeAll
  static void start() throws Exception {
    stage = new ConsoleStage();
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions().setExecutablePath(CHROMIUM).setHeadless(true));
    ofAcme = stage.forge("acme", "ann@acme.example", 1_000_001);
    stage.show(ofAcme, false);
    stage.show(stage.forge("acme", "bert@acme.example", 1_000_002), true);
    stage.show(stage.forge("globex", "gina@globex.example", 1_000_003), true);
    Await.require("three findings", () -> stage.desk().findings().size() >= 3);
  }

  @AfterAll
  static void stop() throws Exception {
    playwright.close();
    stage.close();
  }

  private static String at(String path) {
    return stage.console() + path;
  }

  /** A browser in which a person is signed in at the console, or was sent away. */
  private static Page signedIn(BrowserContext context, String tenant, String link) {
    Page page = context.newPage();
    page.navigate(link);
    page.locator("summary").all().forEach(summary -> summary.click());
    page.locator("input[type=password]").first().fill(PASSWORD);
    page.locator("input[type=password]").first().press("Enter");
    page.waitForURL("**/account**");
    page.navigate(at("/"));
    picture(page, "door");
    page.locator("#tenant").fill(tenant);
    page.locator("#sign-in").click();
    page.locator("#accept").click();
    page.waitForURL(url -> url.startsWith(stage.console().toString()));
    page.waitForLoadState();
    return page;
  }

  private static BrowserContext visitor(List<String> refusedByPolicy) {
    BrowserContext context = browser.newContext();
    context.setDefaultTimeout(60_000);
    context.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")) {
            refusedByPolicy.add(message.text());
          }
        });
    return context;
  }

  private static JsonObject json(BrowserContext context, String path) throws Exception {
    APIResponse answer = context.request().get(at(path));
    assertThat(answer.status()).as(path).isEqualTo(200);
    assertThat(answer.headers().get("content-type")).as(path).isEqualTo("application/json");
    return StrictJson.object(answer.body(), ANSWER_MAX);
  }

  /** Small enough, no finding of axe in either theme, and nothing wider than a narrow screen. */
  private static void look(Page page, String path, String name) {
    Response answer = page.navigate(at(path));
    assertThat(answer.status()).as(path).isEqualTo(200);
    assertThat(answer.body().length).as(path).isLessThanOrEqualTo(PAGE_BYTES_MAX);
    for (int width : List.of(320, 1200)) {
      page.setViewportSize(width, 900);
      assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
          .as("%s at %d pixels", path, width)
          .isLessThanOrEqualTo(width);
      for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        assertThat(new AxeBuilder(page).analyze().getViolations())
            .as("axe on %s at %d pixels, %s", path, width, scheme)
            .extracting(Rule::getId, Rule::getNodes)
            .isEmpty();
        picture(page, name + "." + width + "." + scheme);
      }
    }
  }

  private static void picture(Page page, String name) {
    if (PICTURES != null) {
      page.screenshot(
          new Page.ScreenshotOptions().setPath(Path.of(PICTURES, name + ".png")).setFullPage(true));
    }
  }

  @Test
  void anOperatorSeesAllAndTakesAnIncidentOn() throws Exception {
    List<String> refusedByPolicy = new ArrayList<>();
    String link = stage.invite("counterfoil", "olive", true);
    try (BrowserContext context = visitor(refusedByPolicy)) {
      Page page = signedIn(context, "counterfoil", link);
      assertThat(page.locator("#who").textContent()).isEqualTo("olive");
      assertThat(page.locator("#role").textContent()).isEqualTo("operator");
      look(page, "/", "console-overview");
      look(page, "/findings", "console-findings");
      look(page, "/findings/1", "console-finding");
      look(page, "/incidents", "console-incidents");
      look(page, "/incidents/1", "console-incident");
      look(page, "/containment", "console-containment");
      look(page, "/keys", "console-keys");
      assertThat(page.locator("#keys tbody tr").count()).isPositive();
      JsonObject keys = json(context, "/keys.json");
      assertThat(keys.objects("keys"))
          .as("the key with which tokens were forged")
          .anyMatch(key -> key.get("kid").equals(stage.kid()) && !key.get("forged").equals(0L));
      assertThat(keys.objects("logs")).isNotEmpty();
      look(page, "/look-up", "console-look-up");

      page.navigate(at("/incidents/1"));
      assertThat(page.locator("#timeline tbody tr").count()).isEqualTo(3);
      assertThat(page.locator("#tokens").textContent())
          .contains("ann@acme.example", "bert@acme.example", "gina@globex.example");
      assertThat(page.locator("#timeline .time").first().textContent())
          .matches("\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}\\.\\d{3}");
      assertThat(page.locator("#not-known li").count()).isPositive();
      JsonObject incident = json(context, "/incidents/1.json");
      assertThat(incident.objects("tokens")).hasSize(3);

      page.locator("#own button").click();
      page.locator("#done").waitFor();
      page.locator("#note-text").fill("The signer is replaced.");
      page.locator("#note button").click();
      page.locator("#notes").waitFor();
      assertThat(page.locator("#notes").textContent()).contains("The signer is replaced.", "olive");
      page.locator("#close button").click();
      page.locator("#reopen").waitFor();
      // Said with the subject of the person's token, beside the name.
      assertThat(json(context, "/incidents/1.json").objects("notes"))
          .hasSize(3)
          .allSatisfy(note -> assertThat(note.string("author")).matches("olive \\(.{10,}\\)"));
      page.locator("#reopen-text").fill("More came.");
      page.locator("#reopen button").click();
      page.locator("#close").waitFor();

      // Nothing typed counts as a note: the incident is shown with what is wrong.
      page.locator("#note button").click();
      assertThat(page.locator("#problem").count()).isEqualTo(1);

      containmentFills(page);
      aTokenGoesNoFurther(page);
      byKeyboardAlone(page);
      page.navigate(at("/"));
      page.locator("#sign-out").click();
      page.waitForLoadState();
      assertThat(page.navigate(at("/incidents/1")).status()).isEqualTo(401);
      assertThat(refusedByPolicy).isEmpty();
    }
  }

  /** The page reloads itself while a verifier still takes the key, unless it is told to stop. */
  private static void containmentFills(Page page) {
    Response live = page.navigate(at("/containment?kid=" + stage.kid()));
    assertThat(live.headers()).containsEntry("refresh", "2");
    assertThat(page.locator("#verifiers").textContent()).contains("Not yet");
    assertThat(page.navigate(at("/containment?still&kid=" + stage.kid())).headers())
        .doesNotContainKey("refresh");
  }

  private static void aTokenGoesNoFurther(Page page) throws IOException {
    page.navigate(at("/look-up"));
    page.locator("#look-about").fill(ofAcme);
    page.locator("#look button").click();
    page.locator("#trace").waitFor();
    assertThat(page.locator("#trace").textContent()).contains("forged-token");
    String signature = ofAcme.substring(ofAcme.lastIndexOf('.') + 1);
    assertThat(page.url()).contains("digest=").doesNotContain(signature);
    assertThat(page.content()).doesNotContain(signature);
    assertThat(stage.logs()).doesNotContain(signature);
    picture(page, "console-trace.1200.LIGHT");
    page.navigate(at("/look-up?about=" + stage.kid()));
    assertThat(page.locator("#trace").textContent()).contains("forged-token");
    page.navigate(at("/look-up"));
    page.locator("#look-about").fill(ofAcme.replace('.', '!'));
    page.locator("#look button").click();
    assertThat(page.locator("#look-about").getAttribute("aria-invalid")).isEqualTo("true");
  }

  private static void byKeyboardAlone(Page page) {
    page.navigate(at("/incidents"));
    page.keyboard().press("Tab");
    assertThat(page.evaluate("document.activeElement.className")).isEqualTo("skip");
    for (int i = 0; i < 60; i++) {
      page.keyboard().press("Tab");
      Object seen =
          page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'");
      assertThat(seen).as("the focus is seen").isEqualTo(true);
      if (Boolean.TRUE.equals(
          page.evaluate("document.activeElement.matches('#incidents a[href=\"/incidents/1\"]')"))) {
        page.keyboard().press("Enter");
        page.waitForURL("**/incidents/1");
        return;
      }
    }
    throw new AssertionError("the keyboard did not reach the incident");
  }

  @Test
  void aTenantsPeopleSeeTheirOwn() throws Exception {
    String link = stage.invite("acme", "alice", true);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "acme", link);
      assertThat(page.locator("#role").textContent()).isEqualTo("of acme");
      look(page, "/incidents/1", "console-incident-tenant");
      assertThat(page.locator("#tokens").textContent())
          .contains("ann@acme.example", "bert@acme.example")
          .doesNotContain("globex");
      assertThat(page.locator("form").count()).as("only the one that signs out").isEqualTo(1);
      for (String path : List.of("/overview", "/findings", "/incidents", "/incidents/1")) {
        String all = json(context, path + ".json").toString();
        assertThat(all).as(path).doesNotContain("globex");
      }
      assertThat(json(context, "/incidents.json").objects("incidents"))
          .extracting(incident -> incident.number("findings"))
          .containsExactly(2L);
      // The others' finding is not there for them, whatever they ask.
      List<Integer> found = new ArrayList<>();
      for (int id = 1; id <= 3; id++) {
        found.add(context.request().get(at("/findings/" + id + ".json")).status());
      }
      assertThat(found).containsOnly(200, 404).containsOnlyOnce(404);
      assertThat(page.navigate(at("/containment")).status()).isEqualTo(403);
      assertThat(page.navigate(at("/keys")).status()).isEqualTo(403);
      String token = page.navigate(at("/")).ok() ? formToken(page) : "";
      assertThat(post(context, "/incidents/1", token, "note").status()).isEqualTo(403);
      assertThat(json(context, "/incidents/1.json").has("notes")).isFalse();
    }
  }

  @Test
  void aTenantReadsItsNoticesAcknowledgesOneAndAsks() throws Exception {
    List<String> codes = stage.tell();
    assertThat(codes).as("acme and globex").hasSize(2);
    String link = stage.invite("acme", "nora", true);
    String own;
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "acme", link);
      look(page, "/notices", "console-notices");
      assertThat(page.locator("#notices tbody tr").count()).isEqualTo(1);
      own = page.locator("#notices a").first().textContent().strip();
      assertThat(codes).contains(own);
      look(page, "/notices/" + own, "console-notice");
      assertThat(page.locator("#accounts").textContent())
          .contains("bert@acme.example")
          .as("what a refused token names is the thief's word")
          .doesNotContain("ann@acme.example", "globex");
      page.locator("#acknowledge button").click();
      page.locator("#done").waitFor();
      assertThat(page.locator("#acknowledge").count()).isZero();
      page.locator("#question-text").fill("Which mails were read?");
      page.locator("#question button").click();
      page.locator("#done").waitFor();
      assertThat(page.locator("#questions").textContent())
          .contains("Which mails were read?", "nora");
      String others = codes.stream().filter(code -> !code.equals(own)).findFirst().orElseThrow();
      assertThat(page.navigate(at("/notices/" + others)).status()).isEqualTo(404);
      assertThat(page.navigate(at("/desk/1")).status()).isEqualTo(403);
      String token = page.navigate(at("/")).ok() ? formToken(page) : "";
      assertThat(post(context, "/notices/" + others, token, "read").status()).isEqualTo(404);
      assertThat(post(context, "/notices/" + own, token, "read").status()).isLessThan(400);
    }
    String operators = stage.invite("counterfoil", "otto", true);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "counterfoil", operators);
      assertThat(page.navigate(at("/notices")).status()).isEqualTo(403);
      assertThat(page.navigate(at("/notices/" + own)).status()).isEqualTo(403);
      look(page, "/desk", "console-desk");
      look(page, "/desk/1?document=notice/acme", "console-desk-incident");
      assertThat(page.locator("#claims tbody tr").count()).isEqualTo(2);
      assertThat(page.locator("#document").textContent())
          .contains("bert@acme.example")
          .doesNotContain("globex");
      page.locator("#approve button").click();
      page.locator("#done").waitFor();
      assertThat(json(context, "/desk/1.json").strings("approved_by")).hasSize(1);
      assertThat(page.navigate(at("/desk/9")).status()).isEqualTo(404);
    }
  }

  /** The one who adds it does not approve it, and a tenant's people do neither. */
  @Test
  void whatShowsAThiefIsSuppressedByTwoPersons() throws Exception {
    String first = stage.invite("counterfoil", "opal", true);
    String second = stage.invite("counterfoil", "orla", true);
    String tenants = stage.invite("acme", "anton", true);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "counterfoil", first);
      page.navigate(at("/findings/1"));
      // Of nobody, so that what the others look at stays told.
      page.evaluate("document.querySelector('#suppress-about option').value = 'nobody'");
      page.locator("#suppress button").click();
      assertThat(page.locator("#problem").textContent()).contains("a reason");
      page.evaluate("document.querySelector('#suppress-about option').value = 'nobody'");
      page.locator("#suppress-reason").fill("A rehearsal.");
      assertThat(page.locator("#suppress-owner").inputValue()).isEqualTo("opal");
      page.locator("#suppress button").click();
      page.locator("#done").waitFor();
      assertThat(page.locator("#done").textContent()).contains("another person");
      page.locator("#suppression-approve button").click();
      assertThat(page.locator("#problem").textContent()).contains("another person approves it");
      assertThat(suppressions(context)).containsExactly("nobody waiting");
      look(page, "/findings/1", "console-suppressing");
    }
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "acme", tenants);
      String token = formToken(page);
      for (int id = 1; id <= 3; id++) {
        assertThat(post(context, "/findings/" + id, token, "approve").status()).isEqualTo(403);
        assertThat(context.request().get(at("/findings/" + id + ".json")).text())
            .doesNotContain("suppressions");
      }
    }
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "counterfoil", second);
      page.navigate(at("/findings/1"));
      page.locator("#suppression-approve button").click();
      page.locator("#done").waitFor();
      assertThat(suppressions(context)).containsExactly("nobody in-force");
      page.locator("#suppression-end button").click();
      page.locator("#done").waitFor();
      assertThat(suppressions(context)).isEmpty();
    }
  }

  private static List<String> suppressions(BrowserContext context) throws Exception {
    List<String> all = new ArrayList<>();
    for (JsonObject one : json(context, "/findings/1.json").objects("suppressions")) {
      all.add(one.string("about") + " " + one.string("state"));
    }
    return all;
  }

  private static String formToken(Page page) {
    return page.locator("header input[name=form_token]").getAttribute("value");
  }

  private static APIResponse post(BrowserContext context, String path, String token, String what) {
    return context
        .request()
        .post(
            at(path),
            RequestOptions.create()
                .setForm(
                    FormData.create()
                        .set("form_token", token)
                        .set("do", what)
                        .set("text", "forged note"))
                .setMaxRedirects(0));
  }

  @Test
  void whoIsNotInTheGroupSeesNothing() throws Exception {
    String link = stage.invite("acme", "bob", false);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "acme", link);
      assertThat(page.locator("#error").textContent()).contains("you may not see the console");
      assertThat(page.navigate(at("/findings")).status()).isEqualTo(401);
    }
  }

  @Test
  void aPersonOfAnotherTenantDoesNotGetInByTheWrongDoor() throws Exception {
    String link = stage.invite("globex", "greta", true);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = context.newPage();
      page.navigate(link);
      page.locator("summary").all().forEach(summary -> summary.click());
      page.locator("input[type=password]").first().fill(PASSWORD);
      page.locator("input[type=password]").first().press("Enter");
      page.waitForURL("**/account**");
      page.navigate(at("/"));
      page.locator("#tenant").fill("nobody");
      page.locator("#sign-in").click();
      assertThat(page.locator("#tenant").getAttribute("aria-invalid")).isEqualTo("true");
      assertThat(page.locator("#tenant").inputValue()).isEqualTo("nobody");
      page.locator("#tenant").fill("counterfoil");
      page.locator("#sign-in").click();
      page.waitForURL(url -> url.startsWith(stage.console().toString()));
      assertThat(page.locator("#error").count()).isEqualTo(1);
      assertThat(page.navigate(at("/findings")).status()).isEqualTo(401);
    }
  }

  @Test
  void nobodyIsShownTheDoorAndAForeignFormIsRefused() throws Exception {
    try (BrowserContext context = visitor(new ArrayList<>())) {
      assertThat(context.request().get(at("/")).status()).isEqualTo(200);
      assertThat(context.request().get(at("/incidents/1")).status()).isEqualTo(401);
      assertThat(context.request().get(at("/incidents/1.json")).status()).isEqualTo(401);
      assertThat(context.request().get(at("/signed-in?code=x&state=y")).status()).isEqualTo(400);
      assertThat(post(context, "/incidents/1", "x", "note").status()).isEqualTo(401);
    }
    String link = stage.invite("counterfoil", "oscar", true);
    try (BrowserContext context = visitor(new ArrayList<>())) {
      Page page = signedIn(context, "counterfoil", link);
      assertThat(post(context, "/incidents/1", "x".repeat(43), "note").status()).isEqualTo(403);
      assertThat(post(context, "/incidents/1", formToken(page), "note").status())
          .as("the control")
          .isEqualTo(303);
    }
  }
}
