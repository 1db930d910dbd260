package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The distribution as a newcomer uses it: one installation, in the order of his first hour. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EndToEndTest {
  private static final List<String> PROCESSES =
      List.of("registrar-main", "signer-main", "authority", "monitor");

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path configuration;

  private int monitorPort;
  private @Nullable Running running;
  private @Nullable PutBackKeyLog earlier;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private DemoClient demo;

  @BeforeAll
  void start() throws Exception {
    int port = Distribution.freePort();
    monitorPort = Distribution.freePort();
    // Short, since the sockets lie below it and a socket's path has at most 107 bytes.
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    configuration = folder.resolve("counterfoil.yaml");
    Files.writeString(
        configuration,
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api]
            spare-signers: 0
            purposes:
              - name: access
                status-list: [demo-api]
        """
            .formatted(monitorPort, port));
    running = Running.start(folder, configuration);
    demo =
        new DemoClient("http://127.0.0.1:" + port, folder.resolve("counterfoil-data/domains/main"));
  }

  @AfterAll
  void stop() throws Exception {
    demo.close();
    if (running != null) {
      running.close();
    }
    PutBackKeyLog.delete(folder);
  }

  private String token() throws Exception {
    return demo.token();
  }

  private String tokenOfTheCommand() throws Exception {
    Result result = Distribution.run(folder, "token");
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out().strip();
  }

  private JsonObject verify(String token, int exitCode) throws Exception {
    Result result = Distribution.runWithInput(folder, token, "verify", "--json", "-");
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(exitCode);
    return result.json();
  }

  @Test
  @Order(1)
  void aTokenIsIssuedAndItsCounterfoilIsFound() throws Exception {
    JsonObject first = verify(tokenOfTheCommand(), 0);
    JsonObject second = verify(tokenOfTheCommand(), 0);
    assertThat(second.number("position")).isGreaterThan(first.number("position"));
    assertThat(second.object("checkpoint").number("size")).isGreaterThan(second.number("position"));
    assertThat(second.object("claims").string("tenant")).isEqualTo("acme");
  }

  @Test
  @Order(2)
  void anEditedTokenIsRefused() throws Exception {
    String honest = token();
    char last = honest.charAt(honest.length() - 10);
    String edited =
        honest.substring(0, honest.length() - 10)
            + (last == 'A' ? 'B' : 'A')
            + honest.substring(honest.length() - 9);
    assertThat(verify(edited, 1).string("code")).isEqualTo("signature");
    assertThat(verify(honest, 0).truth("verified")).isTrue();
  }

  @Test
  @Order(3)
  void aTokenForAnotherServiceIsRefused() throws Exception {
    Result other =
        Distribution.runWithInput(
            folder, token(), "verify", "--json", "--audience", "payroll", "-");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.json().string("code")).isEqualTo("audience");
  }

  @Test
  @Order(4)
  void theLogChecksFromItsEntriesAlone() throws Exception {
    Result check = Distribution.run(folder, "log", "check", "--json");
    assertThat(check.exitCode()).as(check.out() + check.err()).isZero();
    List<JsonObject> logs = check.jsonLines();
    assertThat(logs).isNotEmpty();
    for (JsonObject log : logs) {
      assertThat(log.truth("sound")).isTrue();
      if (log.string("origin").endsWith("/s1g1")) {
        assertThat(log.number("counterfoils")).isEqualTo(log.number("size")).isPositive();
      }
    }
    assertThat(logs).anyMatch(log -> log.toString().contains("/logs/s1g1"));
  }

  @Test
  @Order(4)
  void aTenantIsSureThatTheseAreAllItsTokens() throws Exception {
    Result added =
        Distribution.run(
            folder,
            "client",
            "add",
            "acme-records",
            "--tenant",
            "acme",
            "--audience",
            "counterfoil-monitor",
            "--scope",
            "counterfoil:tenant");
    assertThat(added.exitCode()).as(added.err()).isZero();
    Result token =
        Distribution.run(folder, "token", "--client", "acme-records", "--out", "acme.token");
    assertThat(token.exitCode()).as(token.err()).isZero();
    Result all =
        Distribution.run(folder, "log", "tenant", "acme", "--token", "acme.token", "--json");
    assertThat(all.exitCode()).as(all.out() + all.err()).isZero();
    JsonObject verdict = all.jsonLines().getFirst();
    assertThat(verdict.truth("all")).isTrue();
    assertThat(verdict.number("proved")).isEqualTo(verdict.number("stated")).isPositive();
    Result other = Distribution.run(folder, "log", "tenant", "globex", "--token", "acme.token");
    assertThat(other.exitCode()).as("a token of another tenant").isEqualTo(1);
    tenantsAddUpForAnAuditorAlone();
    Result shred =
        Distribution.run(
            folder,
            "custodian",
            "shred",
            "--json",
            "--data",
            "counterfoil-data/monitor",
            "--tenant",
            "acme");
    assertThat(shred.exitCode()).as(shred.err()).isZero();
    assertThat(shred.json().number("shredded")).isZero();
    assertThat(shred.json().number("not_archived")).isPositive();
  }

  private void tenantsAddUpForAnAuditorAlone() throws Exception {
    Result refused = Distribution.run(folder, "log", "tenants", "--token", "acme.token");
    assertThat(refused.exitCode()).isNotZero().isNotEqualTo(1);
    assertThat(refused.err()).contains("403", "counterfoil:custody-audit");
    Result added =
        Distribution.run(
            folder,
            "client",
            "add",
            "auditor",
            "--tenant",
            "counterfoil",
            "--audience",
            "counterfoil-monitor",
            "--scope",
            "counterfoil:custody-audit");
    assertThat(added.exitCode()).as(added.err()).isZero();
    Distribution.run(folder, "token", "--client", "auditor", "--out", "auditor.token");
    Result all = Distribution.run(folder, "log", "tenants", "--token", "auditor.token", "--json");
    assertThat(all.exitCode()).as(all.out() + all.err()).isZero();
    JsonObject verdict = all.jsonLines().getFirst();
    assertThat(verdict.truth("all")).isTrue();
    long sum = 0;
    for (JsonObject count : verdict.objects("counts")) {
      sum += count.number("count");
    }
    assertThat(sum).isEqualTo(verdict.number("size")).isPositive();
  }

  @Test
  @Order(4)
  void whatATokenTouchedIsFoundExportedAndVerified() throws Exception {
    Distribution.run(
        folder,
        "client",
        "add",
        "acme-mail",
        "--tenant",
        "acme",
        "--audience",
        "counterfoil-monitor",
        "--scope",
        "counterfoil:audit-report");
    Result source = Distribution.run(folder, "token", "--client", "acme-mail");
    assertThat(source.exitCode()).as(source.err()).isZero();
    String event =
        """
        {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,
         "metadata":{"version":"1.8.0","product":{"name":"mail"},"profiles":["counterfoil"],"tenant_uid":"acme","sequence":0},
         "actor":{"app_uid":"mail-app"},"src_endpoint":{"ip":"203.0.113.7"},"message":"=1+1\\u001b[31m",
         "databucket":{"name":"alice@acme.example","type_id":99},"recorded_token":{"uid":"s1g1.7.x"}}
        """
            .formatted(System.currentTimeMillis())
            .replace("\n", "");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> taken =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + monitorPort + "/audit/v1/events"))
                  .header("Authorization", "Bearer " + source.out().strip())
                  .header("Content-Type", "application/x-ndjson")
                  .POST(HttpRequest.BodyPublishers.ofString(event))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(taken.body()).isEqualTo("{\"recorded\":1,\"repeated\":0,\"refused\":[]}");
    }
    // An export waits until all that is durable can be found; a search right after it has it all.
    Result exported =
        Distribution.run(folder, "audit", "export", "--token", "s1g1.7.x", "--out", "e.ndjson");
    assertThat(exported.exitCode()).as(exported.err()).isZero();
    Result found = Distribution.run(folder, "audit", "search", "--token", "s1g1.7.x");
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
    assertThat(found.out()).contains("alice@acme.example", "203.0.113.7").doesNotContain("\u001b");
    // Elsewhere, with the domain's policy and nothing else: it leads to the audit log's key.
    Result proved =
        Distribution.run(
            folder,
            "audit",
            "verify",
            "--json",
            "--data",
            "elsewhere",
            "--policy",
            "counterfoil-data/domains/main/policy.txt",
            "e.ndjson");
    assertThat(proved.exitCode()).as(proved.out() + proved.err()).isZero();
    assertThat(proved.json().number("events")).isEqualTo(1);
    assertThat(proved.json().string("key_from")).isEqualTo("key-log");
    Path bundle = folder.resolve("e.ndjson");
    Files.writeString(bundle, Files.readString(bundle).replace("alice@", "mallory@"));
    Result changed = Distribution.run(folder, "audit", "verify", "--json", "e.ndjson");
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(changed.json().string("fault")).contains("is not what the log holds");
    auditKeys();
    traces(source.out().strip());
  }

  /** The key log says whose key an audit log has: of this monitor's, and not of another one. */
  private void auditKeys() throws Exception {
    Result own = Distribution.run(folder, "audit", "key", "--json");
    assertThat(own.exitCode()).as(own.out() + own.err()).isZero();
    assertThat(own.json().truth("stands")).isTrue();
    NoteSigner key = TestLogKey.of("counterfoil-monitor/audit-2");
    String keyLog = KeyLog.origin("https://elsewhere.example");
    SignedNote consent =
        new AuditLogConsent(new Checkpoint(key.key().name(), 1, Hash.sha256()), keyLog).sign(key);
    Files.write(
        folder.resolve("another.json"),
        new AuditLogRequest(key.key(), keyLog, new String(consent.bytes(), StandardCharsets.UTF_8))
            .bytes());
    Result another = Distribution.run(folder, "audit", "key", "--request", "another.json");
    assertThat(another.exitCode()).as(another.out() + another.err()).isEqualTo(1);
    assertThat(another.out()).contains("NOT STATED", "--follows counterfoil-monitor/audit");
  }

  /** From a token back to its client's registration; and one that was never issued. */
  private void traces(String token) throws Exception {
    String claims =
        new String(
            Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.UTF_8);
    String id = StrictJson.object(claims.getBytes(StandardCharsets.UTF_8), 1 << 16).string("jti");
    Result traced = Distribution.run(folder, "audit", "trace", "--token", id);
    // The authority delivers what it did to the client a moment later.
    for (int i = 0; i < 60 && !traced.out().contains("client.register by"); i++) {
      traced = Distribution.run(folder, "audit", "trace", "--token", id);
    }
    assertThat(traced.exitCode()).as(traced.out() + traced.err()).isZero();
    assertThat(traced.out())
        .contains(
            "to client acme-mail, of tenant acme", "client_secret_basic", "client.register by");
    Result forged = Distribution.run(folder, "audit", "trace", "--token", "s1g1.7.x");
    assertThat(forged.exitCode()).isEqualTo(1);
    assertThat(forged.out()).contains("NOT IN THE RECORD", "alice@acme.example");
    copiesAnIdentifier(token, claims);
  }

  /** The token at hand decides, not the identifier that it names. */
  private void copiesAnIdentifier(String token, String claims) throws Exception {
    Path file = folder.resolve("presented.txt");
    Files.writeString(file, token);
    Result honest = Distribution.run(folder, "audit", "trace", "--token", file.toString());
    assertThat(honest.exitCode()).as(honest.out() + honest.err()).isZero();
    String[] parts = token.split("\\.", -1);
    String others =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                claims
                    .replace("\"client_id\":\"", "\"client_id\":\"another-")
                    .getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, parts[0] + "." + others + "." + parts[2]);
    Result copied = Distribution.run(folder, "audit", "trace", "--token", file.toString());
    assertThat(copied.exitCode()).as(copied.out() + copied.err()).isEqualTo(1);
    assertThat(copied.out()).contains("NOT ISSUED", "copies the identifier");
  }

  @Test
  @Order(4)
  void anAuditorsPageIsRunAsItStands() throws Exception {
    Path root = Path.of(System.getProperty("counterfoil.root"));
    Path log = folder.resolve("counterfoil-data/domains/main/log/s1g1");
    Files.copy(log.resolve("checkpoint"), folder.resolve("kept.txt"));
    String token = token();
    Files.writeString(folder.resolve("token.txt"), token);
    long position = verify(token, 0).number("position");
    String url = verify(token, 0).object("checkpoint").string("origin");
    List<LogPage.Step> steps = LogPage.steps(root, "http://" + url, folder.resolve("web"));
    assertThat(steps).hasSizeGreaterThan(8);
    for (LogPage.Step step : steps) {
      Result result = Distribution.run(folder, step.words().toArray(String[]::new));
      assertThat(result.exitCode()).as(step.words() + "\n" + result.out() + result.err()).isZero();
      if (step.output().isPresent()) {
        Files.writeString(folder.resolve(step.output().get()), result.out());
      }
    }
    Result proved =
        Distribution.run(
            folder,
            "log",
            "verify-proof",
            "--json",
            "--policy",
            "policy.txt",
            "token.txt",
            "token.tlog-proof");
    assertThat(proved.json().number("position")).isEqualTo(position);
    Files.writeString(folder.resolve("other.txt"), token());
    Result refused =
        Distribution.run(
            folder,
            "log",
            "verify-proof",
            "--policy",
            "policy.txt",
            "other.txt",
            "token.tlog-proof");
    assertThat(refused.exitCode()).as("another token's proof").isEqualTo(1);
  }

  @Test
  @Order(10)
  void anOutsidersClientChecksTheLog() throws Exception {
    String origin = verify(token(), 0).object("checkpoint").string("origin");
    String vkey =
        Distribution.run(folder, "log", "policy")
            .out()
            .lines()
            .filter(line -> line.startsWith("log " + origin + "+"))
            .findFirst()
            .orElseThrow()
            .split(" ", -1)[1];
    Path source =
        Path.of(System.getProperty("counterfoil.root"), "log/src/test/go/auditor/auditor.go");
    ProcessBuilder go =
        new ProcessBuilder(
                "go", "run", source.toString(), "-url", "http://" + origin, "-vkey", vkey)
            .redirectErrorStream(true);
    go.environment().put("GO111MODULE", "off");
    go.environment().put("GOPATH", "/usr/share/gocode");
    Process process = go.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).startsWith("OK ");
  }

  /** With jose and zlib, as a service does that knows nothing of logs. */
  @Test
  @Order(10)
  void anOutsiderSeesInTheStatusListThatATokenWasRevoked() throws Exception {
    Path outsider = Files.createDirectories(folder.resolve("outsider"));
    Path node = Path.of(System.getProperty("counterfoil.root"), "integrations/node");
    for (String file : List.of("package.json", "package-lock.json")) {
      Files.copy(node.resolve(file), outsider.resolve(file));
    }
    Files.copy(node.resolve("src/status-list.js"), outsider.resolve("status-list.js"));
    said(outsider, "", "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    String revoked = token();
    String kept = token();
    String[] ask = {"node", "status-list.js", demo.issuer(), "demo-api"};
    String both = revoked + "\n" + kept + "\n";
    assertThat(said(outsider, both, ask)).isEqualTo("VALID\nVALID\n");
    demo.revoke(revoked);
    assertThat(said(outsider, both, ask)).isEqualTo("INVALID token is revoked\nVALID\n");
  }

  private static String said(Path folder, String input, String... command) throws Exception {
    Path in = Files.writeString(folder.resolve("in"), input);
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(in.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  @Order(5)
  void keysAreListedWithTheirScope() throws Exception {
    Result keys = Distribution.run(folder, "keys", "list", "--json");
    assertThat(keys.exitCode()).as(keys.err()).isZero();
    assertThat(keys.json().objects("keys")).isNotEmpty();
    Result paused = Distribution.run(folder, "keys", "pause", "1h", "--json");
    assertThat(paused.exitCode()).as(paused.err()).isZero();
    assertThat(paused.json().truth("changed")).isTrue();
    assertThat(Distribution.run(folder, "keys", "list").out())
        .contains("verified from the root", "acme", KEY_MARKS, "is paused until")
        .doesNotContain("OUTAGE", "ceremony-due");
    assertThat(Distribution.run(folder, "keys", "resume").exitCode()).isZero();
    Result tooLong = Distribution.run(folder, "keys", "pause", "400d");
    assertThat(tooLong.exitCode()).isEqualTo(1);
    assertThat(tooLong.err()).contains("Pause until");
  }

  @Test
  @Order(10)
  void exposureSaysWhoWouldLetAThiefIn() throws Exception {
    String kid = verify(token(), 0).string("kid");
    JsonObject demo = exposed(kid, "demo-api");
    for (int tries = 0; demo.number("sighted") == 0 && tries < 50; tries++) {
      Thread.sleep(100);
      demo = exposed(kid, "demo-api");
    }
    // Every command reported what it verified, and none of them runs any more.
    assertThat(demo.string("verdict")).isEqualTo("notices");
    assertThat(demo.number("sighted")).isPositive().isLessThanOrEqualTo(demo.number("issued"));
    assertThat(demo.truth("blind_spot")).isFalse();
    // Whoever verifies says for whom at least twice a minute.
    JsonObject monitor = exposed(kid, "counterfoil-monitor");
    for (int tries = 0; !"refuses".equals(monitor.get("verdict")) && tries < 45; tries++) {
      Thread.sleep(1_000);
      monitor = exposed(kid, "counterfoil-monitor");
    }
    assertThat(monitor.string("verdict")).isEqualTo("refuses");
    assertThat(monitor.strings("modes")).containsExactly("tiles");
    assertThat(Distribution.run(folder, "exposure", "--if-stolen", kid).out())
        .contains("was never issued", "demo-api", "notices");
    Result unknown = Distribution.run(folder, "exposure", "--if-stolen", "x".repeat(43));
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("states no key");
  }

  private JsonObject exposed(String kid, String audience) throws Exception {
    Result asked = Distribution.run(folder, "exposure", "--if-stolen", kid, "--json");
    assertThat(asked.exitCode()).as(asked.err()).isLessThanOrEqualTo(1);
    return asked.json().objects("services").stream()
        .filter(service -> audience.equals(service.get("audience")))
        .findFirst()
        .orElseThrow(() -> new AssertionError(asked.out()));
  }

  /** What a key that signs shows in its line. */
  private static final String KEY_MARKS = "=";

  @Test
  @Order(5)
  void anAuditorReplaysWhichKeyWasAllowedToSignAToken() throws Exception {
    Path file = Files.writeString(folder.resolve("audited"), token());
    Result allowed = Distribution.run(folder, "keys", "audit", "--token", file.toString());
    assertThat(allowed.exitCode()).as(allowed.err()).isZero();
    assertThat(allowed.out()).startsWith("ALLOWED");
    Path copy = folder.resolve("counterfoil-data/domains/main/log/keys");
    Result offline =
        Distribution.run(
            folder,
            "keys",
            "audit",
            copy.toString(),
            "--kid",
            allowed.out().split(" +", -1)[2],
            "--at",
            "2020-01-01T00:00:00Z");
    assertThat(offline.exitCode()).isEqualTo(1);
    assertThat(offline.out()).startsWith("NOT ALLOWED");
  }

  @Test
  @Order(6)
  void secretsAreForTheirOwnerAndInNoLog() throws Exception {
    Path domain = folder.resolve("counterfoil-data/domains/main");
    Path secretFile = domain.resolve("clients/demo.secret");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secretFile)))
        .isEqualTo("rw-------");
    String secret = Files.readString(secretFile).strip();
    String token = tokenOfTheCommand();
    List<String> logs = new ArrayList<>();
    try (var files = Files.newDirectoryStream(folder.resolve("counterfoil-data/logs"))) {
      for (Path file : files) {
        logs.add(Files.readString(file));
      }
    }
    assertThat(logs)
        .hasSize(PROCESSES.size())
        .noneMatch(log -> log.contains(secret))
        .noneMatch(log -> log.contains(token));
    // The control: the secret is the one that opens the door.
    assertThat(secret).hasSizeGreaterThanOrEqualTo(43);
  }

  @ParameterizedTest
  @ValueSource(strings = {"registrar-main", "signer-main", "authority", "monitor"})
  @Order(6)
  void nativeLibrariesAreLoadedFromTheDistribution(String name) throws Exception {
    assumeTrue(LeftBehind.canBeTaken(), "only root sees what a signer has loaded");
    Running up = java.util.Objects.requireNonNull(running);
    List<String> mappings = Files.readAllLines(Path.of("/proc", "" + up.pid(name), "maps"));
    List<String> unpacked =
        mappings.stream()
            .filter(line -> line.contains("CorrettoCrypto") || line.contains("sqlitejdbc"))
            .filter(line -> line.contains(".so"))
            .map(line -> line.substring(line.indexOf('/')))
            .distinct()
            .toList();
    assertThat(unpacked).isNotEmpty().allMatch(file -> file.contains("/counterfoil/native/lib"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"registrar-main", "signer-main", "authority", "monitor"})
  @Order(7)
  void aProcessThatIsKilledOrRunsOutOfMemoryStartsAgainByItself(String name) throws Exception {
    String before = token();
    long process = java.util.Objects.requireNonNull(running).pid(name);
    if (LeftBehind.canBeTaken() && List.of("authority", "monitor").contains(name)) {
      new LeftBehind(folder).runsOutOfMemory(process, name);
    } else {
      ProcessHandle.of(process).orElseThrow().destroyForcibly();
    }
    awaitToken();
    assertThat(verify(before, 0).truth("verified")).isTrue();
    assertThat(verify(token(), 0).truth("verified")).isTrue();
    assertThat(Distribution.run(folder, "log", "check").exitCode()).isZero();
    // Tokens come without the monitor, and what follows asks it.
    for (int i = 0; i < 120 && Distribution.run(folder, "findings").exitCode() > 1; i++) {
      Thread.sleep(500);
    }
  }

  private void awaitToken() throws Exception {
    for (int i = 0; i < 600; i++) {
      if (demo.isServed()) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no token any more");
  }

  @Test
  @Order(7)
  void whatAGuardRefusedOutlivesItAndTheMonitor() throws Exception {
    SpoolingGuard.configure(folder, monitorPort);
    long monitor = java.util.Objects.requireNonNull(running).pidNow("/monitor.yaml");
    try (SpoolingGuard guard = SpoolingGuard.start(folder)) {
      guard.refuses("203.0.113.41");
      assertThat(SpoolingGuard.awaitEvent(folder, "203.0.113.41")).isEqualTo(1);
      Distribution.signal("STOP", monitor);
      guard.refuses("203.0.113.42");
      guard.awaitSpooled("203.0.113.42");
      guard.kill();
    }
    Distribution.signal("KILL", monitor);
    try (SpoolingGuard guard = SpoolingGuard.start(folder)) {
      guard.refuses("203.0.113.43");
      for (String address : List.of("203.0.113.41", "203.0.113.42", "203.0.113.43")) {
        assertThat(SpoolingGuard.awaitEvent(folder, address)).as(address).isEqualTo(1);
      }
    }
  }

  @Test
  @Order(8)
  void compromiseReplacesTheSignerAndLogsNobodyOut() throws Exception {
    String before = token();
    earlier = PutBackKeyLog.copied(folder);
    Result asked = Distribution.run(folder, "compromise", "--json");
    assertThat(asked.exitCode()).as("nothing happens without --yes").isEqualTo(2);
    Result done = Distribution.run(folder, "compromise", "--json", "--yes");
    assertThat(done.exitCode()).as(done.err()).isZero();
    awaitToken();
    JsonObject after = verify(token(), 0);
    assertThat(after.object("checkpoint").string("origin"))
        .doesNotEndWith("/" + done.json().string("log"));
    assertThat(done.json().strings("kids")).doesNotContain(after.string("kid"));
    assertThat(verify(before, 0).truth("verified")).isTrue();
    // Authority and monitor verify tokens, too, and acknowledge as every service does.
    assertThat(done.json().object("verifiers").number("refusing")).isGreaterThanOrEqualTo(2);
    String log = done.json().string("log");
    for (String[] again :
        new String[][] {
          {"compromise", "--json", "--yes"}, {"compromise", log, "--json", "--yes"},
        }) {
      Result second = Distribution.run(folder, again);
      assertThat(second.exitCode()).as(second.err()).isZero();
      assertThat(second.json().truth("changed")).isFalse();
      assertThat(second.json().string("log")).isEqualTo(log);
      assertThat(second.json().number("size")).isEqualTo(done.json().number("size"));
      assertThat(second.json().strings("kids")).isEqualTo(done.json().strings("kids"));
    }
    assertThat(Distribution.run(folder, "compromise", "s7", "--yes").exitCode()).isEqualTo(3);
    assertThat(verify(token(), 0).string("kid")).isEqualTo(after.string("kid"));
    Result revoked =
        Distribution.run(
            folder, "keys", "revoke", done.json().strings("kids").getFirst(), "--json");
    assertThat(revoked.exitCode()).as(revoked.err()).isZero();
    assertThat(revoked.json().truth("changed")).isFalse();
    for (boolean first : new boolean[] {true, false}) {
      Result tainted =
          Distribution.run(
              folder, "keys", "taint", done.json().strings("kids").getFirst(), "--json");
      assertThat(tainted.exitCode()).as(tainted.err()).isZero();
      assertThat(tainted.json().truth("changed")).isEqualTo(first);
    }
    assertThat(Distribution.run(folder, "keys", "readiness", "--json").exitCode()).isZero();
  }

  @Test
  @Order(9)
  void aSecondStartGoesOnWithTheSameState() throws Exception {
    String before = token();
    long position = verify(before, 0).number("position");
    java.util.Objects.requireNonNull(running).close();
    assertThat(Distribution.run(folder, "token").exitCode()).as("nobody answers").isEqualTo(4);
    java.util.Objects.requireNonNull(earlier).isNamedAndBroughtBack(configuration);
    running = Running.startTalkative(folder, hasty());
    assertThat(verify(before, 0).number("position")).isEqualTo(position);
    assertThat(verify(token(), 0).number("position")).isGreaterThan(position);
    // The keys that sign keep their times. Those that a replaced signer makes follow each other
    // from here to the last test.
    Result replaced = Distribution.run(folder, "compromise", "s1", "--again", "--json", "--yes");
    assertThat(replaced.exitCode()).as(replaced.err()).isZero();
    assertThat(replaced.json().truth("changed")).isTrue();
    awaitToken();
  }

  /** Keys that are followed within seconds, and can sign on for as long as a busy machine needs. */
  private Path hasty() throws IOException {
    return Files.writeString(
        folder.resolve("hasty.yaml"),
        Files.readString(configuration)
                .replace(
                    "spare-signers: 0",
                    "spare-signers: 0\n    propagation-window: 1s\n    accept-good-tokens-refused: true")
                .stripTrailing()
            + "\n        usage-period: 12s\n        usage-reserve: 60s\n");
  }

  @Test
  @Order(10)
  void aSecondUpOnTheSameFolderRefuses() throws Exception {
    Result second = Distribution.run(folder, "up", "--json", "--config", configuration.toString());
    assertThat(second.exitCode()).isEqualTo(3);
    assertThat(second.err()).contains("another counterfoil up is running");
  }

  @Test
  @Order(11)
  void aWrongConfigurationNamesItsLine() throws Exception {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(wrong, Files.readString(configuration) + "    token-live: 5m\n");
    Result unknown =
        Distribution.run(
            folder, "up", "--config", wrong.toString(), "--data", folder.resolve("d2").toString());
    assertThat(unknown.exitCode()).isEqualTo(3);
    assertThat(unknown.err()).contains("wrong.yaml:12", "token-life");
    Files.writeString(wrong, Files.readString(configuration) + "    token-life: 5 parsecs\n");
    Result unit =
        Distribution.run(
            folder, "up", "--config", wrong.toString(), "--data", folder.resolve("d2").toString());
    assertThat(unit.exitCode()).isEqualTo(3);
    assertThat(unit.err()).contains("wrong.yaml:12");
    Result missing =
        Distribution.run(
            folder, "up", "--config", "no-such.yaml", "--data", folder.resolve("d2").toString());
    assertThat(missing.exitCode()).isEqualTo(3);
    assertThat(missing.err()).contains("no-such.yaml");
  }

  /** Whatever the processes and commands of this hour have said, against OCSF as released. */
  @Test
  @Order(12)
  void everyEventIsOneOfOcsf() throws Exception {
    // A client that does not prove itself.
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest nobody =
          HttpRequest.newBuilder(URI.create(demo.issuer() + "/token"))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials"))
              .build();
      assertThat(http.send(nobody, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(401);
    }
    assertThat(EmittedEvents.ofOcsf(folder, "acme", "counterfoil"))
        .contains("a source's", "audit.export", "audit.trace", "audit.search", "client.register")
        .contains("counterfoils.read", "key.activate", "key.prepare")
        .contains("process.start", "signer.replace", "source.start", "token.issue", "token.refuse");
  }

  /**
   * After everything that was done to it: restarts, replaced signers, a registrar restored, and
   * keys that were followed by others and destroyed.
   */
  @Test
  @Tag("turn-3")
  @Order(13)
  void nothingThatProcessesLeaveBehindHoldsAKey() throws Exception {
    assumeTrue(LeftBehind.canBeTaken(), "only root takes images of a signer");
    Path signer = folder.resolve("counterfoil-data/domains/main/signer");
    Path keys = LeftBehind.newestKeys(signer);
    for (int i = 0; i < 6_000 && !Files.exists(keys.resolve("k1.destroyed")); i++) {
      Thread.sleep(100);
    }
    assertThat(keys.resolve("k1.destroyed")).as("rotated by time alone").exists();
    awaitToken();
    String active = verify(token(), 0).string("kid");
    var left = new LeftBehind(folder);
    Running up = java.util.Objects.requireNonNull(running);
    left.coresHoldNoKey(up, active, LeftBehind.destroyed(signer));
    // Signer and registrar, whose files are bounded, do not read how talkative they shall be: those
    // that do are searched in KeyLeakTest.
    for (String name : List.of("authority", "monitor")) {
      assertThat(folder.resolve("counterfoil-data/logs/" + name + ".log"))
          .content()
          .contains(" DEBUG ");
    }
    left.nothingElseHoldsAKey(up, LeftBehind.destroyed(signer));
  }
}
