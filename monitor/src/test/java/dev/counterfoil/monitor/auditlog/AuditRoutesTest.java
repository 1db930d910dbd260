package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.CodedOutputStream;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.events.AuditDesk;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.auditserver.events.EventExport;
import dev.counterfoil.auditserver.events.EventPages;
import dev.counterfoil.auditserver.events.ReportWatch;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.monitor.AdminSocket;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.findings.Finding;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The auditor over HTTP. A token here is {@code client:tenant:scope}. */
class AuditRoutesTest {
  private final Answers toBearers = Answers.toBearers("counterfoil-monitor");
  private static final int BATCH_BYTES_MAX = 64 << 10;
  private static final String MAIL = "mail:acme:" + AuditRoutes.REPORT_SCOPE;
  private static final String ANALYST = "analyst:acme:" + AuditRoutes.READ_SCOPE;
  private static final String STRANGER = "analyst:globex:" + AuditRoutes.READ_SCOPE;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Throwable> failures = new ArrayList<>();
  private final TenantShares answers = AuditRoutes.answers();
  private final List<Finding> raised = new CopyOnWriteArrayList<>();
  private final List<String> looked = new CopyOnWriteArrayList<>();
  private final ReportWatch people = new PeopleFindings(raised::add, InstantSource.system());
  private final ReportWatch reports =
      (source, lines) -> {
        looked.add(source.name());
        people.look(source, lines);
      };

  @SuppressWarnings("NullAway.Init") // each test starts with them
  private Auditor auditor;

  @SuppressWarnings("NullAway.Init")
  private Listener web;

  private static Caller caller(String token, String scope, String address)
      throws RefusedRequestException {
    String[] parts = token.split(":", 3);
    if (!parts[2].equals(scope)) {
      throw new RefusedRequestException(Problem.forbidden(scope));
    }
    return new Caller("trial", parts[0], parts[1]);
  }

  @BeforeEach
  void start() throws IOException {
    start(new Auditor.Settings(folder, "monitor.example/audit", 100));
  }

  private void start(Auditor.Settings settings) throws IOException {
    auditor = Auditor.start(settings, InstantSource.system(), new SecureRandom(), failures::add);
    web =
        toBearers.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1 << 20,
            new ClientAddress(List.of()),
            Answers.READ_TIME_MAX,
            routing ->
                RoutePlace.register(
                    routing,
                    toBearers,
                    new AuditRoutes(
                            AuditRoutesTest::caller,
                            auditor,
                            Issuances.none(),
                            new EventPages(auditor, Issuances.none()),
                            new EventExport(auditor, _ -> List.of(), Optional.empty()),
                            BATCH_BYTES_MAX,
                            (operation, caller, address, about) -> {},
                            reports,
                            answers)
                        .places()));
  }

  @AfterEach
  void stop() throws IOException {
    web.close();
    auditor.close();
    // Whatever still waits for an answer of a server that is gone is given up.
    http.shutdownNow();
    http.close();
    assertThat(failures).isEmpty();
  }

  private HttpRequest.Builder request(String token, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
        .header("Authorization", "Bearer " + token);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String token, String path) throws Exception {
    return send(request(token, path));
  }

  private HttpResponse<String> post(String token, byte[] body, String... headers) throws Exception {
    HttpRequest.Builder request =
        request(token, "/audit/v1/events").POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length == 0) {
      request.header("Content-Type", "application/x-ndjson");
    } else {
      request.headers(headers);
    }
    return send(request);
  }

  private static byte[] event(String tenant, long sequence) {
    JsonObject event =
        JsonObject.builder()
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
                    .put("tenant_uid", tenant)
                    .put("sequence", sequence)
                    .build())
            .put("actor", JsonObject.builder().put("app_uid", "mail-app").build())
            .put("src_endpoint", JsonObject.builder().put("ip", "203.0.113.7").build())
            .put("recorded_token", JsonObject.builder().put("uid", "s1g1.7.x").build())
            .build();
    return (event + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(bytes);
    }
    return zipped.toByteArray();
  }

  private List<JsonObject> found(String token, String query) throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failures).isEmpty();
      Thread.sleep(5);
    }
    HttpResponse<String> answer = get(token, "/audit/v1/events?" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return StrictJson.object(answer.body().getBytes(StandardCharsets.UTF_8), 1 << 20)
        .objects("events");
  }

  @Test
  void whatIsReportedIsFoundByItsTenantAloneAndExportedWithProofs() throws Exception {
    HttpResponse<String> answer = post(MAIL, event("acme", 0));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"recorded\":1,\"repeated\":0,\"refused\":[]}");
    answer = post(MAIL, gzip(event("acme", 1)), "Content-Type", "application/gzip");
    assertThat(answer.body()).contains("\"recorded\":1");
    assertThat(found(ANALYST, "token=s1g1.7.x")).hasSize(2);
    assertThat(found(STRANGER, "token=s1g1.7.x")).isEmpty();
    HttpResponse<String> bundle = get(ANALYST, "/audit/v1/export?class=6005");
    assertThat(bundle.statusCode()).isEqualTo(200);
    AuditBundle.Proved proved =
        AuditBundle.check(
            new ByteArrayInputStream(bundle.body().getBytes(StandardCharsets.UTF_8)),
            auditor.key(),
            one -> {});
    assertThat(proved.events()).isEqualTo(2);
    assertThat(get(ANALYST, "/audit/v1/log").body()).contains(auditor.key().toString());
  }

  @Test
  @Timeout(300)
  void anExportThatMeetsDamageEndsByNamingIt() throws Exception {
    web.close();
    auditor.close();
    start(
        new Auditor.Settings(
            folder, "monitor.example/audit", JournalOptions.EVENTS, 100, 4, 3_600_000));
    for (int i = 0; i < 6; i++) {
      assertThat(post(MAIL, event("acme", i)).statusCode()).isEqualTo(200);
    }
    Path file = storedEvents();
    String whole = get(ANALYST, "/audit/v1/export").body();
    assertThat(AuditBundle.check(bytes(whole), auditor.key()).complete()).as("control").isTrue();
    Path changed = folder.resolve("changed.parquet");
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement()) {
      statement.execute(
          "COPY (SELECT * FROM read_parquet('%s') WHERE position <> 2) TO '%s' (FORMAT parquet)"
              .formatted(file, changed));
    }
    Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);

    HttpResponse<String> answer = get(ANALYST, "/audit/v1/export");
    assertThat(answer.statusCode()).isEqualTo(200);
    String last = answer.body().lines().toList().getLast();
    assertThat(AuditBundle.damage(last.getBytes(StandardCharsets.UTF_8)).orElseThrow())
        .contains("some were removed from the store", "counterfoil audit check");
    assertThatThrownBy(() -> AuditBundle.check(bytes(answer.body()), auditor.key()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("broken off where it was written");
    assertThatThrownBy(this::exportOfTheOperator)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("some were removed from the store");
  }

  private static ByteArrayInputStream bytes(String bundle) {
    return new ByteArrayInputStream(bundle.getBytes(StandardCharsets.UTF_8));
  }

  /** The file that events in memory became, once the store stands on it. */
  private Path storedEvents() throws Exception {
    Path store = folder.resolve("store");
    while (true) {
      assertThat(failures).isEmpty();
      try (Stream<Path> files = Files.list(store)) {
        Optional<Path> stored =
            files.filter(file -> file.toString().endsWith(".parquet")).findFirst();
        Path manifest = store.resolve("manifest.json");
        if (stored.isPresent()
            && Files.exists(manifest)
            && Files.readString(manifest).contains("{\"from\":0,")) {
          return stored.get();
        }
      }
      Thread.sleep(5);
    }
  }

  @SuppressWarnings("NullAway") // of what is not asked for there is nothing
  private void exportOfTheOperator() throws IOException {
    Path path = folder.resolve("admin.sock");
    EventExport exports = new EventExport(auditor, _ -> List.of(), Optional.empty());
    AuditDesk desk =
        new AuditDesk(
            auditor,
            Issuances.none(),
            new EventPages(auditor, Issuances.none()),
            exports,
            System.getProperty("user.name"));
    try (AdminSocket _ =
        AdminSocket.listen(
            path,
            UnixUsers.self(),
            null,
            null,
            null,
            null,
            null,
            desk,
            null,
            null,
            new MonitorAudit(auditor, "trial", System.getProperty("user.name")),
            List::of,
            () -> JsonObject.builder().build())) {
      new MonitorAdmin(path)
          .auditExport("trial", "acme", JsonObject.builder().build(), "0", line -> {});
    }
  }

  /** A reader keeps an answer's place until he has taken it. */
  @Test
  void aTenantWithAnswersToTakeIsToldToComeAgainAndOthersAreAnswered() throws Exception {
    Fence acme = new Fence("trial", "acme");
    for (int i = 1; i < AuditRoutes.ANSWERS_OF_ONE_MAX; i++) {
      TenantShares.Share _ = answers.take(acme);
    }
    TenantShares.Share last = answers.take(acme);
    String other = "screen:acme:" + AuditRoutes.READ_SCOPE;
    for (String client : List.of(ANALYST, other)) {
      HttpResponse<String> busy = get(client, "/audit/v1/events");
      assertThat(busy.statusCode()).isEqualTo(429);
      assertThat(busy.body()).contains("too-many-at-once");
    }
    assertThat(get(STRANGER, "/audit/v1/events").statusCode()).isEqualTo(200);
    last.close();
    for (int i = 0; i < 3; i++) {
      // A place is free a moment after its answer was taken.
      int status = 429;
      for (int tried = 0; tried < 6_000 && status == 429; tried++) {
        Thread.sleep(tried == 0 ? 0 : 10);
        status = get(ANALYST, "/audit/v1/events").statusCode();
      }
      assertThat(status).isEqualTo(200);
    }
  }

  /** What our own authority says is one; the same words of a service are an event and no more. */
  @Test
  void aCredentialThatTwoHoldIsAFinding() throws Exception {
    EventDraft reuse =
        EventDraft.of(Operation.CREDENTIAL_REUSE)
            .part("authority")
            .tenant("acme")
            .user("ann")
            .client("shop")
            .address("203.0.113.7")
            .entity("refresh token", "grant-1");
    report("authority:counterfoil:", reuse);
    assertThat(raised).hasSize(1);
    Finding finding = raised.getFirst();
    assertThat(finding.kind()).isEqualTo(Finding.Kind.CREDENTIAL_REUSED);
    assertThat(finding.summary()).startsWith("A refresh token of ann for shop was used again");
    assertThat(finding.detail().string("address")).isEqualTo("203.0.113.7");
    report("mail:acme:", reuse);
    assertThat(raised).hasSize(1);
    assertThat(found(ANALYST, "actor=ann")).hasSize(2);
  }

  @Test
  void aTokenThatItsPersonDisownsIsAFinding() throws Exception {
    report(
        "authority:counterfoil:",
        EventDraft.of(Operation.TOKEN_DISOWN)
            .part("authority")
            .tenant("acme")
            .user("ann")
            .client("shop")
            .token(JsonObject.builder().put("uid", "s1g1.7.x").build()));
    assertThat(raised).hasSize(1);
    assertThat(raised.getFirst().kind()).isEqualTo(Finding.Kind.TOKEN_DISOWNED);
    assertThat(raised.getFirst().detail().string("person")).isEqualTo("ann");
  }

  /** Neither a finding of another line nor the batch is lost by it. */
  @Test
  void aLineThatIsNotUnderstoodHidesNoFinding() throws Exception {
    String broken =
        "{\"metadata\":{\"event_code\":\"%s\"},\"resources\":[]}\n"
            .formatted(Operation.CREDENTIAL_REUSE.code());
    String whole =
        """
        {"metadata":{"event_code":"%s","tenant_uid":"acme"},"recorded_token":{"uid":"s1g1.7.x"},\
        "actor":{"user":{"uid":"ann"}}}
        """
            .formatted(Operation.TOKEN_DISOWN.code());
    byte[] lines = ("{\n" + broken + whole).getBytes(StandardCharsets.UTF_8);
    assertThat(post("authority:counterfoil:" + AuditRoutes.REPORT_SCOPE, lines).statusCode())
        .isEqualTo(200);
    assertThat(raised).extracting(Finding::kind).containsExactly(Finding.Kind.TOKEN_DISOWNED);
  }

  private void report(String by, EventDraft draft) throws Exception {
    long before = auditor.size();
    Path spool = folder.resolve("spool-" + by.substring(0, 4));
    try (AuditClient client =
        AuditClient.start(
            new AuditClient.Settings(new Spool.Settings(spool, "authority"), by, "counterfoil"),
            URI.create("http://127.0.0.1:" + web.port()),
            rejected -> by + AuditRoutes.REPORT_SCOPE,
            InstantSource.system(),
            new SecureRandom())) {
      client.record(draft);
      while (auditor.size() == before) {
        Thread.sleep(5);
      }
    }
  }

  @Test
  void aBadEventIsAnsweredPreciselyAndItsOwnerCanLookAtIt() throws Exception {
    HttpResponse<String> answer = post(MAIL, event("globex", 0));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"line\":1,\"code\":\"foreign-tenant\"");
    assertThat(get(MAIL, "/audit/v1/quarantine").body()).contains("foreign-tenant");
    String other = "files:acme:" + AuditRoutes.REPORT_SCOPE;
    assertThat(get(other, "/audit/v1/quarantine").body()).isEqualTo("{\"events\":[]}");
    // The control: the installation's own sources report for every tenant.
    String own = "gateway:counterfoil:" + AuditRoutes.REPORT_SCOPE;
    assertThat(post(own, event("globex", 0)).body()).contains("\"recorded\":1");
  }

  @Test
  void aRequestThatIsNotOneIsRefused() throws Exception {
    assertThat(post(ANALYST, event("acme", 0)).statusCode()).isEqualTo(403);
    assertThat(get(MAIL, "/audit/v1/events").statusCode()).isEqualTo(403);
    assertThat(post(MAIL, event("acme", 0), "Content-Type", "text/plain").statusCode())
        .isEqualTo(415);
    assertThat(post(MAIL, event("acme", 0), "Content-Type", "application/gzip").statusCode())
        .isEqualTo(400);
    assertThat(post(MAIL, new byte[0]).statusCode()).isEqualTo(400);
    byte[] bomb = gzip(new byte[BATCH_BYTES_MAX * 100]);
    assertThat(bomb.length).isLessThan(BATCH_BYTES_MAX);
    assertThat(post(MAIL, bomb, "Content-Type", "application/gzip").statusCode()).isEqualTo(413);
    for (String query : List.of("invented=1", "limit=0", "token=a&token=b", "from=yesterday")) {
      assertThat(get(ANALYST, "/audit/v1/events?" + query).statusCode()).as(query).isEqualTo(400);
    }
    assertThat(auditor.size()).isZero();
  }

  @Test
  void aTenantThatIsNoNameIsRefusedAtTheDeskAndNothingIsRecorded() throws Exception {
    AuditDesk desk =
        new AuditDesk(
            auditor,
            Issuances.none(),
            new EventPages(auditor, Issuances.none()),
            new EventExport(auditor, _ -> List.of(), Optional.empty()),
            "root");
    for (String bad : List.of("", "a".repeat(256), "ac\nme")) {
      assertThatThrownBy(() -> desk.search(question(bad), line -> {}))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("of 1 to 255 characters");
    }
    assertThat(auditor.size()).isZero();
    desk.search(question("a".repeat(255)), line -> {});
    assertThat(auditor.size()).as("who looked").isEqualTo(1);
  }

  private static JsonObject question(String tenant) {
    return JsonObject.builder()
        .put("domain", "trial")
        .put("tenant", tenant)
        .put("query", JsonObject.builder().build())
        .build();
  }

  @Test
  void bodiesMayBeCompressedWithinBounds() throws Exception {
    String type = "application/x-ndjson";
    byte[] zstd = Zstd.compress(event("acme", 0));
    assertThat(post(MAIL, zstd, "Content-Type", type, "Content-Encoding", "zstd").body())
        .contains("\"recorded\":1");
    byte[] zipped = gzip(event("acme", 1));
    assertThat(post(MAIL, zipped, "Content-Type", type, "Content-Encoding", "gzip").body())
        .contains("\"recorded\":1");
    for (String encoding : List.of("zstd", "gzip")) {
      assertThat(
              post(MAIL, event("acme", 2), "Content-Type", type, "Content-Encoding", encoding)
                  .statusCode())
          .isEqualTo(400);
    }
    // One that the listener has never heard of.
    assertThat(
            post(MAIL, event("acme", 2), "Content-Type", type, "Content-Encoding", "br")
                .statusCode())
        .isEqualTo(400);
    byte[] bomb = Zstd.compress(new byte[BATCH_BYTES_MAX * 1000]);
    assertThat(bomb.length).isLessThan(BATCH_BYTES_MAX);
    assertThat(post(MAIL, bomb, "Content-Type", type, "Content-Encoding", "zstd").statusCode())
        .isEqualTo(413);
    assertThat(auditor.size()).isEqualTo(2);
  }

  @Test
  void logRecordsOfOpenTelemetryAreEventsOrRefusedByName() throws Exception {
    String known =
        new String(event("acme", 4), StandardCharsets.UTF_8).strip().replace("\"", "\\\"");
    String body =
        """
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mail"}}]},
         "scopeLogs":[{"logRecords":[
          {"timeUnixNano":"%d000000","severityNumber":9,"body":{"stringValue":"read"},"attributes":[
           {"key":"counterfoil.tenant","value":{"stringValue":"acme"}},
           {"key":"counterfoil.sequence","value":{"intValue":"3"}},
           {"key":"counterfoil.class_uid","value":{"intValue":6005}},
           {"key":"counterfoil.activity_id","value":{"intValue":"1"}},
           {"key":"counterfoil.token","value":{"stringValue":"s1g1.8.x"}},
           {"key":"client.address","value":{"stringValue":"203.0.113.9"}}]},
          {"timeUnixNano":"1","body":{"stringValue":"anything"}},
          {"timeUnixNano":"1","body":{"stringValue":"%s"}}]}]}]}
        """
            .formatted(InstantSource.system().millis(), known);
    HttpResponse<String> answer =
        send(
            request(MAIL, "/audit/otlp/v1/logs")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body())
        .contains("\"rejectedLogRecords\":\"1\"", "record 2: unmapped", "class_uid");
    assertThat(found(ANALYST, "token=s1g1.8.x&address=203.0.113.9")).hasSize(1);
    assertThat(found(ANALYST, "token=s1g1.7.x")).hasSize(1);
  }

  /** A message of protobuf's wire format: a field of bytes. */
  private static byte[] field(int number, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(number, content);
    out.flush();
    return bytes.toByteArray();
  }

  @Test
  void logRecordsComeInProtobufToo() throws Exception {
    byte[] record =
        field(
            5,
            field(
                1,
                new String(event("acme", 5), StandardCharsets.UTF_8)
                    .strip()
                    .getBytes(StandardCharsets.UTF_8)));
    byte[] request = field(1, field(2, field(2, record)));
    HttpResponse<String> answer =
        send(
            request(MAIL, "/audit/otlp/v1/logs")
                .header("Content-Type", "application/x-protobuf")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-protobuf");
    assertThat(looked).as("rules see it").hasSize(1);
    assertThat(answer.body()).isEmpty();
    assertThat(found(ANALYST, "class=6005")).hasSize(1);
    assertThat(
            send(request(MAIL, "/audit/otlp/v1/logs")
                    .header("Content-Type", "application/x-protobuf")
                    .POST(HttpRequest.BodyPublishers.ofString("none")))
                .statusCode())
        .isEqualTo(400);
    assertThat(
            send(request(MAIL, "/audit/otlp/v1/logs")
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofString("none")))
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void aStreamGivesWhatComesWhileItComes() throws Exception {
    post(MAIL, event("acme", 0));
    HttpResponse<InputStream> stream =
        http.send(
            request(ANALYST, "/audit/v1/stream?class=6005").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(nextEvent(lines)).contains("message 0");
      post(MAIL, event("acme", 1));
      assertThat(nextEvent(lines)).contains("message 1");
    }
    assertThat(get(ANALYST, "/audit/v1/stream?order=newest").statusCode()).isEqualTo(400);
    assertThat(get(MAIL, "/audit/v1/stream").statusCode()).isEqualTo(403);
    assertThat(get(STRANGER, "/audit/v1/stream?follow=false&class=6005").body())
        .doesNotContain("\"event\"")
        .contains("\"ends\":\"all\"");
  }

  private static String nextEvent(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.contains("\"event\"")) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }

  @Test
  void whoSendsTooMuchIsToldToWait() throws Exception {
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < 101; i++) {
      many.writeBytes("{}\n".getBytes(StandardCharsets.US_ASCII));
    }
    HttpResponse<String> last = post(MAIL, many.toByteArray());
    assertThat(last.statusCode()).isEqualTo(200);
    for (int i = 0; i < 100 && last.statusCode() == 200; i++) {
      last = post(MAIL, many.toByteArray());
    }
    assertThat(last.statusCode()).isEqualTo(429);
    assertThat(last.headers().firstValue("Retry-After")).contains("1");
  }
}
