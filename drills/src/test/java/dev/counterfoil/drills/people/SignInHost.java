package dev.counterfoil.drills.people;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The built distribution with one trust domain in which people sign in, used by its command, and
 * other people's programs beside it. Everything ends with it.
 */
public final class SignInHost implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path ROOT =
      Path.of(System.getProperty("counterfoil.root", "..")).toAbsolutePath().normalize();
  private static final long ENDS_WITHIN_SECONDS = 60;
  private static final String TENANT = "acme";

  private final Path folder;
  private final URI issuer;
  private final List<AutoCloseable> open = new ArrayList<>();
  private int programs;

  private SignInHost(Path folder, URI issuer) {
    this.folder = folder;
    this.issuer = issuer;
  }

  /**
   * Starts one.
   *
   * @param audiences of access tokens
   */
  public static SignInHost start(String... audiences) throws Exception {
    // Short, since sockets lie below it, and passable for the users that servers run as.
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    List<Integer> ports = FreePorts.find(2);
    URI issuer = URI.create("http://localhost:" + ports.get(0));
    SignInHost host = new SignInHost(folder, issuer);
    try {
      Path configuration = folder.resolve("counterfoil.yaml");
      Files.writeString(
          configuration,
          """
          monitor-listen: "127.0.0.1:%d"
          domains:
            - name: main
              issuer: "%s"
              listen: "127.0.0.1:%d"
              tenants: [%s, counterfoil]
              audiences: ["*"]
              spare-signers: 0
              purposes:
                - name: access
                  audiences: [%s]
                - name: id
                  token-types: [JWT]
                  algorithms: [RS256, ES256]
          """
              .formatted(ports.get(1), issuer, ports.get(0), TENANT, String.join(", ", audiences)));
      Process up =
          host.begin(command("up", "--json", "--config", configuration.toString()), Map.of());
      host.awaitLine(up, "{");
      return host;
    } catch (Exception | AssertionError e) {
      host.close();
      throw e;
    }
  }

  private static List<String> command(String... arguments) {
    String home =
        System.getProperty("counterfoil.home", ROOT.resolve("cli/target/counterfoil").toString());
    List<String> command = new ArrayList<>(List.of(home + "/bin/counterfoil"));
    command.addAll(List.of(arguments));
    return command;
  }

  public URI issuer() {
    return issuer;
  }

  /** A place for files of the programs beside it. */
  public Path folder() {
    return folder;
  }

  /** What the domain's services start from. */
  public Path policy() {
    return domain().resolve("policy.txt");
  }

  private Path domain() {
    return folder.resolve("counterfoil-data/domains/main");
  }

  /** Closed before the domain ends, the last one first. */
  public <T extends AutoCloseable> T later(T one) {
    open.add(one);
    return one;
  }

  /** Runs the product's command, and gives what it prints. */
  public String run(String... arguments) throws Exception {
    Process process = begin(command(arguments), Map.of());
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> String.join(" ", arguments) + said()).isZero();
    return out;
  }

  /** Registers a client, and gives its secret's file. */
  public Path client(String name, String... terms) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("client", "add", name, "--tenant", TENANT));
    arguments.addAll(List.of(terms));
    run(arguments.toArray(String[]::new));
    return domain().resolve("clients").resolve(name + ".secret");
  }

  /** Starts a program that ends with this; what it says on its standard error is kept. */
  public Process begin(List<String> command, Map<String, String> environment) throws IOException {
    programs++;
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.redirectError(folder.resolve(programs + ".err").toFile()).start();
    open.add(
        () -> {
          process.destroy();
          boolean ended = process.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
          process.destroyForcibly();
          assertThat(ended).isTrue();
        });
    return process;
  }

  /** The same with the product's command. */
  public Process beginCommand(String... arguments) throws IOException {
    return begin(command(arguments), Map.of());
  }

  /**
   * A service that answers every request with a page.
   *
   * @param port where, or 0 for any
   * @param seen gets the headers of each request, under their names in any case
   * @return the port
   */
  public int service(int port, String text, Consumer<Map<String, String>> seen) throws IOException {
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    byte[] page = text.getBytes(StandardCharsets.UTF_8);
    service.createContext(
        "/",
        exchange -> {
          Map<String, String> told = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
          exchange.getRequestHeaders().forEach((name, values) -> told.put(name, values.getFirst()));
          seen.accept(told);
          exchange.getResponseHeaders().add("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    service.start();
    later(() -> service.stop(0));
    return service.getAddress().getPort();
  }

  /** The claims of a token, not verified. */
  public static JsonNode claims(String token) {
    return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
  }

  /** Waits for a line of a program that begins so. */
  public String awaitLine(Process process, String begin) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    @Nullable String line = out.readLine();
    while (line != null && !line.startsWith(begin)) {
      line = out.readLine();
    }
    assertThat(line).as(this::said).isNotNull();
    return String.valueOf(line);
  }

  /** What the program that was begun last said. */
  public String said() {
    try {
      return Files.readString(folder.resolve(programs + ".err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Adds a person, who makes a passkey in a browser of theirs, and is then signed out. */
  public Browser person(String username) throws Exception {
    run(
        "person",
        "add",
        username,
        "--tenant",
        TENANT,
        "--name",
        "Alice Example",
        "--email",
        username + "@acme.example");
    JsonNode invited = JSON.readTree(run("person", "invite", username, "--json"));
    Browser browser =
        later(
            Browser.start(
                Browser.installed().orElseThrow(), folder.resolve("browser-" + username)));
    browser.plugIn();
    browser.open(URI.create(invited.get("link").asString()));
    browser.click("#make-passkey");
    Await.require("a passkey", () -> !browser.address().getPath().startsWith("/enrol"));
    browser.forgetCookies();
    return browser;
  }

  /** What a person knows of their own, such as their {@code sub}. */
  public JsonNode shown(String username) throws Exception {
    return JSON.readTree(run("person", "show", username, "--json"));
  }

  /** The person does what the authority's pages ask for, until the application's page is there. */
  public void signIn(Browser browser, URI application) throws Exception {
    boolean came =
        Await.comes(
            () -> {
              browser.clickIfShown("#use-passkey");
              browser.clickIfShown("#accept");
              return isAt(browser, application);
            });
    assertThat(came)
        .as(() -> "%s, and not %s: %s".formatted(where(browser), application, said()))
        .isTrue();
  }

  private static boolean isAt(Browser browser, URI page) throws IOException, InterruptedException {
    URI at = browser.address();
    return at.getPort() == page.getPort() && at.getPath().equals(page.getPath());
  }

  private static String where(Browser browser) {
    try {
      return browser.address() + " says " + browser.text();
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  /**
   * The samples of a documentation page.
   *
   * @param page below {@code docs/}
   * @param language as behind the three backticks
   */
  public static List<String> samples(String page, String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(ROOT.resolve("docs").resolve(page)))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  @Override
  public void close() throws IOException {
    // One that does not end leaves none of the others behind.
    List<Throwable> failures = new ArrayList<>();
    for (AutoCloseable one : open.reversed()) {
      try {
        one.close();
      } catch (Exception | AssertionError e) {
        failures.add(e);
      }
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    assertThat(failures).isEmpty();
  }
}
