package dev.counterfoil.benchmarks.people;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.format.bytes.Hash;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The loads of one installation, whatever people and clients it has. */
final class SignInTrial {
  static final URI CALLBACK = URI.create("https://app.example/callback");
  private static final String VERIFIER = "a-code-verifier-of-a-benchmark-that-is-long-enough";
  private static final List<String> SCOPES = List.of("openid", "profile", "orders");

  /** The same as a consent has them. */
  static final String CONSENTED = SCOPES.stream().sorted().collect(Collectors.joining(" "));

  /** More of one address wait in vain: memory for hashes is capped. */
  private static final int PASSWORDS_AT_ONCE = 4;

  private static final int PASSKEYS = 64;
  private static final int PASSKEYS_AT_ONCE = 8;

  private final Path folder;
  private final int connections;
  private final Duration length;
  private final SignInCommand.Tables tables;
  private final BenchedPerson withPassword;
  private final Map<BenchedPerson, SoftPasskey> withPasskey;
  private final Map<String, Application> applications;
  private final String sessionName;
  private CounterfoilServer server;
  private URI issuer;
  private SignInLoad load;
  private final List<String> cookies = new ArrayList<>();

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

  private SignInTrial(
      Path folder,
      CounterfoilServer server,
      int connections,
      Duration length,
      SignInCommand.Tables tables,
      BenchedPerson withPassword,
      Map<BenchedPerson, SoftPasskey> withPasskey,
      Map<String, Application> applications) {
    this.folder = folder;
    this.server = server;
    this.issuer = URI.create(server.server().issuer());
    this.connections = connections;
    this.length = length;
    this.tables = tables;
    this.withPassword = withPassword;
    this.withPasskey = withPasskey;
    this.applications = applications;
    this.sessionName = withPassword.sessionName();
    this.load = load(0, 0);
  }

  /** Registers the applications, and has people enrol of whose sign-ins there will be rows. */
  static SignInTrial prepare(
      Path folder,
      CounterfoilServer server,
      int connections,
      Duration length,
      SignInCommand.Tables tables)
      throws Exception {
    URI issuer = URI.create(server.server().issuer());
    Map<String, Application> applications = new LinkedHashMap<>();
    Map<BenchedPerson, SoftPasskey> withPasskey = new LinkedHashMap<>();
    BenchedPerson withPassword = new BenchedPerson(issuer, "password");
    try (AuthorityAdmin admin = server.admin()) {
      for (String algorithm : List.of("ES256", "RS256")) {
        applications.put(algorithm, register(server, admin, algorithm));
      }
      withPassword.enrol(invited(admin, "password"));
      for (int i = 0; i < PASSKEYS; i++) {
        BenchedPerson person = new BenchedPerson(issuer, "passkey" + i);
        SoftPasskey passkey = new SoftPasskey(issuer);
        person.enrol(invited(admin, "passkey" + i), passkey);
        withPasskey.put(person, passkey);
      }
    }
    return new SignInTrial(
        folder, server, connections, length, tables, withPassword, withPasskey, applications);
  }

  private static URI invited(AuthorityAdmin admin, String username) throws Exception {
    admin.people().add(CounterfoilServer.TENANT, username, "Person", Optional.empty());
    return URI.create(admin.people().invite(username, Duration.ofHours(1)).link());
  }

  private static Application register(
      CounterfoilServer server, AuthorityAdmin admin, String algorithm) throws Exception {
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

  /** How many clients there are so far, with those of a first start. */
  int clients() {
    return applications.size() + 2;
  }

  List<String> applications() {
    return applications.values().stream().map(application -> application.id).toList();
  }

  /** Goes on with another start of the installation. */
  void on(CounterfoilServer started, int number, int ofClients, List<String> sessions) {
    server = started;
    issuer = URI.create(started.server().issuer());
    load = load(number, ofClients);
    // Those that a load has turned are known better here.
    sessions.stream()
        .skip(cookies.size())
        .map(secret -> sessionName + "=" + secret)
        .forEach(cookies::add);
  }

  private SignInLoad load(int people, int clients) {
    return new SignInLoad(
        folder,
        server.server().child(),
        new SignInLoad.Place("Counterfoil", people, clients),
        Optional.of(URI.create(issuer + "/sign-in")),
        Optional.of(server),
        length,
        tables);
  }

  private Application application(String algorithm) {
    return Objects.requireNonNull(applications.get(algorithm));
  }

  /** Codes end to end. */
  double codes(String algorithm) throws Exception {
    Application application = application(algorithm);
    int loaded = cookies.size() - reserved();
    String file = load.secret("cookies", lines(cookies.subList(0, loaded)));
    double micros =
        load.run(
            "code, " + algorithm + " ID token",
            URI.create(issuer + "/token"),
            "people.lua",
            List.of(
                "codes",
                file,
                load.secret("authorize", authorize(application)),
                load.secret("authorization", application.authorization),
                load.secret("form", form())),
            connections,
            2);
    List<String> turned = Files.readAllLines(Path.of(file));
    for (int i = 0; i < loaded; i++) {
      cookies.set(i, turned.get(i));
    }
    return micros;
  }

  /** Sessions of which no load is, so that their secrets are those that were made. */
  private int reserved() {
    return Math.min(2 * connections, cookies.size() / 2);
  }

  static String lines(List<String> all) {
    return all.stream().collect(Collectors.joining("\n", "", "\n"));
  }

  /** All rows but that of codes with ES256. */
  void everythingElse(SignInData data) throws Exception {
    var _ = codes("RS256");
    Application application = application("ES256");
    List<String> answers =
        tokens(
            URI.create(issuer + authorize(application)),
            URI.create(issuer + "/token"),
            application.authorization,
            cookies.subList(cookies.size() - reserved(), cookies.size()));
    refresh(application, answers);
    String access = text(answers.getFirst(), "access_token");
    var _ =
        load.run(
            "userinfo",
            URI.create(issuer + "/userinfo"),
            "basic.lua",
            List.of(load.secret("bearer", "Bearer " + access), load.secret("nothing", "")),
            connections,
            0);
    var _ =
        load.run(
            "introspection",
            URI.create(issuer + "/introspect"),
            "basic.lua",
            List.of(
                load.secret("introspects", application.authorization),
                load.secret("token", "token=" + access)),
            connections,
            0);
    passkeys();
    BenchedPerson.PasswordRequest request = withPassword.passwordRequest();
    var _ =
        load.run(
            "sign-in by password (Argon2id)",
            URI.create(issuer + "/sign-in"),
            "cookie.lua",
            List.of(
                load.secret("cookie", request.cookie()), load.secret("password", request.body())),
            PASSWORDS_AT_ONCE,
            0);
    PasswordCost.note(data.passwordHash(), tables.report());
  }

  private String authorize(Application application) {
    return "/authorize?" + query(application.id, SCOPES);
  }

  /** What asks for a code. */
  static String query(String clientId, List<String> scopes) {
    return "response_type=code&client_id="
        + clientId
        + "&redirect_uri="
        + BenchedPerson.encoded(CALLBACK.toString())
        + "&scope="
        + BenchedPerson.encoded(String.join(" ", scopes))
        + "&state=0123456789abcdef&nonce=0123456789abcdef&code_challenge_method=S256&code_challenge="
        + Hash.sha256(VERIFIER.getBytes(StandardCharsets.US_ASCII)).base64Url();
  }

  /** What takes a code, which comes behind it. */
  static String form() {
    return "grant_type=authorization_code&redirect_uri="
        + BenchedPerson.encoded(CALLBACK.toString())
        + "&code_verifier="
        + VERIFIER
        + "&code=";
  }

  /** Answers of a token endpoint, each of a grant of its own, for browsers with these cookies. */
  static List<String> tokens(
      URI authorize, URI endpoint, String authorization, List<String> browsers) throws Exception {
    List<String> answers = new ArrayList<>();
    for (String browser : browsers) {
      String location =
          Http.send(HttpRequest.newBuilder(authorize).header("Cookie", browser))
              .headers()
              .firstValue("Location")
              .orElseThrow();
      String code = location.replaceFirst(".*[?&]code=([^&]+).*", "$1");
      HttpResponse<String> answer =
          Http.send(
              HttpRequest.newBuilder(endpoint)
                  .header("Authorization", authorization)
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(HttpRequest.BodyPublishers.ofString(form() + code)));
      answers.add(answer.body());
    }
    return answers;
  }

  private void refresh(Application application, List<String> answers) throws Exception {
    String tokens =
        load.secret(
            "refresh-tokens",
            lines(answers.stream().map(answer -> text(answer, "refresh_token")).toList()));
    // Without a warm-up, since what was used once cannot be used again: longer instead.
    var _ =
        load.once(
            "refresh",
            URI.create(issuer + "/token"),
            "people.lua",
            List.of(
                "refresh", tokens, load.secret("refresh-authorization", application.authorization)),
            connections,
            1);
  }

  /** Sign-ins by passkey, the page and the answer to it, as browsers make them. */
  private void passkeys() throws Exception {
    String what = "sign-in by passkey, page and assertion";
    Measurement.told(what);
    passkeys(new ConcurrentHistogram(3));
    Histogram times = new ConcurrentHistogram(3);
    Map<String, Double> before = Resident.processorSeconds(server.server().child().all());
    long own = Growth.processorNanos();
    long begun = System.nanoTime();
    passkeys(times);
    double took = (System.nanoTime() - begun) / 1e9;
    double ownMicros = (Growth.processorNanos() - own) / 1000.0 / times.getTotalCount();
    Map<String, Double> micros =
        Resident.microsForOne(
            before,
            Resident.processorSeconds(server.server().child().all()),
            times.getTotalCount());
    load.row(
        what,
        times.getTotalCount() / took,
        times.getValueAtPercentile(50),
        times.getValueAtPercentile(99),
        "none",
        micros,
        ownMicros);
  }

  private void passkeys(Histogram times) throws Exception {
    List<Map.Entry<BenchedPerson, SoftPasskey>> all = List.copyOf(withPasskey.entrySet());
    long until = System.nanoTime() + length.toNanos();
    try (ExecutorService threads = Executors.newFixedThreadPool(PASSKEYS_AT_ONCE)) {
      List<Future<Void>> loops = new ArrayList<>();
      for (int i = 0; i < PASSKEYS_AT_ONCE; i++) {
        int first = i;
        Callable<Void> loop =
            () -> {
              for (int at = first; System.nanoTime() < until; at += PASSKEYS_AT_ONCE) {
                Map.Entry<BenchedPerson, SoftPasskey> one = all.get(at % all.size());
                long begun = System.nanoTime();
                one.getKey().signIn(one.getValue());
                times.recordValue((System.nanoTime() - begun) / 1000);
              }
              return null;
            };
        loops.add(threads.submit(loop));
      }
      for (Future<Void> one : loops) {
        one.get();
      }
    }
  }

  static String text(String answer, String name) {
    JsonNode value = JsonMapper.shared().readTree(answer).path(name);
    if (!value.isString()) {
      throw new IllegalStateException("The token endpoint answers without " + name);
    }
    return value.asString();
  }
}
