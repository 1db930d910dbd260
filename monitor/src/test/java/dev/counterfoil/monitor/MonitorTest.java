package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.verifier.TestKeys;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole monitor over real sockets, beside an issuer on a port of its own. */
final class MonitorTest extends RunningMonitor {
  private HttpResponse<String> findings(String token, String query) throws Exception {
    return send(request("/findings" + query).header("Authorization", "Bearer " + token));
  }

  /**
   * Findings once there are some; waits as long as the build does. Without the one about the
   * issuer's only window, which comes when the monitor has looked at its keys.
   */
  private List<JsonObject> awaitFindings(int count) throws Exception {
    while (true) {
      List<JsonObject> lines = new ArrayList<>();
      new MonitorAdmin(folder.resolve("admin.sock"))
          .findings(JsonObject.builder().build(), lines::add);
      lines.removeIf(finding -> "ceremony-due".equals(finding.get("kind")));
      if (lines.size() >= count) {
        return lines;
      }
      Thread.sleep(10);
    }
  }

  @Test
  void aForgedTokenIsFoundAndHonestOnesAreNot() throws Exception {
    String reporter = token("counterfoil:sightings");
    String honest = issuer.issue();
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 1000).claim("sub", "victim"));
    HttpResponse<String> answer =
        report(
            reporter,
            batch(1, issuer.accepted(honest), issuer.refusedWithEvidence(forged, "beyond-tip")));
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).number("recorded")).isEqualTo(2);
    assertThat(awaitFindings(1))
        .singleElement()
        .satisfies(finding -> assertThat(finding.string("kind")).isEqualTo("forged-token"));

    List<JsonObject> keys = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock")).forgedKeys(keys::add);
    assertThat(keys)
        .singleElement()
        .satisfies(
            key -> {
              assertThat(key.string("kid")).isEqualTo(issuer.key.kid());
              assertThat(key.number("count")).isOne();
            });

    String operator = operator();
    HttpResponse<String> listed = findings(operator, "?severity=high&kind=forged-token");
    assertThat(json(listed).objects("findings")).hasSize(1);
    assertThat(listed.body()).doesNotContain(forged);
    long next = json(listed).number("next");
    assertThat(json(findings(operator, "?severity=high&after=" + next)).objects("findings"))
        .isEmpty();
    assertThat(json(findings(operator, "?kind=log-fork")).objects("findings")).isEmpty();

    HttpResponse<String> lines =
        send(
            request("/report/key/" + issuer.key.kid())
                .header("Authorization", "Bearer " + operator));
    assertThat(lines.body().lines().toList().getLast())
        .contains("\"presented_without_counterfoil\":1");
    assertThat(send(request("/metrics")).body())
        .contains("counterfoil_monitor_findings_total{kind=\"forged-token\"} 1.0")
        .contains("counterfoil_monitor_counterfoils{domain=\"acme\",log=\"s1g1\"}");
    List<String> meters = send(request("/metrics")).body().lines().toList();
    assertThat(meters)
        .contains("counterfoil_monitor_findings_open{severity=\"critical\"} 1.0")
        .anyMatch(line -> line.startsWith("counterfoil_build_info{version="))
        .anyMatch(line -> line.startsWith("process_cpu_seconds_total "))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"));
    assertThat(meters.stream().filter(line -> line.startsWith("# TYPE ")))
        .allMatch(
            type ->
                meters.stream()
                    .anyMatch(line -> line.matches("# HELP " + type.split(" ", -1)[2] + " \\S.*")));
    assertThat(send(request("/metrics").header("X-Forwarded-For", "192.0.2.7")))
        .returns(403, HttpResponse::statusCode)
        .returns(false, figures -> figures.body().contains("counterfoil_monitor"));
    assertThat(send(request("/health/live")).statusCode()).isEqualTo(200);
    assertThat(send(request("/health/ready")).statusCode()).isEqualTo(200);
    assertThat(requestsForTokens).isNotEmpty().allMatch(form -> form.contains("client_assertion="));
  }

  /** The monitor is a service, too: whoever comes with a forged token is seen. */
  @Test
  void aForgedTokenThatTheMonitorItselfRefusesIsAFinding() throws Exception {
    String forged =
        issuer.forge(
            issuer
                .draft(issuer.key, RecordedIssuer.LOG, 3000)
                .claim("aud", AUDIENCE)
                .claim("scope", "counterfoil:findings"));
    String noise = issuer.draft(issuer.key, RecordedIssuer.LOG, 7).signed(new TestKeys.Es256());
    assertThat(findings(noise, "").statusCode()).isEqualTo(401);
    assertThat(findings(forged, "").statusCode()).isEqualTo(401);
    assertThat(awaitFindings(1))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.string("kind")).isEqualTo("forged-token");
              assertThat(finding.object("detail").string("reported_by"))
                  .isEqualTo("acme/counterfoil-monitor");
            });
  }

  /** A key log in which nothing happens has a new head only now and then. */
  @Test
  @Timeout(60)
  void aKeyThatNobodyStatedIsFoundWhileTheKeyLogHasNoNewHead() throws Exception {
    report(token("counterfoil:sightings"), batch(1, issuer.accepted(issuer.issue())));
    byte[] head =
        issuer.issuer.get(URI.create(issuer.issuer.issuer() + "/logs/keys/checkpoint"), 1 << 20);
    issuer.issuer.between(
        (path, honest) -> path.endsWith("/logs/keys/checkpoint") ? head : honest.read());
    // Heads say whole seconds.
    Thread.sleep(1_100);
    TestKeys.Es256 stranger = new TestKeys.Es256();
    String unknown = issuer.draft(stranger, RecordedIssuer.LOG, 5000).signed(stranger);
    report(token("counterfoil:sightings"), batch(2, issuer.accepted(unknown)));
    assertThat(awaitFindings(1))
        .singleElement()
        .satisfies(finding -> assertThat(finding.string("kind")).isEqualTo("unknown-key"));
  }

  /** An identifier can be copied; the digest of the token at hand tells. */
  @Test
  void aTraceTellsATokenFromOneThatCopiesItsIdentifier() throws Exception {
    CompactToken honest = CompactToken.parse(issuer.issue());
    String id = honest.claims().string("jti");
    CompactToken forged =
        CompactToken.parse(issuer.forge(issuer.draft().claim("jti", id).claim("sub", "victim")));
    JsonObject traced = traced(id, honest.digest());
    while (!traced.truth("issued")) {
      // The monitor follows the log.
      Thread.sleep(10);
      traced = traced(id, honest.digest());
    }
    JsonObject copied = traced(id, forged.digest());
    assertThat(copied.truth("issued")).isFalse();
    assertThat(copied.object("not_issued").string("code")).isEqualTo("another-token");
    String analyst = token("counterfoil:audit", "acme");
    HttpResponse<String> overHttp =
        send(
            request("/audit/v1/trace?token=" + id + "&digest=" + forged.digest().hex())
                .header("Authorization", "Bearer " + analyst));
    assertThat(json(overHttp).objects("tokens").getFirst().truth("issued")).isFalse();
  }

  /** A source that reports digests shows that another token was used under the identifier. */
  @Test
  void aTraceCountsEventsOfAnotherTokenUnderTheIdentifier() throws Exception {
    CompactToken honest = CompactToken.parse(issuer.issue());
    String id = honest.claims().string("jti");
    String source = token(AuditRoutes.REPORT_SCOPE, "acme");
    used(source, 1, id, honest.digest());
    while (traced(id, honest.digest()).objects("events").size() < 1) {
      Thread.sleep(10);
    }
    assertThat(traced(id, honest.digest()).number("events_of_another_digest")).isZero();
    used(source, 2, id, Hash.sha256());
    while (traced(id, honest.digest()).objects("events").size() < 2) {
      Thread.sleep(10);
    }
    assertThat(traced(id, honest.digest()).number("events_of_another_digest")).isOne();
  }

  /** What the honest token opened is not said of one that copies its identifier. */
  @Test
  void aTraceOfACopySaysWhichEventsAreOfItAndWhichMayBe() throws Exception {
    CompactToken honest = CompactToken.parse(issuer.issue());
    String id = honest.claims().string("jti");
    CompactToken forged =
        CompactToken.parse(issuer.forge(issuer.draft().claim("jti", id).claim("sub", "victim")));
    String source = token(AuditRoutes.REPORT_SCOPE, "acme");
    used(source, 1, "honest", id, ",\"digest\":\"%s\"".formatted(honest.digest().hex()));
    used(source, 2, "stolen", id, ",\"digest\":\"%s\"".formatted(forged.digest().hex()));
    used(source, 3, "either", id, "");
    JsonObject traced = traced(id, honest.digest());
    while (!traced.truth("issued") || traced.objects("events").size() < 3) {
      Thread.sleep(10);
      traced = traced(id, honest.digest());
    }
    assertThat(traced.objects("touched"))
        .extracting(one -> one.get("entity"))
        .containsExactly("honest", "either");
    assertThat(traced.objects("may_have_touched")).isEmpty();
    JsonObject copied = traced(id, forged.digest());
    assertThat(copied.objects("touched"))
        .extracting(one -> one.get("entity"))
        .containsExactly("stolen");
    assertThat(copied.objects("may_have_touched"))
        .extracting(one -> one.get("entity"))
        .containsExactly("either");
  }

  /** Who asks must not take one that has nothing to say yet for one that hangs. */
  @Test
  @Timeout(120)
  void aQuestionThatIsTakenIsHeardOfAtOnce() throws Exception {
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("admin.sock")))) {
      channel.write(
          ByteBuffer.wrap(
              "{\"ask\":\"findings\",\"kind\":\"log-fork\",\"follow\":true}\n"
                  .getBytes(StandardCharsets.UTF_8)));
      ByteBuffer first = ByteBuffer.allocate(1);
      assertThat(channel.read(first)).isOne();
      assertThat(first.get(0)).isEqualTo((byte) '\n');
    }
  }

  private void used(String source, int sequence, String id, Hash digest) throws Exception {
    used(source, sequence, "box", id, ",\"digest\":\"%s\"".formatted(digest.hex()));
  }

  private void used(String source, int sequence, String box, String id, String digest)
      throws Exception {
    String event =
        """
        {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,"metadata":{"version":"1.8.0","product":{"name":"mail"},"tenant_uid":"acme","sequence":%d},"actor":{"app_uid":"app"},"databucket":{"name":"%s"},"recorded_token":{"uid":"%s"%s}}
        """
            .formatted(System.currentTimeMillis(), sequence, box, id, digest);
    assertThat(
            send(request("/audit/v1/events")
                    .header("Authorization", "Bearer " + source)
                    .header("Content-Type", "application/x-ndjson")
                    .POST(HttpRequest.BodyPublishers.ofString(event)))
                .statusCode())
        .isEqualTo(200);
  }

  private JsonObject traced(String id, Hash digest) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock"))
        .auditTrace(
            "acme",
            "acme",
            JsonObject.builder().put("token", id).put("digest", digest.hex()).build(),
            lines::add);
    return lines.getFirst().objects("tokens").getFirst();
  }

  /** It holds nothing then, and finds nothing. */
  @Test
  void oneThatIsRefusedItsTokensIsNotReadyAndSaysWhy() throws Exception {
    monitor.close();
    refusingTokens = true;
    issuer.issue();
    monitor = startMonitor();
    awaitReady(
        503, "its counterfoils do not arrive", "invalid_target, ask its operator", "audience");
    refusingTokens = false;
    awaitReady(200, "\"unready\":[]");
  }

  private void awaitReady(int status, String... words) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    HttpResponse<String> health = send(request("/health/ready"));
    while (System.nanoTime() - end < 0
        && (health.statusCode() != status
            || !List.of(words).stream().allMatch(health.body()::contains))) {
      Thread.sleep(50);
      health = send(request("/health/ready"));
    }
    assertThat(health.statusCode()).as(health.body()).isEqualTo(status);
    assertThat(health.body()).contains(words);
  }

  @Test
  void aBatchIsTakenOnce() throws Exception {
    String reporter = token("counterfoil:sightings");
    String body = batch(1, issuer.accepted(issuer.issue()));
    assertThat(json(report(reporter, body)).truth("repeated")).isFalse();
    HttpResponse<String> again = report(reporter, body);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(json(again).truth("repeated")).isTrue();
  }

  /** An operator may check a token under any name; only its being refused is seen of that. */
  @Test
  void onlyAServiceThatAcceptsTokensIsKnownToTakeThem() throws Exception {
    String reporter = token("counterfoil:sightings");
    assertThat(report(reporter, batch(1, issuer.refused(issuer.issue(), "audience"))).statusCode())
        .isEqualTo(202);
    assertThat(knownServices()).isEmpty();
    assertThat(report(reporter, batch(2, issuer.accepted(issuer.issue()))).statusCode())
        .isEqualTo(202);
    assertThat(knownServices()).containsExactly("mail");
  }

  private List<String> knownServices() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock")).acknowledgements("acme", 0, lines::add);
    return lines.stream()
        .filter(line -> "service".equals(line.get("type")))
        .map(line -> String.valueOf(line.get("name")))
        .toList();
  }

  @Test
  void onlyReportersReportAndOnlyOperatorsRead() throws Exception {
    String reporter = token("counterfoil:sightings");
    String operator = operator();
    String body = batch(1, issuer.accepted(issuer.issue()));
    assertThat(report(reporter, body).statusCode()).isEqualTo(202);
    assertThat(findings(operator, "").statusCode()).isEqualTo(200);
    assertThat(report(operator, body).statusCode()).isEqualTo(403);
    assertThat(findings(reporter, "").statusCode()).isEqualTo(403);
    // It tells of every tenant: none of them reads it.
    String tenant = token("counterfoil:findings", "acme");
    assertThat(findings(tenant, "").statusCode()).isEqualTo(403);
    assertThat(
            send(request("/report/key/" + issuer.key.kid())
                    .header("Authorization", "Bearer " + tenant))
                .statusCode())
        .isEqualTo(403);
    assertThat(send(request("/findings")).statusCode()).isEqualTo(401);
    assertThat(findings("no.to.ken", "").statusCode()).isEqualTo(401);
    String forged =
        issuer
            .draft(issuer.key, RecordedIssuer.LOG, 3000)
            .claim("aud", AUDIENCE)
            .claim("scope", "counterfoil:findings")
            .signed(new TestKeys.Es256());
    assertThat(findings(forged, "").statusCode()).isEqualTo(401);
    String elsewhere = issuer.issue(issuer.draft().claim("scope", "counterfoil:findings"));
    HttpResponse<String> answer = findings(elsewhere, "");
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate")).get().asString().contains("Bearer");
    assertThat(json(answer).string("detail")).startsWith("audience");
  }

  @Test
  void whatIsMalformedIsRefusedWithAProblem() throws Exception {
    String reporter = token("counterfoil:sightings");
    String good = batch(1, issuer.accepted(issuer.issue()));
    assertThat(report(reporter, good).statusCode()).isEqualTo(202);
    for (String bad :
        List.of(
            "",
            "[]",
            "{}",
            good.replace("\"v\":1", "\"v\":2"),
            good.replace("\"lost\":0", "\"lost\":-1"),
            good.replace("\"lost\":0", "\"lost\":0,\"lost\":0"),
            good.replace("\"lost\":0", "\"lost\":0,\"more\":0"),
            good.replace("\"grade\":\"digest\"", "\"grade\":\"certain\""))) {
      HttpResponse<String> answer = report(reporter, bad);
      assertThat(answer.statusCode()).as(bad).isEqualTo(400);
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(json(answer).string("code")).isEqualTo("malformed");
    }
    HttpResponse<String> large = report(reporter, good + " ".repeat(5 << 20));
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(
            send(request("/sightings")
                    .header("Authorization", "Bearer " + reporter)
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofString(good)))
                .statusCode())
        .isEqualTo(415);
    assertThat(send(request("/sightings")).statusCode()).isEqualTo(405);
    assertThat(send(request("/nothing")).statusCode()).isEqualTo(404);
    String operator = operator();
    assertThat(findings(operator, "?kind=unheard-of").statusCode()).isEqualTo(400);
    assertThat(findings(operator, "?after=-1").statusCode()).isEqualTo(400);
    assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400").doesNotContain("\tat ");
  }

  @Test
  void aBatchThatCouldNotBeReadBackIsRefused() throws Exception {
    String reporter = token("counterfoil:sightings");
    String token = issuer.issue();
    Sighting seen = issuer.refusedWithEvidence(token, "beyond-tip");
    String good = batch(1, seen);
    assertThat(report(reporter, good).statusCode()).isEqualTo(202);
    String controls = "\\u0001".repeat(Sighting.EVIDENCE_MAX);
    for (String bad :
        List.of(good.replace(token, controls), good.replace("inbox", "in\\u0001box"))) {
      HttpResponse<String> answer = report(reporter, bad);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(json(answer).string("detail")).contains("control characters");
    }
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), monitor.port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      try (InputStream in = socket.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  @Test
  void aRestartGoesOnWithTheSameFindings() throws Exception {
    String reporter = token("counterfoil:sightings");
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 1000).claim("sub", "victim"));
    report(reporter, batch(1, issuer.accepted(forged)));
    List<JsonObject> before = awaitFindings(1);
    assertThatThrownBy(this::startMonitor)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another monitor is running on this folder");
    monitor.close();
    monitor = startMonitor();
    assertThat(awaitFindings(1)).isEqualTo(before);
  }

  @Test
  void whoseDatabaseIsMovedAwayIsNotReadyAndWhoseIsNewSaysThatItWasLost() throws Exception {
    awaitReady(200, "\"unready\":[]");
    Path file = folder.resolve("data/monitor.db");
    Path aside = folder.resolve("aside.db");
    Files.move(file, aside);
    awaitReady(503, "monitor.db is gone");
    Files.move(aside, file);
    awaitReady(200, "\"unready\":[]");
    monitor.close();
    Files.move(file, aside);
    monitor = startMonitor();
    assertThat(awaitFindings(1).getFirst().string("kind")).isEqualTo("database-lost");
  }

  @Test
  void aLeafWhoseCounterfoilDoesNotArriveIsAFinding() throws Exception {
    monitor.close();
    withholding = true;
    monitor = startMonitor("counterfoil-within: 1s\n");
    issuer.issue();
    JsonObject finding = awaitFindings(1).getFirst();
    assertThat(finding.string("kind")).isEqualTo("counterfoil-missing");
    assertThat(finding.string("severity")).isEqualTo("high");
    assertThat(finding.string("state")).isEqualTo("open");
    // Once they arrive, no other is missing.
    withholding = false;
    issuer.issue();
    while (!send(request("/metrics"))
        .body()
        .matches("(?s).*counterfoil_monitor_counterfoils\\{[^}]*} 2\\.0.*")) {
      Thread.sleep(10);
    }
    JsonObject over = awaitFindings(1).getFirst();
    while (!over.string("state").equals("explained")) {
      Thread.sleep(10);
      over = awaitFindings(1).getFirst();
    }
    assertThat(over.string("summary")).contains(" Over since ");
    assertThat(awaitFindings(1)).hasSize(1);
  }

  @Test
  void theAdminSocketAnswersAndRefuses() throws Exception {
    MonitorAdmin admin = new MonitorAdmin(folder.resolve("admin.sock"));
    List<JsonObject> status = new ArrayList<>();
    admin.status(status::add);
    assertThat(status).singleElement().satisfies(line -> assertThat(line.has("ready")).isTrue());
    List<JsonObject> streamed = new ArrayList<>();
    admin.auditStream("enterprise", "acme", JsonObject.builder().build(), false, streamed::add);
    assertThat(streamed).isNotEmpty();
    assertThatThrownBy(
            () -> admin.findings(JsonObject.builder().put("kind", "unheard-of").build(), l -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no such kind");
    assertThat(Files.getPosixFilePermissions(folder.resolve("admin.sock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void theDataIsForItsOwnerAlone() throws Exception {
    assertThat(Files.getPosixFilePermissions(folder.resolve("data/monitor.db")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.getPosixFilePermissions(folder.resolve("data")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void aConfigurationWithoutDomainsIsRefused() {
    assertThatThrownBy(
            () ->
                Configuration.parse(
                    folder.resolve("m.yaml"), "listen: 127.0.0.1:0\n", MonitorConfiguration.class))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("at least one trust domain");
  }
}
