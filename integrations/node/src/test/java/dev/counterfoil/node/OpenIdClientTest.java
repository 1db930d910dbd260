package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.FreePorts;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The web application of docs/integrate/sign-in.md, which is openid-client's, at a distribution
 * that {@code counterfoil up} runs, with a browser that has no script.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class OpenIdClientTest {
  private static final Pattern FORM =
      Pattern.compile("(?s)<form[^>]*action=\"([^\"]*)\"(.*?)</form>");
  private static final Pattern ONWARD =
      Pattern.compile("<meta http-equiv=\"refresh\" content=\"0;url=([^\"]*)\">");
  private static final Pattern HIDDEN =
      Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"");
  private static final String PASSWORD = "a long password of a test";
  private static final Path COMMAND =
      Languages.ROOT.resolve("cli/target/counterfoil/bin/counterfoil");

  private final List<Process> processes = new ArrayList<>();
  private Path folder;
  private String issuer;
  private String app;
  private String api;
  private String link;

  @BeforeAll
  void start(@TempDir Path said) throws Exception {
    Languages.installNode(said.resolve("npm.txt"));
    List<Integer> ports = FreePorts.find(4);
    issuer = "http://localhost:" + ports.get(0);
    app = "http://127.0.0.1:" + ports.get(1);
    // Short, since the sockets lie below it and a socket's path has at most 107 bytes.
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    Path configuration = folder.resolve("counterfoil.yaml");
    Files.writeString(
        configuration,
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "%s"
            listen: "127.0.0.1:%d"
            tenants: [acme]
            audiences: ["*"]
            spare-signers: 0
            purposes:
              - name: access
                audiences: [notes-api]
              - name: id
                token-types: [JWT]
                algorithms: [RS256, ES256]
        """
            .formatted(ports.get(2), issuer, ports.get(0)));
    Process up =
        begin(List.of(COMMAND.toString(), "up", "--json", "--config", configuration.toString()));
    assertThat(line(up)).startsWith("{");
    run(
        "client",
        "add",
        "shop",
        "--tenant",
        "acme",
        "--audience",
        "notes-api",
        "--scope",
        "notes",
        "--redirect-uri",
        app + "/callback",
        "--post-logout-redirect-uri",
        app + "/");
    run("person", "add", "alice", "--tenant", "acme", "--name", "Alice Example");
    link = JSON.readTree(run("person", "invite", "alice", "--json")).get("link").asString();
    Path secret = folder.resolve("counterfoil-data/domains/main/clients/shop.secret");
    assertThat(secret).exists();
    api = "http://127.0.0.1:" + ports.get(3);
    Process notes =
        begin(
            List.of(
                "node",
                Languages.folder("node").resolve("programs/notes-api.js").toString(),
                folder.resolve("counterfoil-data/domains/main/policy.txt").toString(),
                Integer.toString(ports.get(3))));
    assertThat(line(notes)).isEqualTo("listening " + api);
    Process web =
        begin(
            List.of(
                "node",
                Languages.folder("node").resolve("programs/web-application.js").toString(),
                issuer,
                "shop",
                secret.toString(),
                Integer.toString(ports.get(1)),
                api + "/notes"));
    assertThat(line(web)).isEqualTo("listening " + app);
  }

  private static final JsonMapper JSON = new JsonMapper();

  private Process begin(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process =
        builder.redirectError(folder.resolve(processes.size() + ".err").toFile()).start();
    processes.add(process);
    return process;
  }

  private String line(Process process) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line)
        .as(() -> read(folder.resolve(processes.indexOf(process) + ".err")))
        .isNotNull();
    return line;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(COMMAND.toString()));
    command.addAll(List.of(arguments));
    Process process = begin(command);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as(() -> String.join(" ", command) + read(folder.resolve(processes.size() - 1 + ".err")))
        .isZero();
    return out;
  }

  @AfterAll
  void stop() throws Exception {
    for (Process process : processes.reversed()) {
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A browser without script. */
  private static final class Browser {
    private final HttpClient http =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();

    HttpResponse<String> open(String url) throws Exception {
      return http.send(
          HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
          HttpResponse.BodyHandlers.ofString());
    }

    /** Sends the first form that is not a passkey's. */
    HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> more)
        throws Exception {
      Matcher form = FORM.matcher(page.body());
      while (form.find()) {
        Map<String, String> fields = new LinkedHashMap<>();
        Matcher hidden = HIDDEN.matcher(form.group(2));
        while (hidden.find()) {
          fields.put(unescaped(hidden.group(1)), unescaped(hidden.group(2)));
        }
        if (fields.containsKey("credential")) {
          continue;
        }
        fields.putAll(more);
        String body =
            fields.entrySet().stream()
                .map(one -> encode(one.getKey()) + "=" + encode(one.getValue()))
                .collect(Collectors.joining("&"));
        HttpResponse<String> answer =
            http.send(
                HttpRequest.newBuilder(page.uri().resolve(unescaped(form.group(1))))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .timeout(Duration.ofSeconds(20))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        Matcher onward = ONWARD.matcher(answer.body());
        return onward.find() ? open(unescaped(onward.group(1))) : answer;
      }
      throw new AssertionError("no form: " + page.body());
    }

    private static String encode(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String unescaped(String text) {
      return text.replace("&lt;", "<")
          .replace("&gt;", ">")
          .replace("&#34;", "\"")
          .replace("&#39;", "'")
          .replace("&amp;", "&");
    }
  }

  @Test
  void aPersonSignsInRefreshesAndSignsOut() throws Exception {
    Browser browser = new Browser();
    HttpResponse<String> enrol = browser.open(link);
    assertThat(browser.submit(enrol, Map.of("password", PASSWORD)).statusCode()).isEqualTo(200);

    // Signed in by enrolling, so that the one page is the question.
    HttpResponse<String> question = browser.open(app + "/login");
    assertThat(question.body()).contains("id=\"accept\"");
    JsonNode home = JSON.readTree(browser.submit(question, Map.of("answer", "accept")).body());
    JsonNode claims = home.get("claims");
    assertThat(claims.get("iss").asString()).isEqualTo(issuer);
    assertThat(claims.get("aud").asString()).isEqualTo("shop");
    assertThat(home.get("userinfo").get("preferred_username").asString()).isEqualTo("alice");
    String accessToken = home.get("accessToken").asString();
    assertThat(verdict(accessToken)).contains("\"verified\":true");
    String idToken = claims.get("jti").asString();
    assertThat(idToken).startsWith("s1g1.");

    // Asked before, so that nothing is asked again.
    assertThat(browser.open(app + "/login?prompt=none").body()).contains("\"claims\"");
    String refreshed =
        JSON.readTree(browser.open(app + "/refresh").body()).get("accessToken").asString();
    assertThat(verdict(refreshed)).contains("\"verified\":true");

    assertThat(browser.open(app + "/notes").body()).contains("Buy stamps");
    assertThat(status(api + "/notes", refreshed)).isEqualTo(200);

    HttpResponse<String> after = browser.open(app + "/logout");
    assertThat(after.body()).contains("Nobody is signed in");
    long before = System.nanoTime();
    refusedWithin(Duration.ofSeconds(2), before, issuer + "/userinfo", refreshed);
    // The verifier for Node looks at the key log when a token comes and two seconds have passed.
    refusedWithin(Duration.ofSeconds(4), before, api + "/notes", refreshed);
    assertThat(browser.open(app + "/login?prompt=none").body()).contains("login_required");
  }

  /** The program of docs/integrate/sign-in.md for a person's machine, which is oauth4webapi's. */
  @Test
  void aProgramOnTheirMachineHoldsWhatOnlyItsKeyOpens() throws Exception {
    run(
        "client",
        "add",
        "jotter",
        "--tenant",
        "acme",
        "--public",
        "--audience",
        "notes-api",
        "--scope",
        "notes",
        "--redirect-uri",
        "http://127.0.0.1/callback");
    Browser browser = new Browser();
    HttpResponse<String> enrol =
        browser.open(
            JSON.readTree(run("person", "invite", "bob", "--tenant", "acme", "--json"))
                .get("link")
                .asString());
    browser.submit(enrol, Map.of("password", PASSWORD));
    Process program =
        begin(
            List.of(
                "node",
                Languages.folder("node").resolve("programs/native-application.js").toString(),
                issuer,
                "jotter",
                api + "/notes"));
    String address = line(program).substring("open ".length());
    HttpResponse<String> end = browser.submit(browser.open(address), Map.of("answer", "accept"));
    assertThat(end.body()).contains("Signed in");
    JsonNode held = JSON.readTree(line(program));
    assertThat(held.get("tokenType").asString()).isEqualToIgnoringCase("dpop");
    assertThat(held.at("/person/preferred_username").asString()).isEqualTo("bob");
    assertThat(line(program)).contains("Buy stamps");

    // Who stole both has neither.
    assertThat(status(api + "/notes", held.get("accessToken").asString())).isEqualTo(401);
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> refused =
          http.send(
              HttpRequest.newBuilder(URI.create(issuer + "/token"))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "grant_type=refresh_token&client_id=jotter&refresh_token="
                              + held.get("refreshToken").asString()))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(refused.body()).contains("\"invalid_grant\"", "another key");
    }
  }

  private static void refusedWithin(Duration most, long since, String url, String token)
      throws Exception {
    while (status(url, token) == 200) {
      assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(most);
    }
    assertThat(status(url, token)).isEqualTo(401);
  }

  private static int status(String url, String token) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create(url))
                  .header("Authorization", "Bearer " + token)
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .statusCode();
    }
  }

  private String verdict(String token) throws Exception {
    Path file = Files.writeString(folder.resolve("token"), token);
    return run("verify", "--json", "--audience", "notes-api", file.toString());
  }
}
