package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.check.CountsCheck;
import dev.counterfoil.custodian.check.TenantCheck;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.verifier.KeySetSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A custodian that runs alone, against an issuer over HTTP. */
@Timeout(120)
final class CustodianTest {
  private static final String LOG = RecordedIssuer.LOG;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final BlockingQueue<byte[]> acknowledged = new ArrayBlockingQueue<>(10_000);
  private volatile boolean issuerLost;

  /** The issuer has no counterfoil below this position any more. */
  private volatile long issuerBegin;

  private HttpServer server;
  private RecordedIssuer issuer;
  private CustodianProcess custodian;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    issuer = new RecordedIssuer("acme", url, InstantSource.system());
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
    Files.writeString(folder.resolve("policy.txt"), issuer.issuer.policy().text());
    TestClientKey.write(folder.resolve("client.jwk"));
    custodian = startCustodian();
  }

  private CustodianProcess startCustodian() throws Exception {
    return startCustodian("data");
  }

  private CustodianProcess startCustodian(String data) throws Exception {
    return startCustodian(data, "");
  }

  private CustodianProcess startCustodian(String data, String auditLogs) throws Exception {
    String yaml =
        auditLogs
            + """
        listen: 127.0.0.1:0
        data: %s
        cosigner: custodian.example/c1
        poll-interval: 20ms
        counterfoil-within: %s
        domains:
          - name: acme
            policy: policy.txt
            client-key: client.jwk
        """
                .formatted(data, data.equals("late") ? "1s" : "10s");
    return CustodianProcess.start(
        Configuration.parse(folder.resolve("custodian.yaml"), yaml, CustodianConfiguration.class),
        InstantSource.system(),
        new SecureRandom(),
        failures::add);
  }

  /** Configuration of an audit log of a monitor that is not there. */
  private static String auditLog(String origin) {
    return """
      - key: %s
        url: http://127.0.0.1:1
        domain: acme
    """
        .formatted(TestLogKey.of(origin, new SecureRandom()).key());
  }

  @Test
  void anAuditLogWhoseFolderDoesNotOpenIsAnAlarmAndTokensAreHeld() throws Exception {
    custodian.close();
    Path inTheWay = folder.resolve("data/custody-audit");
    Path alarms = folder.resolve("data/alarms.ndjson");
    String auditLogs = "audit-logs:\n" + auditLog("monitor.example/audit");
    Files.writeString(inTheWay, "no folder");
    custodian = startCustodian("data", auditLogs);
    issuer.issue();
    awaitHeld(1);
    assertThat(Files.readString(alarms).lines())
        .singleElement()
        .satisfies(
            alarm ->
                assertThat(alarm)
                    .contains("counterfoil-damaged", "\"log\":\"monitor.example/audit\""));
    String health =
        http.send(
                HttpRequest.newBuilder(URI.create(url() + "/health/ready")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    assertThat(health)
        .as("to everybody, and without where it lies here")
        .contains("it cannot be opened")
        .doesNotContain(folder.toString());
    custodian.close();
    Files.delete(inTheWay);
    custodian = startCustodian("data", auditLogs);
    issuer.issue();
    awaitHeld(2);
    assertThat(inTheWay).as("the control").isDirectory();
    assertThat(Files.readString(alarms).lines()).hasSize(1);
  }

  @Test
  void auditLogsAreDistinctByTheirOriginsAndNoneIsADomainsOwnLog() throws Exception {
    String one = auditLog("one.example/audit");
    assertThatThrownBy(
            () -> startCustodian("twice", "audit-logs:\n" + one + auditLog("one.example/audit")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("two have the origin one.example/audit");
    String tokens = issuer.issuer.issuer().substring("http://".length()) + "/logs/" + LOG;
    assertThatThrownBy(() -> startCustodian("tokens", "audit-logs:\n" + auditLog(tokens)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("origin of a log of domain acme");
    // The control; and people can tell the two apart.
    try (CustodianProcess both =
        startCustodian("both", "audit-logs:\n" + one + auditLog("two.example/audit"))) {
      URI health = URI.create("http://127.0.0.1:" + both.port() + "/health/ready");
      assertThat(
              http.send(
                      HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.ofString())
                  .body())
          .contains("\"log\":\"one.example/audit\"", "\"log\":\"two.example/audit\"");
    }
  }

  /** What the configuration names is there and usable, or no start is tried again. */
  @Test
  void aPolicyOrAClientsKeyThatCannotBeUsedIsTheConfigurations() throws Exception {
    Path policy = folder.resolve("policy.txt");
    String good = Files.readString(policy);
    RecordedIssuer foreign =
        new RecordedIssuer("other", "http://127.0.0.1:1", InstantSource.system());
    Files.delete(policy);
    assertThatThrownBy(() -> startCustodian("none"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no policy");
    for (String wrong : List.of("colour red\n", foreign.issuer.policy().text())) {
      Files.writeString(policy, wrong);
      assertThatThrownBy(() -> startCustodian("wrong-" + wrong.length()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("policy.txt");
    }
    Files.writeString(policy, good);
    Path key = folder.resolve("client.jwk");
    byte[] goodKey = Files.readAllBytes(key);
    Files.writeString(key, "{}");
    assertThatThrownBy(() -> startCustodian("keyless"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("client.jwk");
    Files.write(key, goodKey);
    startCustodian("another").close();
  }

  @AfterEach
  void stop() throws Exception {
    custodian.close();
    server.stop(0);
    // Whatever still waits for an answer of a server that is gone is given up.
    http.shutdownNow();
    http.close();
    assertThat(failures).isEmpty();
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body;
    int status = 200;
    if (issuerLost) {
      exchange.sendResponseHeaders(503, -1);
      return;
    }
    try {
      if (path.equals("/token")) {
        body =
            "{\"access_token\":\"custodian\",\"token_type\":\"Bearer\",\"expires_in\":600}"
                .getBytes(StandardCharsets.US_ASCII);
      } else if (path.endsWith("/held")) {
        acknowledged.add(exchange.getRequestBody().readAllBytes());
        body = new byte[0];
      } else if (path.endsWith("/counterfoils")) {
        stream(exchange);
        return;
      } else if (path.contains("/tile/entries/") && !path.startsWith("/logs/keys/")) {
        body = bundle(path);
      } else {
        body = issuer.issuer.get(URI.create(issuer.issuer.issuer() + path), 1 << 20);
      }
    } catch (IOException e) {
      status = 404;
      body = new byte[0];
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** The bundle of a log's first entries, as c2sp.org/tlog-tiles has it. */
  private byte[] bundle(String path) throws IOException {
    String log = path.split("/", -1)[2];
    StatedLog of = new StatedLog(log, logKey(log), URI.create(issuer.issuer.issuer()));
    byte[] entries;
    try {
      entries = issuer.entries(of, 0, 256);
    } catch (IssuerUnavailableException e) {
      throw new IOException(e);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < entries.length; at += Leaf.ENTRY_BYTES) {
      out.writeBytes(new byte[] {0, Leaf.ENTRY_BYTES});
      out.write(entries, at, Leaf.ENTRY_BYTES);
    }
    return out.toByteArray();
  }

  private void stream(HttpExchange exchange) throws IOException {
    String log = exchange.getRequestURI().getPath().split("/", -1)[2];
    long from = Long.parseLong(exchange.getRequestURI().getQuery().split("=", -1)[1]);
    if (from < issuerBegin) {
      byte[] gone =
          JsonObject.builder()
              .put("error", "invalid_request")
              .put("error_description", "they were given back: " + custodian.key().name())
              .build()
              .toString()
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(410, gone.length);
      exchange.getResponseBody().write(gone);
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      issuer.stream(log, from, out);
    } catch (IOException e) {
      // The custodian has closed its stream.
      exchange.close();
    }
  }

  private NoteKey logKey() throws IOException {
    return logKey(LOG);
  }

  private NoteKey logKey(String log) throws IOException {
    try {
      KeySet set = KeySetSource.read(issuer.issuer.policy(), issuer.keyLog(), Instant.now());
      return set.log(log).orElseThrow().key();
    } catch (FormatException e) {
      throw new IOException(e);
    }
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + custodian.port());
  }

  private HttpResponse<String> get(String path, String token) throws Exception {
    return get(LOG, path, token);
  }

  private HttpResponse<String> get(String log, String path, String token) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create(url() + "/logs/" + CustodyRoutes.nameOf(logKey(log).name()) + "/" + path));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /**
   * What the custodian says that it holds once that is so much; waits as long as the build does.
   */
  private SignedNote awaitHeld(long size) throws Exception {
    return awaitHeld(LOG, size);
  }

  private SignedNote awaitHeld(String log, long size) throws Exception {
    while (true) {
      HttpResponse<String> response = get(log, "held", "");
      if (response.statusCode() == 200) {
        SignedNote note = SignedNote.parse(response.body().getBytes(StandardCharsets.UTF_8));
        if (Checkpoint.parse(note.text()).size() >= size) {
          return note;
        }
      }
      Thread.onSpinWait();
    }
  }

  private String token(String tenant, String scope) {
    return issuer.issue(
        issuer
            .draft()
            .claim("aud", "counterfoil-custodian")
            .claim("scope", scope)
            .claim("tenant", tenant));
  }

  private static JsonObject json(HttpResponse<String> response) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return StrictJson.object(response.body().getBytes(StandardCharsets.UTF_8), 1 << 24);
  }

  @Test
  void whatIsHeldIsCosignedServedAndAcknowledged() throws Exception {
    String first = issuer.issue();
    issuer.issue();
    SignedNote held = awaitHeld(2);
    assertThat(held.isSignedBy(logKey())).isTrue();
    assertThat(Cosignature.find(held, custodian.key())).isPresent();
    while (true) {
      SignedNote told = SignedNote.parse(acknowledged.take());
      assertThat(Cosignature.find(told, custodian.key())).isPresent();
      if (Checkpoint.parse(told.text()).size() == 2) {
        break;
      }
    }
    // The signer's host is lost, and the custodian starts again: it still proves every token.
    issuerLost = true;
    custodian.close();
    custodian = startCustodian();
    assertThat(get("checkpoint", "").statusCode()).isEqualTo(200);
    TlogProof proof = TlogProof.parse(get("proof/0", "").body().getBytes(StandardCharsets.UTF_8));
    Leaf leaf =
        Leaf.of(first.substring(0, first.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    assertThat(proof.verify(leaf, logKey()).size()).isEqualTo(2);
    assertThat(Cosignature.find(proof.checkpoint(), custodian.key())).isPresent();
    assertThat(get("tile/0/000.p/2", "").statusCode()).isEqualTo(200);
    assertThat(get("tile/0/000.p/3", "").statusCode()).isEqualTo(404);
    assertThat(get("proof/2", "").statusCode()).isEqualTo(404);
  }

  @Test
  void aTenantIsSureOfAllItsTokensAndSeesNoOther() throws Exception {
    for (int i = 0; i < 450; i++) {
      issuer.issue(issuer.draft().claim("tenant", i % 2 == 0 ? "acme" : "globex"));
    }
    String acme = token("acme", TenantRoutes.TENANT_SCOPE);
    awaitHeld(451);
    List<Long> positions = new ArrayList<>();
    TenantCheck check = new TenantCheck(http, url(), custodian.key(), acme);
    TenantCheck.Verdict verdict =
        check.check(logKey(), "acme", held -> positions.add(held.position()));
    assertThat(verdict.faults()).isEmpty();
    assertThat(verdict.isAll()).isTrue();
    assertThat(verdict.proved()).isEqualTo(226).isEqualTo(positions.size());
    assertThat(positions).startsWith(0L, 2L, 4L).endsWith(450L);

    assertThat(check.check(logKey(), "globex", held -> {}).isAll())
        .as("the token is acme's")
        .isFalse();
    CosignerKey other =
        new CosignerKey("custodian.example/c1", custodian.key().algorithm(), Hash.sha256().bytes());
    assertThat(new TenantCheck(http, url(), other, acme).check(logKey(), "acme", held -> {}))
        .satisfies(no -> assertThat(no.isAll()).isFalse())
        .satisfies(no -> assertThat(no.faults()).hasSize(1));
    assertThat(get("tenant", "").statusCode()).isEqualTo(401);
    assertThat(get("tenants", acme).statusCode()).isEqualTo(403);
    String wrongScope = token("acme", "mail.read");
    awaitHeld(452);
    assertThat(get("tenant", wrongScope).statusCode()).isEqualTo(403);
    assertThatThrownBy(
            () ->
                new TenantCheck(http, url(), custodian.key(), wrongScope)
                    .check(logKey(), "acme", held -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("403");
  }

  @Test
  void aPageOfLongCounterfoilsEndsEarlierAndAllOfThemAreProved() throws Exception {
    for (int i = 0; i < 130; i++) {
      issuer.issue(issuer.draft().claim("tenant", "acme").claim("pad", "x".repeat(10_000)));
    }
    String acme = token("acme", TenantRoutes.TENANT_SCOPE);
    awaitHeld(131);
    JsonObject page = json(get("tenant/counterfoils?size=131&from=0", acme));
    int first = page.objects("counterfoils").size();
    assertThat(first).isBetween(50, 110);
    assertThat(page.number("next")).isEqualTo(first);
    TenantCheck.Verdict verdict =
        new TenantCheck(http, url(), custodian.key(), acme).check(logKey(), "acme", held -> {});
    assertThat(verdict.faults()).isEmpty();
    assertThat(verdict.isAll()).as("the control").isTrue();
    assertThat(verdict.proved()).isEqualTo(131);
    JsonObject last = json(get("tenant/counterfoils?size=131&from=" + first, acme));
    assertThat(last.has("next")).as("what is less than a page is one").isFalse();
  }

  private TenantCheck.Verdict verdict(JsonObject own, String tenant) throws Exception {
    CustodianAnswers answers =
        path ->
            (path.endsWith("/tenant") ? own.toString() : "{\"kept_from\":0,\"counterfoils\":[]}")
                .getBytes(StandardCharsets.UTF_8);
    return new TenantCheck(custodian.key(), answers).check(logKey(), tenant, held -> {});
  }

  @Test
  void aTenantWithoutTokensIsShownThatItHasNone() throws Exception {
    for (int i = 0; i < 3; i++) {
      issuer.issue(issuer.draft().claim("tenant", "acme"));
    }
    awaitHeld(3);
    LogFollower follower =
        custodian.custodian().issuers().getFirst().followers().values().stream()
            .findFirst()
            .orElseThrow();
    JsonObject none =
        custodian.custodian().tenants().own(follower, "initech").orElseThrow().answer();
    TenantCheck.Verdict shown = verdict(none, "initech");
    assertThat(shown.faults()).isEmpty();
    assertThat(shown.isAll()).isTrue();
    assertThat(shown.stated()).isZero();
    // Another one who says so of acme has no proof of it.
    JsonObject acme = custodian.custodian().tenants().own(follower, "acme").orElseThrow().answer();
    assertThat(acme.number("count")).isEqualTo(3);
    for (JsonObject emptied :
        List.of(
            acme.with("count", 0L),
            acme.with("count", 0L).without("salt", "index", "path"),
            none.with("tenant", "acme"))) {
      assertThat(verdict(emptied, "acme").isAll()).as(emptied.toString()).isFalse();
    }
  }

  @Test
  void anAuditorSeesThatNobodysTokensAreLeftOut() throws Exception {
    for (int i = 0; i < 30; i++) {
      issuer.issue(issuer.draft().claim("tenant", "t" + i % 3));
    }
    String audit = token("globex", TenantRoutes.AUDIT_SCOPE);
    awaitHeld(31);
    JsonObject answer = json(get("tenants", audit));
    CustodyStatement statement =
        CustodyStatement.verify(
            answer.string("statement").getBytes(StandardCharsets.UTF_8),
            logKey().name(),
            custodian.key());
    List<TenantCount> counts = new ArrayList<>();
    for (JsonObject count : answer.objects("counts")) {
      counts.add(
          new TenantCount(
              count.string("tenant"),
              count.number("count"),
              Hash.parseBase64(count.string("salt"))));
    }
    assertThat(statement.faultOf(counts)).isEmpty();
    assertThat(counts).hasSize(16);
    assertThat(
            counts.stream().filter(c -> c.tenant().equals("t1")).findFirst().orElseThrow().count())
        .isEqualTo(10);
    counts.remove(0);
    assertThat(statement.faultOf(counts)).isPresent();

    CountsCheck.Verdict all = new CountsCheck(http, url(), custodian.key(), audit).check(logKey());
    assertThat(all.isAll()).isTrue();
    assertThat(all.counts()).extracting(TenantCount::tenant).contains("t0", "t1", "t2");
    assertThat(all.counts().stream().mapToLong(TenantCount::count).sum()).isEqualTo(31);
    CosignerKey other =
        new CosignerKey("custodian.example/c1", custodian.key().algorithm(), Hash.sha256().bytes());
    assertThat(new CountsCheck(http, url(), other, audit).check(logKey()))
        .satisfies(no -> assertThat(no.isAll()).isFalse())
        .satisfies(
            no ->
                assertThat(no.fault()).hasValueSatisfying(f -> assertThat(f).contains("no good")));
  }

  @Test
  void oneThatComesLateIsToldWhoHasTheRestAndGoesOnFromThat() throws Exception {
    String first = issuer.issue();
    for (int i = 1; i < 5; i++) {
      issuer.issue();
    }
    awaitHeld(5);
    issuerBegin = 3;
    CustodianProcess early = custodian;
    try (CustodianProcess late = startCustodian("late")) {
      Path alarms = folder.resolve("late/alarms.ndjson");
      while (Files.size(alarms) == 0) {
        Thread.sleep(20);
      }
      JsonObject alarm = StrictJson.object(Files.readAllBytes(alarms), 1 << 16);
      assertThat(alarm.string("kind")).isEqualTo("counterfoil-missing");
      assertThat(alarm.string("summary"))
          .contains("they were given back: custodian.example/c1")
          .doesNotContain("error_description");
      custodian = late;
      assertThat(Checkpoint.parse(awaitHeld(0).text()).size()).isZero();
    }
    custodian = early;
    early.close();
    copy(folder.resolve("data/custody/acme/" + LOG), folder.resolve("late/custody/acme/" + LOG));
    copy(folder.resolve("data/custody/names"), folder.resolve("late/custody/names"));
    custodian = startCustodian("late");
    assertThat(custodian.key()).isNotEqualTo(early.key());
    issuer.issue();
    SignedNote held = awaitHeld(6);
    assertThat(Cosignature.find(held, custodian.key())).isPresent();
    TlogProof proof = TlogProof.parse(get("proof/0", "").body().getBytes(StandardCharsets.UTF_8));
    Leaf leaf =
        Leaf.of(first.substring(0, first.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    assertThat(proof.verify(leaf, logKey()).size()).isEqualTo(6);
  }

  /** As an operator does it: over what the late one has. */
  private static void copy(Path from, Path to) throws Exception {
    Process copied =
        new ProcessBuilder(
                "sh",
                "-c",
                "rm -rf \"$2\" && cp -a \"$1\" \"$2\"",
                "sh",
                from.toString(),
                to.toString())
            .start();
    assertThat(copied.waitFor()).isZero();
  }

  @Test
  void aRestartKeepsTheKeyAndWhatWasCosigned() throws Exception {
    issuer.issue();
    awaitHeld(1);
    CosignerKey key = custodian.key();
    custodian.close();
    custodian = startCustodian();
    assertThat(custodian.key()).isEqualTo(key);
    assertThat(awaitHeld(1).isSignedBy(logKey())).isTrue();
    assertThat(Files.getPosixFilePermissions(folder.resolve("data/cosigner.key")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  /** Of a record log there are no counterfoils: its entries are held, cosigned and served. */
  @Test
  void aRecordLogIsCosignedServedAndAcknowledgedToo() throws Exception {
    issuer.issuer.addLog("d1g1");
    issuer.issuer.publish();
    SignedNote nothing = awaitHeld("d1g1", 0);
    assertThat(Cosignature.find(nothing, custodian.key())).as("of the empty log").isPresent();
    String first = issuer.issue(issuer.draft(issuer.key, "d1g1", 0), issuer.key, "d1g1");
    issuer.issue(issuer.draft(issuer.key, "d1g1", 1), issuer.key, "d1g1");
    SignedNote held = awaitHeld("d1g1", 2);
    assertThat(held.isSignedBy(logKey("d1g1"))).isTrue();
    assertThat(Cosignature.find(held, custodian.key())).isPresent();
    String told = "";
    while (!told.startsWith(logKey("d1g1").name() + "\n2\n")) {
      told = new String(acknowledged.take(), StandardCharsets.UTF_8);
    }
    issuerLost = true;
    custodian.close();
    custodian = startCustodian();
    TlogProof proof =
        TlogProof.parse(get("d1g1", "proof/0", "").body().getBytes(StandardCharsets.UTF_8));
    Leaf leaf =
        Leaf.of(first.substring(0, first.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    assertThat(proof.verify(leaf, logKey("d1g1")).size()).isEqualTo(2);
    assertThat(get("d1g1", "tile/entries/000.p/2", "").statusCode()).isEqualTo(200);
    assertThat(get("d1g1", "tenants", "").statusCode()).isEqualTo(404);
  }

  /** What is held of the key log once that is so much. */
  private Checkpoint awaitKeyLog(long size) throws Exception {
    while (true) {
      Checkpoint held = keyLogHeld();
      if (held.size() >= size) {
        return held;
      }
      Thread.onSpinWait();
    }
  }

  private NoteKey keyLogKey() {
    return KeyLog.pinnedBy(issuer.issuer.policy()).orElseThrow();
  }

  private HttpResponse<byte[]> ofKeyLog(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(
                URI.create(
                    url() + "/logs/" + CustodyRoutes.nameOf(keyLogKey().name()) + "/" + path))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private Checkpoint keyLogHeld() throws Exception {
    SignedNote note = SignedNote.parse(ofKeyLog("held").body());
    assertThat(Cosignature.find(note, custodian.key())).isPresent();
    return Checkpoint.parse(note.text());
  }

  @Test
  void theKeyLogIsHeldWholeAndNeverShorterAlsoAfterARestart() throws Exception {
    issuer.issue();
    long size = KeySetSource.read(issuer.issuer.policy(), issuer.keyLog(), Instant.now()).version();
    Checkpoint held = awaitKeyLog(size);
    assertThat(Checkpoint.verify(ofKeyLog("checkpoint").body(), keyLogKey())).isEqualTo(held);
    Tile bundle = Tile.of(Tile.ENTRIES, 0, held.size());
    MerkleFrontier tree = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    for (byte[] entry : EntryBundle.parse(ofKeyLog(bundle.path()).body(), bundle.width())) {
      tree.append(hasher.leaf(entry));
    }
    assertThat(tree.root()).isEqualTo(held.root());
    assertThat(ofKeyLog("tile/entries/007").statusCode()).isEqualTo(404);
    // The issuer is told, too.
    while (true) {
      Checkpoint told = Checkpoint.parse(SignedNote.parse(acknowledged.take()).text());
      if (told.equals(held)) {
        break;
      }
    }
    issuerLost = true;
    custodian.close();
    custodian = startCustodian();
    assertThat(keyLogHeld()).isEqualTo(held);
  }

  @Test
  void aSecondProcessOnOneFolderIsRefused() throws Exception {
    assertThatThrownBy(this::startCustodian)
        .isInstanceOf(Disk.FolderInUseException.class)
        .hasMessageContaining("another process");
    custodian.close();
    custodian = startCustodian();
  }
}
