package dev.counterfoil.drills.people;

import dev.counterfoil.drills.run.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person's Chromium without a window, with a security key that Chromium plays itself. Driven by
 * the Chrome DevTools Protocol, 1.3.
 */
public final class Browser implements AutoCloseable {
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/google-chrome"));
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();

  private Browser(Process process, Path profile) throws IOException, InterruptedException {
    this.process = process;
    Path active = profile.resolve("DevToolsActivePort");
    Await.require(
        "Chromium", () -> Files.exists(active) && Files.readString(active).contains("\n"));
    String port = Files.readAllLines(active).getFirst();
    JsonNode page =
        JSON.readTree(
            http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new"))
                        .PUT(HttpRequest.BodyPublishers.noBody())
                        .build(),
                    HttpResponse.BodyHandlers.ofString())
                .body());
    this.socket =
        http.newWebSocketBuilder()
            .buildAsync(
                URI.create(page.get("webSocketDebuggerUrl").asString()), new Messages(asked))
            .join();
  }

  /** Where Chromium is on this machine. */
  public static Optional<Path> installed() {
    return PLACES.stream().filter(Files::isExecutable).findFirst();
  }

  /**
   * Starts one.
   *
   * @param profile an empty folder of its own: another person's browser
   */
  public static Browser start(Path chromium, Path profile)
      throws IOException, InterruptedException {
    Files.createDirectories(profile);
    List<String> command =
        new ArrayList<>(
            List.of(
                chromium.toString(),
                "--headless=new",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "--no-first-run",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update"));
    if (System.getProperty("user.name").equals("root")) {
      // Chromium's sandbox does not start as root.
      command.add("--no-sandbox");
    }
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("printed").toFile())
            .start();
    try {
      return new Browser(process, profile);
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Plugs a security key in that knows its person, as a telephone's does. */
  public void plugIn() throws IOException, InterruptedException {
    call("WebAuthn.enable", Map.of());
    call(
        "WebAuthn.addVirtualAuthenticator",
        Map.of(
            "options",
            Map.of(
                "protocol",
                "ctap2",
                "transport",
                "internal",
                "hasResidentKey",
                true,
                "hasUserVerification",
                true,
                "isUserVerified",
                true,
                "automaticPresenceSimulation",
                true)));
  }

  /** Opens an address, and waits until its page is there. */
  public void open(URI address) throws IOException, InterruptedException {
    // The page before is complete, too, and may be of the same address: it is marked.
    Await.require("a page to leave", () -> truth("window.isBefore = true"));
    JsonNode went = call("Page.navigate", Map.of("url", address.toString()));
    if (went.has("errorText")) {
      throw new IOException(address.getPath() + ": " + went.get("errorText").asString());
    }
    Await.require(
        "the page " + address.getPath(),
        () -> truth("document.readyState === 'complete' && !window.isBefore"));
  }

  /** The address of the page that is shown. */
  public URI address() throws IOException, InterruptedException {
    return URI.create(evaluate("location.href").asString());
  }

  /** The page's text, as a person reads it. */
  public String text() throws IOException, InterruptedException {
    return evaluate("document.body ? document.body.innerText : ''").asString();
  }

  /** Whether an element is there. */
  public boolean has(String selector) throws IOException, InterruptedException {
    return truth("!!document.querySelector(" + quoted(selector) + ")");
  }

  /** Clicks what may be there, and may go away at any moment. */
  public void clickIfShown(String selector) throws IOException, InterruptedException {
    truth(
        "(at => at?.offsetParent ? (at.click(), true) : false)(document.querySelector(%s))"
            .formatted(quoted(selector)));
  }

  private void awaitElement(String selector) throws IOException, InterruptedException {
    Await.require("%s on %s".formatted(selector, address().getPath()), () -> has(selector));
  }

  /** Clicks an element as soon as it is there. */
  public void click(String selector) throws IOException, InterruptedException {
    awaitElement(selector);
    evaluate("document.querySelector(" + quoted(selector) + ").click(); true");
  }

  /** All cookies, also those that no script sees: what malware on the machine takes. */
  public JsonNode cookies() throws IOException, InterruptedException {
    return call("Network.getCookies", Map.of()).get("cookies");
  }

  /** As after the browser was closed and its data deleted. */
  public void forgetCookies() throws IOException, InterruptedException {
    call("Network.clearBrowserCookies", Map.of());
  }

  /** A cookie's value; empty where there is none. */
  public String cookie(String name) throws IOException, InterruptedException {
    for (JsonNode cookie : cookies()) {
      if (cookie.path("name").asString().equals(name)) {
        return cookie.path("value").asString();
      }
    }
    return "";
  }

  /** Has the cookies of another browser. */
  public void takeCookies(JsonNode cookies) throws IOException, InterruptedException {
    call("Network.setCookies", Map.of("cookies", cookies));
  }

  private boolean truth(String expression) throws IOException, InterruptedException {
    try {
      return evaluate(expression).asBoolean();
    } catch (IOException e) {
      // A page that goes away while it is asked.
      return false;
    }
  }

  /** What an expression of JavaScript is on the page; a promise is awaited. */
  public JsonNode evaluate(String expression) throws IOException, InterruptedException {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of(
                "expression",
                expression,
                "awaitPromise",
                true,
                "returnByValue",
                true,
                // As after a person's click.
                "userGesture",
                true));
    if (answer.has("exceptionDetails")) {
      throw new IOException("the page failed: " + answer.get("exceptionDetails"));
    }
    return answer.get("result").path("value");
  }

  private static String quoted(String text) {
    return JSON.writeValueAsString(text);
  }

  private JsonNode call(String method, Map<String, Object> parameters)
      throws IOException, InterruptedException {
    int number = numbers.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(number, answer);
    try {
      socket
          .sendText(
              JSON.writeValueAsString(Map.of("id", number, "method", method, "params", parameters)),
              true)
          .get(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      JsonNode said = answer.get(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (said.has("error")) {
        throw new IOException(method + ": " + said.get("error"));
      }
      return said.get("result");
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("Chromium does not answer to " + method, e);
    } finally {
      asked.remove(number);
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.close();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** What Chromium says: answers, by their number. */
  private static final class Messages implements WebSocket.Listener {
    private final Map<Integer, CompletableFuture<JsonNode>> asked;
    private final StringBuilder message = new StringBuilder();

    Messages(Map<Integer, CompletableFuture<JsonNode>> asked) {
      this.asked = asked;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        JsonNode said = JSON.readTree(message.toString());
        message.setLength(0);
        @Nullable CompletableFuture<JsonNode> answer = asked.get(said.path("id").asInt(0));
        if (answer != null) {
          answer.complete(said);
        }
      }
      from.request(1);
      return null;
    }
  }
}
