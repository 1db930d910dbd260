package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.bundle.FirstPart;
import dev.counterfoil.audit.restore.AuditRestore;
import dev.counterfoil.auditserver.custody.AuditCustodyRoutes;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.custodian.CustodianProcess;
import dev.counterfoil.custodian.check.HeldRecords;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.monitor.RunningMonitor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A custodian on another host holds the audit log, and gives it back when the monitor is lost. */
@Timeout(240)
final class AuditCustodyTest extends RunningMonitor {
  private static final String LOG = "/audit/v1/log";
  private final AtomicBoolean isCut = new AtomicBoolean();

  @SuppressWarnings("NullAway.Init") // startLine sets it
  private HttpServer line;

  @SuppressWarnings("NullAway.Init") // each test starts it
  private CustodianProcess custodian;

  @SuppressWarnings("NullAway.Init") // startOther sets it
  private HttpServer other;

  /** What the custodian's client asks for is what it gets; others are as they are. */
  @Override
  public void serve(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/token")) {
      super.serve(exchange);
      return;
    }
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII);
    String token =
        form.contains("audience=" + AUDIENCE)
            ? token(AuditCustodyRoutes.SCOPE, KeyCeiling.OWN_TENANT)
            : "custodian";
    byte[] body =
        ("{\"access_token\":\"" + token + "\",\"token_type\":\"Bearer\",\"expires_in\":600}")
            .getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** What lies between the two hosts: passes everything on, until it is cut. */
  private void startLine() throws IOException {
    line = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    line.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    line.createContext("/", this::pass);
    line.start();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try {
      HttpRequest.Builder request = request(exchange.getRequestURI().toString());
      String token = exchange.getRequestHeaders().getFirst("Authorization");
      if (token != null) {
        request.header("Authorization", token);
      }
      if (exchange.getRequestMethod().equals("POST")) {
        request.POST(
            HttpRequest.BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
      }
      HttpResponse<InputStream> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = answer.body()) {
        exchange.sendResponseHeaders(isCut.get() ? 502 : answer.statusCode(), 0);
        OutputStream out = exchange.getResponseBody();
        byte[] piece = new byte[4096];
        for (int read = in.read(piece); read >= 0 && !isCut.get(); read = in.read(piece)) {
          out.write(piece, 0, read);
          out.flush();
        }
        if (!isCut.get()) {
          out.close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private void startCustodian() throws Exception {
    startCustodian("");
  }

  private void startCustodian(String moreDomains) throws Exception {
    String yaml =
        """
        listen: 127.0.0.1:0
        data: custodian
        cosigner: custodian.example/c1
        audience: %s
        poll-interval: 20ms
        counterfoil-within: 30m
        audit-logs:
          - key: %s
            url: http://127.0.0.1:%d
            domain: acme
        domains:
          - name: acme
            policy: policy.txt
            client-key: client.jwk
        %s"""
            .formatted(
                AUDIENCE,
                Files.readString(folder.resolve("data/audit/log.vkey")).strip(),
                line.getAddress().getPort(),
                moreDomains);
    custodian =
        CustodianProcess.start(
            Configuration.parse(
                folder.resolve("custodian.yaml"), yaml, CustodianConfiguration.class),
            InstantSource.system(),
            new SecureRandom(),
            failures::add);
  }

  @AfterEach
  void stopBoth() throws IOException {
    if (custodian != null) {
      custodian.close();
    }
    if (line != null) {
      line.stop(0);
    }
    if (other != null) {
      other.stop(0);
    }
  }

  private static String event(long sequence, String mailbox) {
    return JsonObject.builder()
            .put("activity_id", 1)
            .put("category_uid", 6)
            .put("class_uid", 6005)
            .put("type_uid", 600501)
            .put("severity_id", 1)
            .put("time", InstantSource.system().millis())
            .put("message", "message " + sequence)
            .put(
                "metadata",
                JsonObject.builder()
                    .put("version", "1.8.0")
                    .put("product", JsonObject.builder().put("name", "Example mail").build())
                    .put("tenant_uid", "acme")
                    .put("sequence", sequence)
                    .build())
            .put("actor", JsonObject.builder().put("app_uid", "mail-app").build())
            .put("src_endpoint", JsonObject.builder().put("ip", "203.0.113.7").build())
            .put("databucket", JsonObject.builder().put("name", mailbox).put("type_id", 99).build())
            .put("recorded_token", JsonObject.builder().put("uid", "s1g1.7.x").build())
            .build()
        + "\n";
  }

  /** Whether an event was acknowledged. */
  private boolean report(long sequence) throws Exception {
    HttpResponse<String> answer =
        send(
            request("/audit/v1/events")
                .header("Authorization", "Bearer " + token(AuditRoutes.REPORT_SCOPE))
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(event(sequence, "alice@acme.example"))));
    return answer.statusCode() == 200 && answer.body().startsWith("{\"recorded\":1");
  }

  private Checkpoint published() throws Exception {
    return checkpoint(send(request(LOG + "/checkpoint")));
  }

  private static Checkpoint checkpoint(HttpResponse<String> note) throws FormatException {
    assertThat(note.statusCode()).isEqualTo(200);
    return Checkpoint.parse(SignedNote.parse(note.body().getBytes(StandardCharsets.UTF_8)).text());
  }

  /** Waits until the monitor knows by the custodian's word that all of now is held. */
  private Checkpoint awaitHeld() throws Exception {
    long size = published().size();
    while (true) {
      assertThat(failures).isEmpty();
      HttpResponse<String> held = send(request(LOG + "/held"));
      if (held.statusCode() == 200 && checkpoint(held).size() >= size) {
        return checkpoint(held);
      }
      Thread.sleep(20);
    }
  }

  private HeldRecords heldRecords() throws Exception {
    String token = token(AuditCustodyRoutes.SCOPE, KeyCeiling.OWN_TENANT);
    return new HeldRecords(http, URI.create("http://127.0.0.1:" + custodian.port()), () -> token);
  }

  /** Waits until the custodian has looked at what the log publishes, too, and not only held it. */
  private void awaitSeen(Path audit) throws Exception {
    NoteKey log = NoteKey.parse(Files.readString(audit.resolve("log.vkey")).strip());
    while (heldRecords().seen(log).isEmpty()) {
      assertThat(failures).isEmpty();
      Thread.sleep(20);
    }
  }

  private SignedNote restore(Path keys, Path target, CosignerKey key) throws Exception {
    HeldRecords records = heldRecords();
    NoteKey log = NoteKey.parse(Files.readString(keys.resolve("log.vkey")).strip());
    List<Checkpoint> seen =
        List.of(Checkpoint.verify(records.seen(log).orElseThrow().bytes(), log));
    try (AuditRestore restore =
        AuditRestore.begin(target, keys, seen, Optional.empty(), new SecureRandom())) {
      SignedNote held =
          records.fetch(
              restore.logKey(),
              new HeldRecords.Taker() {
                @Override
                public long next() {
                  return restore.next();
                }

                @Override
                public void take(byte[] record) throws IOException {
                  restore.take(record);
                }
              });
      restore.finish(held, key, false);
      return held;
    }
  }

  private static void copyKeys(Path from, Path to) throws IOException {
    for (String file : AuditRestore.KEYS) {
      Path target = to.resolve(file);
      Files.createDirectories(target.getParent());
      Files.copy(from.resolve(file), target);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void whatTheCustodianHoldsComesBackAfterTheMonitorsFolderWasDeletedUnderTraffic()
      throws Exception {
    startLine();
    startCustodian();
    CosignerKey key = custodian.key();
    monitor.close();
    monitor = startMonitor(custodian(key, "acme", "mail-client"));
    assertThat(report(0)).isTrue();
    awaitHeld();
    assertThatExportsSayWhatTheCustodianHolds(key);

    // The line is cut for a while: what came meanwhile is fetched afterwards.
    isCut.set(true);
    for (int i = 1; i < 50; i++) {
      assertThat(report(i)).isTrue();
    }
    isCut.set(false);
    awaitHeld();
    Path audit = folder.resolve("data/audit");
    copyKeys(audit, folder.resolve("kept"));
    awaitSeen(audit);

    // The folder is deleted while events come; the line is cut a moment before.
    Checkpoint heldBefore = awaitHeld();
    isCut.set(true);
    AtomicLong acknowledged = new AtomicLong(49);
    Thread traffic =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (report(acknowledged.get() + 1)) {
                      acknowledged.incrementAndGet();
                    }
                  } catch (Exception e) {
                    // The monitor is gone.
                    acknowledged.addAndGet(0);
                  }
                });
    while (acknowledged.get() < 80) {
      assertThat(failures).isEmpty();
      Thread.sleep(5);
    }
    monitor.close();
    traffic.join();
    delete(audit);
    isCut.set(false);

    SignedNote held = restore(folder.resolve("kept"), audit, key);
    assertThat(Checkpoint.parse(held.text()).size()).isGreaterThanOrEqualTo(heldBefore.size());
    monitor = startMonitor(custodian(key, "acme", "mail-client"));
    assertThat(published().size()).isGreaterThanOrEqualTo(heldBefore.size());
    HttpResponse<String> found =
        send(
            request("/audit/v1/events?entity=alice@acme.example&order=oldest&limit=1000")
                .header("Authorization", "Bearer " + token(AuditRoutes.READ_SCOPE)));
    List<JsonObject> events = json(found).objects("events");
    assertThat(events).hasSize(50);
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).object("event").object("metadata").number("sequence")).isEqualTo(i);
    }
    // It goes on, and the custodian holds what comes: nothing of it contradicts what he has.
    assertThat(report(events.size())).isTrue();
    assertThat(awaitHeld().size()).isGreaterThan(heldBefore.size());
    assertThat(
            Files.exists(folder.resolve("custodian/alarms.ndjson"))
                ? Files.readString(folder.resolve("custodian/alarms.ndjson"))
                : "")
        .doesNotContain("log-fork", "log-rollback", "counterfoil-missing");
  }

  /** The audit part of an export of everything, checked. */
  private AuditBundle.Proved exported(CosignerKey... believed) throws Exception {
    HttpResponse<InputStream> answer =
        http.send(
            request("/audit/v1/export")
                .header("Authorization", "Bearer " + token(AuditRoutes.READ_SCOPE))
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      assertThat(answer.statusCode()).isEqualTo(200);
      NoteKey log = NoteKey.parse(Files.readString(folder.resolve("data/audit/log.vkey")).strip());
      return AuditBundle.check(new FirstPart(body), log, List.of(believed));
    }
  }

  private void assertThatExportsSayWhatTheCustodianHolds(CosignerKey key) throws Exception {
    AuditBundle.Proved proved = exported(key);
    while (proved.held().isEmpty()
        || proved.held().getFirst().countedSize() < 1
        || proved.held().getFirst().covers() < proved.events()) {
      assertThat(failures).isEmpty();
      Thread.sleep(20);
      proved = exported(key);
    }
    assertThat(proved.held())
        .singleElement()
        .satisfies(
            word -> {
              assertThat(word.custodian()).isEqualTo(key);
              assertThat(word.believed()).isTrue();
            });
    // The control: whom nobody believes is named, and that is all.
    assertThat(exported().held())
        .singleElement()
        .satisfies(
            word -> {
              assertThat(word.believed()).isFalse();
              assertThat(word.covers()).isZero();
            });
  }

  private HttpResponse<String> sayCounts(
      String token, StatedCounts counts, CosignatureSigner by, byte[] secret) throws Exception {
    String text = counts.statement().text();
    SignedNote note =
        new SignedNote(text, List.of(Cosignature.make(text, 1_795_608_000, by).line()));
    return send(
        request(LOG + "/held/counts")
            .header("Authorization", "Bearer " + token)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    JsonObject.builder()
                        .put("statement", new String(note.bytes(), StandardCharsets.UTF_8))
                        .put("secret", Base64Url.encode(secret))
                        .build()
                        .toString())));
  }

  private boolean isDamageFound() throws Exception {
    return damageFound() > 0;
  }

  /** How often the findings say so. */
  private int damageFound() throws Exception {
    String findings =
        send(request("/findings").header("Authorization", "Bearer " + operator())).body();
    return findings.split("differently than this monitor", -1).length - 1;
  }

  @Test
  void aCustodiansCountsAreHeldAgainstTheLogsOwn() throws Exception {
    TestCosigner custodian =
        new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
    TestCosigner stranger =
        new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 2);
    TestCosigner neighbour =
        new TestCosigner("custodian.example/c2", CosignerKey.Algorithm.ED25519, 3);
    monitor.close();
    monitor =
        startMonitor(
            custodian(custodian.key(), "acme", "mail-client")
                + custodian(neighbour.key(), "acme", "somebody-else")
                    .replace("audit-custodians:\n", ""));
    for (int i = 0; i < 5; i++) {
      assertThat(report(i)).isTrue();
    }
    byte[] secret = Hash.sha256(new byte[] {1}).bytes();
    StatedCounts good = counted(secret, 0);
    String custody = token(AuditCustodyRoutes.SCOPE, KeyCeiling.OWN_TENANT);
    assertThat(sayCounts(token(AuditCustodyRoutes.SCOPE), good, custodian, secret).statusCode())
        .isEqualTo(403);
    assertThat(sayCounts(custody, good, stranger, secret).body()).contains("not-counted");
    // Another one's genuine statement, which stands in exports, with a secret that is not his.
    byte[] madeUp = Hash.sha256(new byte[] {2}).bytes();
    assertThat(sayCounts(custody, good, neighbour, madeUp).body()).contains("not-counted");
    // His own, of a state that the log did not have: nothing is counted for it.
    Checkpoint state = good.statement().checkpoint();
    Checkpoint elsewhere =
        new Checkpoint(state.origin(), state.size(), Hash.sha256(new byte[] {3}));
    StatedCounts another = StatedCounts.of(elsewhere, Map.of("acme/acme", state.size()), secret);
    assertThat(sayCounts(custody, another, custodian, secret).body()).contains("not-counted");
    assertThat(isDamageFound()).isFalse();
    // The control.
    assertThat(sayCounts(custody, good, custodian, secret).statusCode()).isEqualTo(202);
    assertThat(sayCounts(custody, good, custodian, secret).body())
        .as("each is of a later state than those before it")
        .contains("not-counted");
    assertThat(isDamageFound()).isFalse();

    assertThat(sayCounts(custody, counted(secret, 1), custodian, secret).body())
        .contains("not-counted");
    assertThat(isDamageFound()).isTrue();
    int found = damageFound();
    assertThat(sayCounts(custody, counted(secret, 1), custodian, secret).body())
        .contains("not-counted");
    assertThat(damageFound()).as("one finding for as long as it is so").isEqualTo(found);
    assertThat(sayCounts(custody, counted(secret, 0), custodian, secret).statusCode())
        .isEqualTo(202);
  }

  /** How many events each tenant has by now, as a custodian states it who moves some of them. */
  private StatedCounts counted(byte[] secret, long moved) throws Exception {
    JsonObject totals =
        json(
            send(
                request("/audit/v1/tenants")
                    .header(
                        "Authorization",
                        "Bearer " + token("counterfoil:custody-audit", KeyCeiling.OWN_TENANT))));
    Checkpoint state =
        CustodyStatement.parse(
                SignedNote.parse(totals.string("statement").getBytes(StandardCharsets.UTF_8))
                    .text())
            .checkpoint();
    Map<String, Long> counts = new TreeMap<>();
    for (JsonObject one : totals.objects("counts")) {
      if (!one.string("tenant").isEmpty()) {
        counts.put(one.string("tenant"), one.number("count"));
      }
    }
    if (moved > 0) {
      counts.merge("acme/acme", -moved, Long::sum);
      counts.merge("acme/globex", moved, Long::sum);
    }
    return StatedCounts.of(state, counts, secret);
  }

  /** The issuer of another domain, which says of its own clients what it likes. */
  private RecordedIssuer startOther() throws Exception {
    other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    RecordedIssuer globex =
        new RecordedIssuer(
            "globex", "http://127.0.0.1:" + other.getAddress().getPort(), InstantSource.system());
    globex.withContexts = true;
    other.createContext(
        "/",
        exchange -> {
          try {
            String path = exchange.getRequestURI().getPath();
            byte[] body = globex.issuer.get(URI.create(globex.issuer.issuer() + path), 1 << 20);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          } catch (IOException e) {
            exchange.sendResponseHeaders(404, -1);
          } finally {
            exchange.close();
          }
        });
    other.start();
    Files.writeString(folder.resolve("globex.txt"), globex.issuer.policy().text());
    return globex;
  }

  /** Asks until the keys of the token's domain are known there. */
  private void awaitAnswered(String url, String token) throws Exception {
    while (status(url, token) != 200) {
      assertThat(failures).isEmpty();
      Thread.sleep(20);
    }
  }

  private int status(String url, String token) throws Exception {
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token)
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    answer.body().close();
    return answer.statusCode();
  }

  /** What is served when somebody brought a genuine word with a line of his own below it. */
  private String heldAfterALineOfAnybodys() throws Exception {
    while (true) {
      assertThat(failures).isEmpty();
      String held = send(request(LOG + "/held")).body();
      String more = held + "\u2014 anybody.example/x AAAAAAAAAAA=\n";
      HttpResponse<String> taken =
          send(request(LOG + "/held").POST(HttpRequest.BodyPublishers.ofString(more)));
      assertThat(taken.statusCode()).isEqualTo(202);
      String after = send(request(LOG + "/held")).body();
      // Else a newer one came from the custodian meanwhile.
      if (after.startsWith(held)) {
        return after;
      }
    }
  }

  @Test
  void whatAnotherDomainsIssuerSaysOfItsClientsOpensNothing() throws Exception {
    RecordedIssuer globex = startOther();
    String domain = "  - name: globex\n    policy: globex.txt\n    client-key: client.jwk\n";
    startLine();
    startCustodian(domain);
    monitor.close();
    monitor = startMonitor(custodian(custodian.key(), "acme", "mail-client"), domain);
    assertThat(report(0)).isTrue();
    awaitHeld();
    String own = KeyCeiling.OWN_TENANT;
    String records = "http://127.0.0.1:" + monitor.port() + LOG + "/records?from=0";
    NoteKey log = NoteKey.parse(Files.readString(folder.resolve("data/audit/log.vkey")).strip());
    String held =
        "http://127.0.0.1:"
            + custodian.port()
            + "/logs/"
            + Hash.sha256(log.name().getBytes(StandardCharsets.UTF_8)).hex();
    String audit = "counterfoil:custody-audit";

    // The control: its tokens count at both, for what is its own.
    awaitAnswered(
        "http://127.0.0.1:" + monitor.port() + "/audit/v1/events",
        token(globex, AuditRoutes.READ_SCOPE, "acme"));
    awaitAnswered(held + "/tenant", token(globex, "counterfoil:tenant", "acme"));
    assertThat(status(records, token(globex, AuditCustodyRoutes.SCOPE, own))).isEqualTo(403);
    assertThat(status(held + "/records?from=0", token(globex, AuditCustodyRoutes.SCOPE, own)))
        .isEqualTo(403);
    assertThat(status(held + "/tenants", token(globex, audit, own))).isEqualTo(403);
    // The control: the domain of the configuration reads all that.
    assertThat(status(records, token(AuditCustodyRoutes.SCOPE, own))).isEqualTo(200);
    assertThat(status(held + "/records?from=0", token(AuditCustodyRoutes.SCOPE, own)))
        .isEqualTo(200);
    assertThat(status(held + "/tenants", token(audit, own))).isEqualTo(200);
    // Who was let in is written down at his, and nobody else: he has no audit log of his own.
    assertThat(Files.readAllLines(folder.resolve("custodian/reads.ndjson")))
        .hasSize(2)
        .allMatch(
            line ->
                line.contains("\"domain\":\"acme\"")
                    && line.contains("\"tenant\":\"" + own + "\"")
                    && line.contains("\"from\":0"))
        .anyMatch(line -> line.contains("\"what\":\"records\""))
        .anyMatch(line -> line.contains("\"what\":\"tenants\""));
    assertThat(heldAfterALineOfAnybodys()).doesNotContain("anybody.example");
    // Sealed records are no counterfoils, nor is who they are of told beside a tenant's own.
    assertThat(
            status(
                held + "/tenant/counterfoils?size=1&from=0", token("counterfoil:tenant", "acme")))
        .isEqualTo(404);
  }

  @Test
  void onlyTheCustodianOfTheConfigurationReadsTheRecords() throws Exception {
    String custody = token("counterfoil:custody", KeyCeiling.OWN_TENANT);
    assertThat(read(custody, "?from=0").statusCode()).as("nobody is configured").isEqualTo(404);
    // No custodian is in the configuration: nobody's word is taken.
    assertThat(
            send(request(LOG + "/held").POST(HttpRequest.BodyPublishers.ofString("x")))
                .statusCode())
        .isEqualTo(404);
    CosignerKey key =
        CosignerKey.of(
            "custodian.example/c1",
            CosignerKey.Algorithm.ED25519,
            KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic());
    monitor.close();
    monitor = startMonitor(custodian(key, "acme", "somebody-else"));
    assertThat(read(custody, "?from=0").body()).contains("no-custodian");
    monitor.close();
    monitor = startMonitor(custodian(key, "acme", "mail-client"));
    assertThat(read(token("counterfoil:custody", "acme"), "?from=0").body())
        .contains("no-custodian");
    assertThat(read(token("counterfoil:audit", KeyCeiling.OWN_TENANT), "?from=0").statusCode())
        .isEqualTo(403);
    assertThat(send(request(LOG + "/records?from=0")).statusCode()).isEqualTo(401);
    assertThat(read(custody, "?from=1000000").statusCode()).isEqualTo(409);
    for (String bad : List.of("", "?from=", "?from=-1", "?from=0&from=1", "?from=0&max=1")) {
      assertThat(read(custody, bad).statusCode()).as(bad).isEqualTo(400);
    }
    // The control.
    HttpResponse<InputStream> stream =
        http.send(
            request(LOG + "/records?from=0").header("Authorization", "Bearer " + custody).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = stream.body()) {
      assertThat(stream.statusCode()).isEqualTo(200);
      assertThat(body.readNBytes(4)).startsWith(0);
    }
  }

  private HttpResponse<String> read(String token, String query) throws Exception {
    return send(request(LOG + "/records" + query).header("Authorization", "Bearer " + token));
  }
}
