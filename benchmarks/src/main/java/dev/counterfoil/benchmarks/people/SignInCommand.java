package dev.counterfoil.benchmarks.people;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Measures what people and their applications ask of the authority. */
@Command(
    name = "sign-in",
    description = {
      "Measures authorization codes end to end, refresh tokens, userinfo, introspection, sign-ins by password,",
      "and the first byte of the sign-in page meanwhile. A run is void if one answer is not what it should be,",
      "or if the log grew by less than was answered."
    })
public final class SignInCommand extends Measurement {
  private static final URI CALLBACK = URI.create("https://app.example/callback");
  private static final String VERIFIER = "a-code-verifier-of-a-benchmark-that-is-long-enough";
  private static final List<String> SCOPES = List.of("openid", "profile", "orders");

  /** A session's secret turns every 30 seconds, and wrk keeps the one that it has. */
  private static final int LOAD_SECONDS_MAX = 12;

  private static final int BATCH = 10_000;
  private static final String ADD =
      "INSERT INTO person (subject, tenant, username, name, email_verified, disabled, created_at,"
          + " version) VALUES (?, ?, ?, 'Other', 0, 0, 0, 1)";

  private static final Duration TURN = Duration.ofSeconds(31);

  /** More of one address wait in vain: memory for hashes is capped. */
  private static final int PASSWORDS_AT_ONCE = 4;

  @Option(
      names = "--people",
      split = ",",
      defaultValue = "10000",
      description = {
        "People of the directory, a run of some four minutes for each (default: ${DEFAULT-VALUE}).",
        "Several: 1000,10000,1000000."
      })
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Integer> people;

  @Option(
      names = "--signed-in",
      defaultValue = "256",
      description = {
        "How many of them have a session (default: ${DEFAULT-VALUE}).",
        "With few, each soon has as many grants as one may, and every code ends the oldest."
      })
  private int signedIn;

  @Option(
      names = "--connections",
      defaultValue = "64",
      description = "Connections, each with one request on its way (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Length of each load, 1 to 12, after as long a warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  /** An application, registered for this run. Not a record: a record would print the secret. */
  private static final class Application {
    private final String id;
    private final String authorization;

    Application(String id, String secret) {
      this.id = id;
      this.authorization =
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(seconds >= 1 && seconds <= LOAD_SECONDS_MAX, "want 1 to 12 seconds");
    require(signedIn >= 1 && connections >= 1, "want people and connections");
    report.note(
        "One core, nothing else of the run going on: %,.0f ES256 signatures/s (AWS-LC)",
        Floors.signs());
    Floors.noteSyncs(folder, report);
    RunReport.Table table =
        report.table(
            "people",
            "what",
            "per second",
            "p50 ms",
            "p99 ms",
            "on record",
            "µs of processor for one");
    RunReport.Table page =
        report.table("people", "sign-in page while", "first byte p50 ms", "p99 ms", "pages");
    for (int number : people) {
      // Short, since sockets lie below it.
      Path own = Files.createDirectory(folder.resolve("p" + number));
      CounterfoilServer.configure(
          own,
          CounterfoilServer.TENANT,
          """
          purposes:
            - name: access
              audiences: [%s]
            - name: id
              token-types: [JWT]
              algorithms: [RS256, ES256]
          """
              .formatted(CounterfoilServer.AUDIENCE),
          "");
      try (CounterfoilServer server = CounterfoilServer.start(own)) {
        new Trial(own, server, number, report, table, page).run();
      }
    }
    report.note(
        "%d connections, %d s each after %d s of warm-up, %d people with a session; ms are of one request,"
            + " of which a code takes two",
        connections, seconds, seconds, signedIn);
  }

  /** One directory's size. */
  private final class Trial {
    private final Path folder;
    private final CounterfoilServer server;
    private final int number;
    private final RunReport report;
    private final RunReport.Table table;
    private final RunReport.Table page;
    private final URI issuer;

    /** When a session last had a new secret. */
    private long turnedNanos;

    private final HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Trial(
        Path folder,
        CounterfoilServer server,
        int number,
        RunReport report,
        RunReport.Table table,
        RunReport.Table page) {
      this.folder = folder;
      this.server = server;
      this.number = number;
      this.report = report;
      this.table = table;
      this.page = page;
      this.issuer = URI.create(server.server().issuer());
    }

    void run() throws Exception {
      say(number + " people");
      List<BenchedPerson> browsers = new ArrayList<>();
      Application application;
      Application withRsa;
      try (AuthorityAdmin admin = server.admin()) {
        application = register(admin, "ES256");
        withRsa = register(admin, "RS256");
      }
      addOthers();
      for (int i = 0; i < signedIn; i++) {
        browsers.add(new BenchedPerson(issuer, "person" + i));
      }
      enrol(browsers);
      for (BenchedPerson browser : browsers) {
        browser.allow(URI.create(issuer + authorize(application)));
        browser.allow(URI.create(issuer + authorize(withRsa)));
      }
      turnedNanos = System.nanoTime();
      codes("ES256", application, browsers);
      codes("RS256", withRsa, browsers);
      List<String> answers = tokens(application, browsers);
      refresh(application, answers);
      String access = text(answers.getFirst(), "access_token");
      load(
          "userinfo",
          URI.create(issuer + "/userinfo"),
          "basic.lua",
          List.of(secret("bearer", "Bearer " + access), secret("nothing", "")),
          connections,
          0);
      load(
          "introspection",
          URI.create(issuer + "/introspect"),
          "basic.lua",
          List.of(
              secret("introspects", application.authorization), secret("token", "token=" + access)),
          connections,
          0);
      passwords(browsers.getFirst());
    }

    /** Straight into the directory: a command for each takes an hour for a million. */
    private void addOthers() throws SQLException {
      SecureRandom random = new SecureRandom();
      byte[] subject = new byte[16];
      try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + server.directory())) {
        database.setAutoCommit(false);
        try (PreparedStatement add = database.prepareStatement(ADD)) {
          for (int i = signedIn; i < number; i++) {
            random.nextBytes(subject);
            add.setString(1, Base64Url.encode(subject));
            add.setString(2, CounterfoilServer.TENANT);
            add.setString(3, "other" + i);
            add.addBatch();
            if (i % BATCH == 0) {
              add.executeBatch();
            }
          }
          add.executeBatch();
        }
        database.commit();
      }
    }

    private Application register(AuthorityAdmin admin, String algorithm) throws Exception {
      String id = "bench-" + algorithm.toLowerCase(Locale.ROOT);
      return new Application(
          id,
          server.register(
              admin,
              ClientRegistration.withSecret(
                      id, CounterfoilServer.TENANT, List.of(CounterfoilServer.AUDIENCE), SCOPES)
                  .introspecting()
                  .signingIn(
                      new SignInTerms(
                          EnumSet.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
                          List.of(CALLBACK.toString()),
                          List.of(),
                          Optional.of(algorithm),
                          false))));
    }

    private String authorize(Application application) {
      return "/authorize?response_type=code&client_id="
          + application.id
          + "&redirect_uri="
          + BenchedPerson.encoded(CALLBACK.toString())
          + "&scope="
          + BenchedPerson.encoded(String.join(" ", SCOPES))
          + "&state=0123456789abcdef&nonce=0123456789abcdef&code_challenge_method=S256&code_challenge="
          + Hash.sha256(VERIFIER.getBytes(StandardCharsets.US_ASCII)).base64Url();
    }

    private String form() {
      return "grant_type=authorization_code&redirect_uri="
          + BenchedPerson.encoded(CALLBACK.toString())
          + "&code_verifier="
          + VERIFIER
          + "&code=";
    }

    private void enrol(List<BenchedPerson> browsers) throws Exception {
      say("enrolling " + browsers.size() + " of them");
      try (AuthorityAdmin admin = server.admin()) {
        for (int i = 0; i < browsers.size(); i++) {
          String username = "person" + i;
          admin.people().add(CounterfoilServer.TENANT, username, "Person", Optional.empty());
          String link = admin.people().invite(username, Duration.ofHours(1)).link();
          browsers.get(i).enrol(URI.create(link));
        }
      }
    }

    /** From here on no session's secret turns for half a minute. */
    private void turn(List<BenchedPerson> browsers) throws IOException, InterruptedException {
      say("waiting until sessions take their next secret");
      Thread.sleep(TURN.minusNanos(System.nanoTime() - turnedNanos));
      for (BenchedPerson browser : browsers) {
        browser.turn();
      }
      turnedNanos = System.nanoTime();
    }

    private void codes(String algorithm, Application application, List<BenchedPerson> browsers)
        throws Exception {
      turn(browsers);
      Path cookies =
          Path.of(
              secret(
                  "cookies",
                  browsers.stream()
                      .map(BenchedPerson::cookie)
                      .collect(Collectors.joining("\n", "", "\n"))));
      load(
          "code, " + algorithm + " ID token",
          URI.create(issuer + "/token"),
          "people.lua",
          List.of(
              "codes",
              cookies.toString(),
              secret("authorize", authorize(application)),
              secret("authorization", application.authorization),
              secret("form", form())),
          connections,
          2);
    }

    /** Answers of the token endpoint, each of a grant of its own. */
    private List<String> tokens(Application application, List<BenchedPerson> browsers)
        throws Exception {
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 2 * connections; i++) {
        String code =
            browsers.get(i % browsers.size()).code(URI.create(issuer + authorize(application)));
        HttpResponse<String> answer =
            Http.send(
                HttpRequest.newBuilder(URI.create(issuer + "/token"))
                    .header("Authorization", application.authorization)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form() + code)));
        answers.add(answer.body());
      }
      return answers;
    }

    private void refresh(Application application, List<String> answers) throws Exception {
      Path tokens =
          Path.of(
              secret(
                  "refresh-tokens",
                  answers.stream()
                      .map(answer -> text(answer, "refresh_token"))
                      .collect(Collectors.joining("\n", "", "\n"))));
      loadOnce(
          "refresh",
          URI.create(issuer + "/token"),
          "people.lua",
          List.of(
              "refresh",
              tokens.toString(),
              secret("refresh-authorization", application.authorization)),
          connections,
          1);
    }

    private void passwords(BenchedPerson person) throws Exception {
      BenchedPerson.PasswordRequest request = person.passwordRequest();
      load(
          "sign-in by password (Argon2id)",
          URI.create(issuer + "/sign-in"),
          "cookie.lua",
          List.of(secret("cookie", request.cookie()), secret("password", request.body())),
          PASSWORDS_AT_ONCE,
          0);
    }

    /** Warms up, and measures. */
    private void load(
        String what, URI target, String script, List<String> arguments, int width, int tokensForOne)
        throws Exception {
      Wrk.run(
          Files.createTempDirectory(folder, "warm-up"),
          target,
          width,
          Duration.ofSeconds(seconds),
          script,
          arguments,
          () -> {});
      loadOnce(what, target, script, arguments, width, tokensForOne);
    }

    /** Without a warm-up, since what was used once cannot be used again. */
    private void loadOnce(
        String what, URI target, String script, List<String> arguments, int width, int tokensForOne)
        throws Exception {
      say(what);
      Histogram firstBytes = new Histogram(3);
      long recorded = server.recorded();
      Map<String, Double> before = Resident.processorSeconds(server.server().child().all());
      Wrk.Figures figures =
          Wrk.run(
              Files.createTempDirectory(folder, "load"),
              target,
              width,
              Duration.ofSeconds(seconds),
              script,
              arguments,
              () -> firstBytes.recordValue(firstByteMicros()));
      Map<String, Double> after = Resident.processorSeconds(server.server().child().all());
      if (figures.errors() > 0 || figures.requests() == 0) {
        throw new IllegalStateException(
            what + ": answers that are none make this run void: " + figures);
      }
      Object grew =
          tokensForOne == 0
              ? "none"
              : server.requireRecorded(recorded, tokensForOne * figures.requests());
      Map<String, Double> micros = Resident.microsForOne(before, after, figures.requests());
      report.note(
          "%,d people, %s, µs of processor for one: %s",
          number, what, Resident.text(micros, figures));
      table.row(
          number,
          what,
          figures.rate(),
          figures.p50Micros() / 1000.0,
          figures.p99Micros() / 1000.0,
          grew,
          micros.values().stream().mapToDouble(one -> one).sum());
      page.row(
          number,
          what,
          firstBytes.getValueAtPercentile(50) / 1000.0,
          firstBytes.getValueAtPercentile(99) / 1000.0,
          firstBytes.getTotalCount());
    }

    /** Of the sign-in page, for a browser that is not known. */
    private long firstByteMicros() throws IOException, InterruptedException {
      long begun = System.nanoTime();
      HttpResponse<InputStream> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(issuer + "/sign-in")).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        int first = body.read();
        long micros = (System.nanoTime() - begun) / 1000;
        body.transferTo(OutputStream.nullOutputStream());
        if (answer.statusCode() != 200 || first != '<') {
          throw new IllegalStateException("No sign-in page, but " + answer.statusCode());
        }
        return micros;
      }
    }

    private String secret(String name, String content) throws IOException {
      Path file = folder.resolve(name + ".txt");
      Files.deleteIfExists(file);
      Files.writeString(RunFolder.secret(file), content);
      return file.toString();
    }

    private static String text(String answer, String name) {
      JsonNode value = JsonMapper.shared().readTree(answer).path(name);
      if (!value.isString()) {
        throw new IllegalStateException("The token endpoint answers without " + name);
      }
      return value.asString();
    }
  }
}
