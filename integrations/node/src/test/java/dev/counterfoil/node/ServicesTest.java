package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.log.checkpoint.Level;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/**
 * Services in Node, Go and Python beside a real installation with a stolen key, and a real
 * oidc-provider at its record door.
 */
@Tag("turn-2")
@Timeout(300)
class ServicesTest {
  private static final Pattern LISTENING = Pattern.compile("^listening (\\S+)$", Pattern.MULTILINE);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String REPORTER = "demo-api";

  @Test
  void theyServeWhatWasIssuedAndReportWhatWasNot() throws Exception {
    holds(
        new Story() {
          @Override
          void tell(DrillRun run) throws Exception {
            services(run, LogStage.withThief(run, 0));
          }
        });
  }

  @Test
  void oidcProviderReleasesNothingThatIsNotRecorded() throws Exception {
    holds(
        new Story() {
          @Override
          void tell(DrillRun run) throws Exception {
            recordingProvider(run, new LogStage(run, Level.DURABLE));
          }
        });
  }

  /** What happens at an installation, which ends with it. */
  private abstract static class Story extends Drill {
    Story() {
      super("services");
    }

    abstract void tell(DrillRun run) throws Exception;

    @Override
    protected void play(DrillRun run) throws Exception {
      try {
        tell(run);
      } catch (AssertionError e) {
        throw new IllegalStateException(e);
      }
      run.observe("services.all", true, "done");
    }
  }

  private static void holds(Drill drill) throws Exception {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      DrillReport report = DrillRun.carryOut(drill, Narrator.silent(), DrillPlace.in(parent));
      assertThat(report.broke()).isEmpty();
      assertThat(report.held()).isTrue();
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  /** A program of another language, which says where it listens. */
  private record Program(String name, Process process, Path said) implements AutoCloseable {
    static Program start(
        String language, Path folder, Map<String, String> environment, List<String> command)
        throws IOException {
      Path said = folder.resolve(language + ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(Languages.folder(language).toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      builder.environment().putAll(environment);
      return new Program(language, builder.start(), said);
    }

    String text() throws IOException {
      return Files.readString(said);
    }

    URI origin() throws IOException, InterruptedException {
      Await.comes(Duration.ofMinutes(1), () -> LISTENING.matcher(text()).find());
      Matcher matcher = LISTENING.matcher(text());
      assertThat(matcher.find()).as("%s: %s", name, text()).isTrue();
      return URI.create(matcher.group(1));
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }

  private static void services(DrillRun run, LogStage stage) throws Exception {
    Path folder = Files.createDirectories(run.folder().resolve("services"));
    Languages.installNode(folder.resolve("npm.log"));
    List<String> arguments =
        List.of(
            stage.folders().policy().toString(),
            stage.context().monitor().url().toString(),
            REPORTER,
            stage.context().privateKey(REPORTER).toString());
    Map<String, String> go = Languages.offlineGo(folder);
    Path binary = folder.resolve("service");
    Languages.run(
        "go",
        folder.resolve("build.log"),
        go,
        "go",
        "build",
        "-o",
        binary.toString(),
        "./testdata/service");
    Map<String, Program> services = new LinkedHashMap<>();
    services.put("node", start(run, "node", folder, arguments, "node", "programs/service.js"));
    services.put("go", start(run, "go", folder, arguments, binary.toString()));
    services.put("python", start(run, "python", folder, arguments, "python3", "tests/service.py"));

    Credentials robot =
        new Credentials("robot", Files.readString(stage.folders().secret("robot")).strip());
    Forger thief = new Forger(StolenPrivateKeys.stolen(run.folder()));
    DpopKey key = DpopKey.generate();
    try (IssuerClient issuer = new IssuerClient(URI.create(stage.policy().issuer()));
        HttpClient http = HttpClient.newHttpClient()) {
      Map<String, Hash> forged = new LinkedHashMap<>();
      for (Map.Entry<String, Program> service : services.entrySet()) {
        Program program = service.getValue();
        URI inbox = URI.create(program.origin() + "/inbox");
        String as = service.getKey();
        String bearer = issuer.token(robot, "read");
        assertThat(get(http, inbox, "Bearer " + bearer, null).body())
            .as("%s: %s", as, program.text())
            .isEqualTo("robot");

        String token = issuer.token(robot, "read", key.proof("POST", issuer.endpoint("/token")));
        String proof = key.proof("GET", inbox, token);
        assertThat(status(http, inbox, "DPoP " + token, proof))
            .as("%s: %s", as, program.text())
            .isEqualTo(200);
        assertThat(status(http, inbox, "DPoP " + token, proof))
            .as("replayed, " + as)
            .isEqualTo(401);
        assertThat(status(http, inbox, "DPoP " + token, null)).as("no proof, " + as).isEqualTo(401);
        assertThat(status(http, inbox, "Bearer " + token, key.proof("GET", inbox, token)))
            .as("as a bearer, " + as)
            .isEqualTo(401);
        String others = DpopKey.generate().proof("GET", inbox, token);
        assertThat(status(http, inbox, "DPoP " + token, others))
            .as("a thief, " + as)
            .isEqualTo(401);
        assertThat(status(http, inbox, "DPoP " + token, key.proof("GET", inbox, token)))
            .as("again, " + as)
            .isEqualTo(200);

        String forgery = thief.copyOf(bearer, claims -> claims.put("sub", "mallory-" + as));
        assertThat(status(http, inbox, "Bearer " + forgery, null))
            .as("forged, " + as)
            .isEqualTo(401);
        assertThat(program.text()).contains("refused never-issued");
        forged.put(as, digest(forgery));
      }
      assertThat(stage.desk().await(Set.copyOf(forged.values())))
          .as("findings of what services in %s reported", forged.keySet())
          .hasSize(forged.size());
      awayAndBack(stage, issuer, robot, services, http);
    }
  }

  /** A token that nobody has seen, while the authority is down: wait and come again. */
  private static void awayAndBack(
      LogStage stage,
      IssuerClient issuer,
      Credentials robot,
      Map<String, Program> services,
      HttpClient http)
      throws Exception {
    Map<String, String> fresh = new LinkedHashMap<>();
    for (String name : services.keySet()) {
      fresh.put(name, issuer.token(robot, "read"));
    }
    Map<String, HttpResponse<String>> answers = new LinkedHashMap<>();
    List<String> failures = new ArrayList<>();
    authority(stage)
        .crash(
            () ->
                services.forEach(
                    (name, program) -> {
                      try {
                        URI inbox = URI.create(program.origin() + "/inbox");
                        answers.put(name, get(http, inbox, "Bearer " + fresh.get(name), null));
                      } catch (IOException | InterruptedException e) {
                        failures.add(name + ": " + e.getMessage());
                      }
                    }));
    assertThat(failures).isEmpty();
    answers.forEach(
        (name, answer) -> {
          assertThat(answer.statusCode()).as("away, " + name).isEqualTo(503);
          assertThat(answer.headers().firstValue("Retry-After")).as(name).contains("2");
        });
    assertThat(answers).hasSameSizeAs(services);
    for (Map.Entry<String, Program> service : services.entrySet()) {
      URI inbox = URI.create(service.getValue().origin() + "/inbox");
      String authorization = "Bearer " + fresh.get(service.getKey());
      Await.require(
          service.getKey() + " serves again",
          () -> status(http, inbox, authorization, null) == 200);
    }
  }

  private static ChildProcess authority(LogStage stage) {
    return stage.processes().stream()
        .filter(process -> process.name().equals("authority"))
        .findFirst()
        .orElseThrow();
  }

  private static Program start(
      DrillRun run, String language, Path folder, List<String> arguments, String... command)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(arguments);
    return run.open(
        Program.start(
            language, folder, Map.of("PYTHONPATH", "src", "PYTHONDONTWRITEBYTECODE", "1"), all));
  }

  private static void recordingProvider(DrillRun run, LogStage stage) throws Exception {
    Path folder = Files.createDirectories(run.folder().resolve("provider"));
    Languages.installNode(folder.resolve("npm.log"));
    String issuer = stage.policy().issuer();
    Path key = folder.resolve("source.jwk");
    try (AuthorityAdmin admin =
        new AuthorityAdmin(stage.context().authority().adminSocket().path())) {
      admin.register(
          ClientRegistration.withKeys(
              "source",
              LogStage.TENANT,
              InstallationClients.keysOf(key),
              List.of(issuer),
              List.of(ClientRegistration.RECORD_SCOPE)));
    }
    Program provider =
        start(
            run,
            "node",
            folder,
            List.of(issuer, "source", key.toString()),
            "node",
            "programs/provider.js");
    URI tokens = URI.create(provider.origin() + "/token");
    try (HttpClient http = HttpClient.newHttpClient()) {
      String token = accessToken(ask(http, tokens));
      // It is in the log by the time that its client has it.
      URI place = URI.create(issuer + "/logs/d1g1/digest/" + digest(token).hex());
      Await.require("the place of a token", () -> get(http, place, "", null).statusCode() == 200);
      URI unknown = URI.create(issuer + "/logs/d1g1/digest/" + digest(token + "x.y").hex());
      assertThat(get(http, unknown, "", null).statusCode()).isEqualTo(404);

      List<HttpResponse<String>> away = new ArrayList<>();
      authority(stage)
          .crash(
              () -> {
                try {
                  away.add(ask(http, tokens));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThat(away.getFirst().statusCode()).isEqualTo(503);
      assertThat(away.getFirst().body())
          .contains("temporarily_unavailable")
          .doesNotContain("access_token");
      Await.require("it releases tokens again", () -> ask(http, tokens).statusCode() == 200);
    }
  }

  private static HttpResponse<String> ask(HttpClient http, URI tokens)
      throws IOException, InterruptedException {
    String basic = "app:for-this-test-only-for-this-test-only";
    return http.send(
        HttpRequest.newBuilder(tokens)
            .timeout(TIMEOUT)
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8)))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                BodyPublishers.ofString(
                    "grant_type=client_credentials&scope=mail&resource="
                        + URLEncoder.encode("https://mail.example", StandardCharsets.UTF_8)))
            .build(),
        BodyHandlers.ofString());
  }

  private static String accessToken(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body()).path("access_token").asString();
  }

  private static Hash digest(String token) {
    return Hash.sha256(
        token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
  }

  private static int status(HttpClient http, URI uri, String authorization, String proof)
      throws IOException, InterruptedException {
    return get(http, uri, authorization, proof).statusCode();
  }

  private static HttpResponse<String> get(
      HttpClient http, URI uri, String authorization, String proof)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    if (proof != null) {
      request.header("DPoP", proof);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }
}
