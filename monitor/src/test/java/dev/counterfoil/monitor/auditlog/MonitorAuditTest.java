package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RefusalEvents;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.custody.AuditCustodyRoutes;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.RunningMonitor;
import dev.counterfoil.monitor.http.MonitorRoutes;
import dev.counterfoil.monitor.http.ViewRoutes;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every operation of the monitor is exactly one event. The operations are those of its table of
 * places, of the admin socket's questions and of the catalogue: one that is new there and is not
 * driven here fails.
 */
final class MonitorAuditTest extends RunningMonitor {
  private static final String OWN = KeyCeiling.OWN_TENANT;

  /** With which nothing was signed: no tenant's tokens are shown. */
  private static final String NO_KEY = "none";

  private static final String LOOKER = "looker";
  private static final int LOOKS_MAX = 12_000;

  private final Map<String, String> cursors = new HashMap<>();

  /** Does an operation. */
  @FunctionalInterface
  private interface Driver {
    void run() throws Exception;
  }

  private record Driven(Operation operation, Driver driver) {}

  private String tokenOf(String client, String tenant, String scope) {
    return issuer.issue(
        issuer
            .draft()
            .claim("aud", AUDIENCE)
            .claim("scope", scope)
            .claim("sub", client)
            .claim("client_id", client)
            .claim("tenant", tenant));
  }

  private HttpResponse<String> get(String token, String path) throws Exception {
    return send(request(path).header("Authorization", "Bearer " + token));
  }

  private void ok(String token, String path) throws Exception {
    HttpResponse<String> answer = get(token, path);
    assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
  }

  /** Begins a stream that would go on for ever. */
  private void begin(String token, String path) throws Exception {
    HttpResponse<InputStream> answer =
        http.send(
            request(path + "?from=0").header("Authorization", "Bearer " + token).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(body.read()).as("a record's kind").isZero();
    }
  }

  /** Events of the tenants that nobody has looked at, without those of looking. */
  private List<JsonObject> fresh() throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (String tenant : List.of("acme", OWN)) {
      String after = cursors.getOrDefault(tenant, "-1");
      String token = tokenOf(LOOKER, tenant, AuditRoutes.READ_SCOPE);
      HttpResponse<String> lines =
          get(token, "/audit/v1/stream?source=acme/@auditor&follow=false&after=" + after);
      assertThat(lines.statusCode()).as(lines.body()).isEqualTo(200);
      for (String text : lines.body().lines().toList()) {
        JsonObject line = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
        if (line.has("event")) {
          JsonObject event = line.object("event");
          // The issuer's only window of delegations, which the monitor finds at its start.
          boolean isOfTheStart =
              event.toString().contains("ceremony-due")
                  // The custodian that is named there is nobody.
                  || event.toString().contains("cosigner-failing");
          boolean isOfTheLook =
              event
                  .optionalObject("actor")
                  .filter(actor -> LOOKER.equals(actor.get("app_uid")))
                  .isPresent();
          if (!isOfTheStart && !isOfTheLook) {
            events.add(event);
          }
        }
        cursors.put(tenant, line.string("after"));
      }
    }
    return events;
  }

  private JsonObject event(String name, Driven driven) throws Exception {
    fresh();
    driven.driver().run();
    List<JsonObject> events = new ArrayList<>();
    // An import is announced before a batch, and counted after it.
    int expected = driven.operation() == Operation.AUDIT_IMPORT ? 2 : 1;
    for (int looks = 0; looks < LOOKS_MAX && events.size() < expected; looks++) {
      events.addAll(fresh());
      Thread.sleep(20);
    }
    assertThat(events).as(name).hasSize(expected);
    JsonObject event = events.getFirst();
    assertThat(event.object("metadata").string("event_code"))
        .as(name)
        .isEqualTo(driven.operation().code());
    assertThat(event.number("class_uid")).as(name).isEqualTo(driven.operation().classUid());
    if (driven.operation() != Operation.AUDIT_HOLD) {
      assertThat(event.number("activity_id")).as(name).isEqualTo(driven.operation().activityId());
    }
    return event;
  }

  private Map<String, Driven> overHttp() throws Exception {
    String analyst = tokenOf("analyst", "acme", AuditRoutes.READ_SCOPE);
    String mail = tokenOf("mail", "acme", AuditRoutes.REPORT_SCOPE);
    String counts = tokenOf("counts", OWN, AuditRoutes.COUNTS_SCOPE);
    String operator = tokenOf("operator", OWN, MonitorRoutes.FINDINGS_SCOPE);
    String custodian = tokenOf("custodian", OWN, AuditCustodyRoutes.SCOPE);
    Map<String, Driven> drivers = new LinkedHashMap<>();
    drivers.put("/findings", new Driven(Operation.FINDINGS_READ, () -> ok(operator, "/findings")));
    drivers.put(
        "/incidents", new Driven(Operation.FINDINGS_READ, () -> ok(operator, "/incidents")));
    drivers.put(
        "/incidents/{id}",
        new Driven(
            Operation.FINDINGS_READ,
            () ->
                assertThat(
                        send(request("/incidents/7").header("Authorization", "Bearer " + operator))
                            .statusCode())
                    .isEqualTo(404)));
    String viewer = tokenOf("viewer", OWN, ViewRoutes.VIEW_SCOPE);
    for (String path : List.of("/view/findings", "/view/incidents", "/view/keys")) {
      drivers.put(path, new Driven(Operation.FINDINGS_READ, () -> ok(viewer, path)));
    }
    drivers.put(
        "/view/findings/{id}",
        new Driven(
            Operation.FINDINGS_READ,
            () -> assertThat(get(viewer, "/view/findings/77").statusCode()).isEqualTo(404)));
    drivers.put(
        "/view/acknowledgements",
        new Driven(Operation.ACKNOWLEDGEMENTS_READ, () -> ok(viewer, "/view/acknowledgements")));
    String changer = tokenOf("changer", OWN, ViewRoutes.INCIDENTS_SCOPE);
    // What cannot be done is recorded first, too.
    drivers.put(
        "/view/suppressions",
        new Driven(
            Operation.FINDING_SUPPRESS,
            () ->
                assertThat(changed(changer, "/view/suppressions", "{\"do\":\"end\",\"id\":7}"))
                    .isEqualTo(400)));
    drivers.put(
        "/view/findings/{id}",
        new Driven(
            Operation.FINDING_JUDGE,
            () ->
                assertThat(changed(changer, "/view/findings/7", "{\"verdict\":\"true-positive\"}"))
                    .isEqualTo(400)));
    // There is no such incident; the attempt is recorded first.
    drivers.put(
        "/view/incidents/{id}",
        new Driven(
            Operation.INCIDENT_CHANGE,
            () ->
                assertThat(
                        send(request("/view/incidents/7")
                                .header("Authorization", "Bearer " + changer)
                                .header("Content-Type", "application/json")
                                .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                        "{\"do\":\"note\",\"text\":\"x\"}")))
                            .statusCode())
                    .isEqualTo(400)));
    drivers.put(
        "/report/key/{kid}",
        new Driven(Operation.KEY_REPORT_READ, () -> ok(operator, "/report/key/" + NO_KEY)));
    drivers.put(
        "/audit/v1/events",
        new Driven(Operation.AUDIT_SEARCH, () -> ok(analyst, "/audit/v1/events")));
    drivers.put(
        "/audit/v1/export",
        new Driven(Operation.AUDIT_EXPORT, () -> ok(analyst, "/audit/v1/export")));
    drivers.put(
        "/audit/v1/stream",
        new Driven(Operation.AUDIT_STREAM, () -> ok(analyst, "/audit/v1/stream?follow=false")));
    drivers.put(
        "/audit/v1/trace",
        new Driven(Operation.AUDIT_TRACE, () -> ok(analyst, "/audit/v1/trace?token=s1g1.0.x")));
    drivers.put(
        "/audit/v1/issued",
        new Driven(Operation.AUDIT_SEARCH, () -> ok(analyst, "/audit/v1/issued")));
    drivers.put(
        "/audit/v1/quarantine",
        new Driven(Operation.QUARANTINE_READ, () -> ok(mail, "/audit/v1/quarantine")));
    drivers.put(
        "/audit/v1/tenants",
        new Driven(Operation.AUDIT_TENANTS_READ, () -> ok(counts, "/audit/v1/tenants")));
    drivers.put(
        "/audit/v1/log/records",
        new Driven(Operation.AUDIT_RECORDS_READ, () -> begin(custodian, "/audit/v1/log/records")));
    return drivers;
  }

  private int changed(String token, String path, String body) throws Exception {
    return send(request(path)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)))
        .statusCode();
  }

  /** A question to a desk, which may say no: that it was asked is recorded. */
  private void desk(
      Map<String, Driven> drivers, String ask, Operation operation, String arguments) {
    MonitorAdmin admin = new MonitorAdmin(folder.resolve("admin.sock"));
    drivers.put(
        ask,
        new Driven(
            operation,
            () -> {
              try {
                admin.ask(
                    ask,
                    StrictJson.object(arguments.getBytes(StandardCharsets.UTF_8), 1 << 10),
                    line -> {});
              } catch (MonitorAdmin.RefusedException e) {
                assertThat(e).hasMessageContaining("refuses");
              }
            }));
  }

  private Map<String, Driven> overCustody() throws Exception {
    String own = tokenOf("own", "acme", "counterfoil:tenant");
    String counts = tokenOf("counts", OWN, AuditRoutes.COUNTS_SCOPE);
    String log =
        "/logs/"
            + Hash.sha256(
                    (issuer.issuer.issuer().substring("http://".length())
                            + "/logs/"
                            + RecordedIssuer.LOG)
                        .getBytes(StandardCharsets.UTF_8))
                .hex();
    for (int looks = 0;
        looks < LOOKS_MAX && send(request(log + "/checkpoint")).statusCode() != 200;
        looks++) {
      Thread.sleep(5);
    }
    Map<String, Driven> drivers = new LinkedHashMap<>();
    drivers.put("tenant", new Driven(Operation.CUSTODY_READ, () -> ok(own, log + "/tenant")));
    drivers.put("tenants", new Driven(Operation.CUSTODY_READ, () -> ok(counts, log + "/tenants")));
    drivers.put(
        "tenant/counterfoils",
        new Driven(
            Operation.CUSTODY_READ, () -> ok(own, log + "/tenant/counterfoils?size=1&from=0")));
    return drivers;
  }

  private Map<String, Driven> atTheSocket() {
    MonitorAdmin admin = new MonitorAdmin(folder.resolve("admin.sock"));
    JsonObject nothing = JsonObject.builder().build();
    JsonObject hold =
        JsonObject.builder()
            .put("domain", "acme")
            .put("tenant", "acme")
            .put("reason", "Case 17")
            .build();
    String kid = issuer.key.kid();
    Map<String, Driven> drivers = new LinkedHashMap<>();
    drivers.put(
        "findings", new Driven(Operation.FINDINGS_READ, () -> admin.findings(nothing, line -> {})));
    drivers.put(
        "forged-keys", new Driven(Operation.FINDINGS_READ, () -> admin.forgedKeys(line -> {})));
    drivers.put(
        "incidents", new Driven(Operation.FINDINGS_READ, () -> admin.incidents(true, line -> {})));
    drivers.put(
        "incident",
        new Driven(
            Operation.FINDINGS_READ,
            () ->
                assertThatThrownBy(() -> admin.incident(7, line -> {}))
                    .hasMessageContaining("no incident 7")));
    desk(drivers, "suppressions", Operation.FINDINGS_READ, "{}");
    desk(drivers, "rules", Operation.FINDINGS_READ, "{}");
    desk(drivers, "reports", Operation.FINDINGS_READ, "{}");
    desk(drivers, "suppress", Operation.FINDING_SUPPRESS, "{\"kind\":\"none\"}");
    desk(drivers, "suppression-approve", Operation.FINDING_SUPPRESS, "{\"id\":7}");
    desk(drivers, "suppression-end", Operation.FINDING_SUPPRESS, "{\"id\":7}");
    desk(
        drivers,
        "finding-feedback",
        Operation.FINDING_JUDGE,
        "{\"id\":7,\"verdict\":\"true-positive\"}");
    desk(
        drivers, "report-link", Operation.REPORT_CHANGE, "{\"reference\":\"NONE\",\"incident\":7}");
    desk(
        drivers,
        "report-close",
        Operation.REPORT_CHANGE,
        "{\"reference\":\"NONE\",\"text\":\"x\"}");
    drivers.put(
        "incident-change",
        new Driven(
            Operation.INCIDENT_CHANGE,
            () ->
                assertThatThrownBy(() -> admin.changeIncident(7, "note", "x"))
                    .hasMessageContaining("no incident 7")));
    drivers.put(
        "report", new Driven(Operation.KEY_REPORT_READ, () -> admin.report(NO_KEY, line -> {})));
    drivers.put(
        "counts", new Driven(Operation.KEY_REPORT_READ, () -> admin.counts(kid, line -> {})));
    drivers.put(
        "acknowledgements",
        new Driven(
            Operation.ACKNOWLEDGEMENTS_READ, () -> admin.acknowledgements("acme", 0, line -> {})));
    drivers.put(
        "watch-canary",
        new Driven(
            Operation.CANARY_WATCH,
            () -> admin.watchCanary("acme", Hash.sha256(new byte[1]).base64Url(), "test")));
    drivers.put(
        "canaries", new Driven(Operation.CANARY_LIST, () -> admin.canaries("acme", line -> {})));
    drivers.put(
        "audit-tenants",
        new Driven(
            Operation.AUDIT_TENANTS_READ, () -> admin.auditTenants(Optional.empty(), line -> {})));
    drivers.put(
        "audit-check", new Driven(Operation.AUDIT_CHECK, () -> admin.auditCheck(line -> {})));
    drivers.put(
        "notify-test",
        new Driven(
            Operation.NOTIFICATION_TEST,
            () ->
                assertThatThrownBy(() -> admin.notifyTest(Optional.empty(), line -> {}))
                    .hasMessageContaining("no notification channel is configured")));
    drivers.put(
        "audit-search",
        new Driven(
            Operation.AUDIT_SEARCH, () -> admin.auditSearch("acme", "acme", nothing, line -> {})));
    drivers.put(
        "audit-stream",
        new Driven(
            Operation.AUDIT_STREAM,
            () -> admin.auditStream("acme", "acme", nothing, false, line -> {})));
    drivers.put(
        "audit-export",
        new Driven(
            Operation.AUDIT_EXPORT,
            () -> admin.auditExport("acme", "acme", nothing, "0", line -> {})));
    drivers.put(
        "audit-trace",
        new Driven(
            Operation.AUDIT_TRACE,
            () -> admin.auditTrace("acme", "acme", nothing.with("token", "x"), line -> {})));
    drivers.put(
        "staff-begin",
        new Driven(
            Operation.STAFF_BEGIN,
            () -> admin.staffTasks("staff-begin", hold.with("life", 60L), line -> {})));
    drivers.put(
        "staff-end",
        new Driven(
            Operation.STAFF_END,
            () ->
                admin.staffTasks(
                    "staff-end", JsonObject.builder().put("id", "t1").build(), line -> {})));
    drivers.put(
        "audit-hold",
        new Driven(Operation.AUDIT_HOLD, () -> admin.auditHold("add", hold, line -> {})));
    JsonObject batch =
        JsonObject.builder()
            .put("domain", "acme")
            .put("tenant", "acme")
            .put("source", "old")
            .put("file", "old.ndjson")
            .put("digest", Hash.sha256(new byte[1]).hex())
            .put("first_line", 1)
            .put("last_line", 1)
            .build();
    drivers.put(
        "audit-import",
        new Driven(
            Operation.AUDIT_IMPORT, () -> admin.auditImport(batch, new byte[] {'\n'}, line -> {})));
    drivers.put(
        "audit-forget",
        new Driven(
            Operation.AUDIT_SEARCH,
            () ->
                admin.auditForget(
                    "look",
                    JsonObject.builder()
                        .put("domain", "acme")
                        .put("tenant", "acme")
                        .put("name", "nobody")
                        .build(),
                    line -> {})));
    return drivers;
  }

  @Test
  void everyOperationIsExactlyOneEvent() throws Exception {
    monitor.close();
    monitor =
        startMonitor(
            custodian(
                CosignerKey.of(
                    "custodian.example/c1",
                    CosignerKey.Algorithm.ED25519,
                    KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic()),
                "acme",
                "custodian"));
    Map<String, Driven> http = overHttp();
    Set<String> places = new TreeSet<>();
    Set<Operation> walked = EnumSet.of(Operation.PROCESS_START, Operation.REQUEST_REFUSE);
    for (RoutePlace place : monitor.places()) {
      switch (place.audit()) {
        case RouteAudit.Events events -> {
          places.add(place.path());
          walked.addAll(events.operations());
        }
        case RouteAudit.None none -> assertThat(none.why()).as(place.path()).isNotBlank();
      }
    }
    assertThat(places).isEqualTo(http.keySet());
    Map<String, Driven> socket = atTheSocket();
    Set<String> asks = new TreeSet<>(MonitorAudit.ASKS.keySet());
    asks.addAll(MonitorAudit.BY_THE_AUDITOR.keySet());
    assertThat(asks).isEqualTo(socket.keySet());
    Map<String, Driven> custody = overCustody();
    for (Map<String, Driven> drivers : List.of(http, custody, socket)) {
      for (Map.Entry<String, Driven> one : drivers.entrySet()) {
        JsonObject event = event(one.getKey(), one.getValue());
        walked.add(one.getValue().operation());
        assertThat(event.object("actor").names()).as(one.getKey()).isNotEmpty();
      }
    }
    assertThat(walked)
        .as("the catalogue")
        .containsAll(
            Stream.of(Operation.values())
                .filter(operation -> operation.part() == Operation.Part.MONITOR)
                // RetentionTest, and what a forged token is below.
                .filter(operation -> operation != Operation.AUDIT_DELETE)
                // ForgettingTest
                .filter(operation -> operation != Operation.AUDIT_FORGET)
                // Said by the first start after it: AuditRestoreTest.
                .filter(operation -> operation != Operation.AUDIT_RESTORE)
                .filter(operation -> operation != Operation.FINDING_RAISE)
                .toList());
  }

  /** Whose tokens an operator reads can see that in their own log. */
  @Test
  void aKeyReportIsAnEventOfEachTenantWhoseTokensItShows() throws Exception {
    String operator = tokenOf("operator", OWN, "counterfoil:findings");
    String kid = issuer.key.kid();
    issuer.issue();
    MonitorAdmin admin = new MonitorAdmin(folder.resolve("admin.sock"));
    for (int i = 0; i < 1_000 && shown(admin, kid) == 0; i++) {
      Thread.sleep(20);
    }
    Map<String, Driver> reads =
        Map.of(
            System.getProperty("user.name"),
            () -> admin.report(kid, line -> {}),
            "operator",
            () -> ok(operator, "/report/key/" + kid));
    for (Map.Entry<String, Driver> read : reads.entrySet()) {
      fresh();
      read.getValue().run();
      List<JsonObject> events = new ArrayList<>();
      for (int looks = 0; looks < LOOKS_MAX && events.size() < 2; looks++) {
        events.addAll(fresh());
        Thread.sleep(20);
      }
      assertThat(events)
          .allMatch(event -> event.toString().contains(Operation.KEY_REPORT_READ.code()))
          .allMatch(event -> event.toString().contains(kid))
          .allMatch(event -> event.toString().contains("\"" + read.getKey() + "\""));
      assertThat(events).filteredOn(event -> tenant(event).equals("acme")).hasSize(1);
      assertThat(events).filteredOn(event -> tenant(event).equals(OWN)).hasSize(1);
    }
    fresh();
    admin.report(NO_KEY, line -> {});
    admin.counts(kid, line -> {});
    Thread.sleep(500);
    assertThat(fresh())
        .as("the control: no token was shown")
        .hasSize(2)
        .allMatch(event -> tenant(event).equals(OWN));
  }

  private static String tenant(JsonObject event) {
    try {
      return event.object("metadata").string("tenant_uid");
    } catch (FormatException e) {
      throw new AssertionError(event.toString(), e);
    }
  }

  private static long shown(MonitorAdmin admin, String kid) throws Exception {
    long[] count = new long[1];
    admin.report(kid, line -> count[0] += "signed".equals(line.get("type")) ? 1 : 0);
    return count[0];
  }

  /** Nothing is served but by the table that is walked above, and by the custodian. */
  @Test
  void nothingIsServedPastTheTable() throws Exception {
    Set<String> serving = new TreeSet<>();
    int seen = 0;
    for (String sources :
        List.of("src/main/java/dev/counterfoil/monitor", "../audit-server/src/main/java")) {
      try (Stream<Path> files = Files.walk(Path.of(sources))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          seen++;
          if (Files.readString(file)
              .matches("(?s).*\\brouting\\s*\\.(any|route|get|post|put)\\(.*")) {
            serving.add(file.getFileName().toString());
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(60);
    assertThat(serving).containsExactly("RoutePlace.java");
  }

  @Test
  void whoIsRefusedIsAnEventAndWhoIsNotIsNone() throws Exception {
    String reporter = tokenOf("mail", "acme", AuditRoutes.REPORT_SCOPE);
    JsonObject missing =
        event(
            "without a token",
            new Driven(
                Operation.REQUEST_REFUSE,
                () -> assertThat(send(request("/findings")).statusCode()).isEqualTo(401)));
    assertThat(missing.object("metadata").string("tenant_uid")).isEqualTo(OWN);
    assertThat(missing.object("src_endpoint").string("ip")).isEqualTo("127.0.0.1");
    assertThat(missing.string("message")).isEqualTo("GET /findings");
    assertThat(missing.number("status_id")).isEqualTo(2);
    JsonObject forbidden =
        event(
            "another scope",
            new Driven(
                Operation.REQUEST_REFUSE,
                () -> assertThat(get(reporter, "/audit/v1/events").statusCode()).isEqualTo(403)));
    assertThat(forbidden.object("metadata").string("tenant_uid")).isEqualTo("acme");
    assertThat(forbidden.object("actor").string("app_uid")).isEqualTo("mail");
    assertThat(forbidden.string("status_code")).isEqualTo("insufficient_scope");
    // The control.
    event(
        "what it may",
        new Driven(Operation.QUARANTINE_READ, () -> ok(reporter, "/audit/v1/quarantine")));
  }

  @Test
  void aSourceThatSendsTooMuchIsOnRecordByItsNameInItsOwnDomain() throws Exception {
    monitor.close();
    monitor = startMonitor("audit-events-per-second: 1\n");
    String reporter = tokenOf("mail", "acme", AuditRoutes.REPORT_SCOPE);
    String batch = "no event\n".repeat(100);
    JsonObject refused =
        event(
            "too many",
            new Driven(
                Operation.REQUEST_REFUSE,
                () -> {
                  // More than may come at once is taken out of a full quota, and paid for later.
                  assertThat(sendEvents(reporter, batch)).isEqualTo(200);
                  assertThat(sendEvents(reporter, batch)).isEqualTo(429);
                }));
    assertThat(refused.string("status_code")).isEqualTo("quota");
    assertThat(refused.object("metadata").string("tenant_uid")).isEqualTo("acme");
    assertThat(refused.object("actor").string("app_uid")).isEqualTo("mail");
  }

  private int sendEvents(String token, String batch) throws Exception {
    return send(request("/audit/v1/events")
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(batch)))
        .statusCode();
  }

  @Test
  void aFindingIsSaidOnceAlsoWhenTheProcessEndsBeforeItNotesThat() throws Exception {
    String reporter = token("counterfoil:sightings");
    report(reporter, batch(1, issuer.accepted(forged(1000))));
    List<String> first = untilSaid(1);
    monitor.close();
    Files.delete(folder.resolve("data").resolve(FindingEvents.SAID));
    monitor = startMonitor();
    report(token("counterfoil:sightings"), batch(2, issuer.accepted(forged(1001))));
    List<String> both = untilSaid(2);
    assertThat(both).doesNotHaveDuplicates().containsAll(first);
    assertThat(both.size()).isEqualTo(first.size() + 1);
  }

  /** The numbers of a new database begin again. */
  @Test
  void theFindingsOfANewDatabaseAreSaidFromItsFirst() throws Exception {
    report(
        token("counterfoil:sightings"),
        batch(1, issuer.accepted(forged(1000)), issuer.accepted(forged(1001))));
    List<String> first = untilSaid(2);
    monitor.close();
    for (String name : List.of("monitor.db", "monitor.db-wal", "monitor.db-shm")) {
      Files.deleteIfExists(folder.resolve("data").resolve(name));
    }
    monitor = startMonitor();
    report(token("counterfoil:sightings"), batch(1, issuer.accepted(forged(1002))));
    assertThat(untilSaid(3)).hasSizeGreaterThan(first.size());
    // The control: a start says none of it again.
    monitor.close();
    monitor = startMonitor();
    report(token("counterfoil:sightings"), batch(2, issuer.accepted(forged(1003))));
    untilSaid(4);
  }

  /** A thief of a key chooses the texts: none of them ends the monitor. */
  @Test
  void aFindingIsSaidHoweverLongTheTextsOfItsTokenAre() throws Exception {
    String name = "s1g1.1000.";
    List<String> texts =
        List.of(
            "A".repeat(1024),
            "A".repeat(1025),
            "A".repeat(3000),
            "\uD83D\uDD11".repeat(600),
            "A" + "\uD83D\uDD11".repeat(600),
            "\u0001".repeat(1800));
    List<Sighting> seen = new ArrayList<>();
    for (String text : texts) {
      seen.add(
          issuer.refusedWithEvidence(
              issuer.forge(issuer.draft().claim("jti", name + text)), "token-id"));
      seen.add(
          issuer.refusedWithEvidence(issuer.forge(issuer.draft().claim("jti", text)), "malformed"));
    }
    assertThat(
            report(token("counterfoil:sightings"), batch(1, seen.toArray(Sighting[]::new)))
                .statusCode())
        .isEqualTo(202);
    untilSaid(seen.size());
    assertThat(failures).isEmpty();
  }

  private String forged(long position) {
    return issuer.forge(
        issuer.draft(issuer.key, RecordedIssuer.LOG, position).claim("sub", "victim"));
  }

  /** Identities of the findings in the audit log, once so many tokens are among them. */
  private List<String> untilSaid(int tokens) throws Exception {
    List<String> said = List.of();
    int found = 0;
    for (int looks = 0; looks < LOOKS_MAX && found < tokens; looks++) {
      said = new ArrayList<>();
      found = 0;
      String reader = tokenOf(LOOKER, OWN, AuditRoutes.READ_SCOPE);
      for (String text :
          get(reader, "/audit/v1/stream?source=acme/@auditor&follow=false")
              .body()
              .lines()
              .toList()) {
        JsonObject line = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
        if (line.has("event") && line.object("event").has("finding_info")) {
          said.add(line.object("event").object("finding_info").string("uid"));
          found += line.object("event").has("recorded_token") ? 1 : 0;
        }
      }
      Thread.sleep(100);
    }
    assertThat(found).isEqualTo(tokens);
    return said;
  }

  @Test
  void aFloodOfRefusalsIsCountedTogetherAndNoneIsLost() throws Exception {
    fresh();
    int many = RefusalEvents.SINGLE_MAX * 3;
    for (int i = 0; i < many; i++) {
      assertThat(
              send(request("/findings").header("Authorization", "Bearer no.to.ken")).statusCode())
          .isEqualTo(401);
    }
    long counted = 0;
    for (int looks = 0; looks < LOOKS_MAX && counted < many; looks++) {
      for (JsonObject event : fresh()) {
        assertThat(event.object("metadata").string("event_code"))
            .isEqualTo(Operation.REQUEST_REFUSE.code());
        counted += event.optionalNumber("count").orElse(1L);
      }
      Thread.sleep(100);
    }
    assertThat(counted).isEqualTo(many);
  }

  @Test
  void oneWhoWaitsForAFindingAsksOnce() throws Exception {
    fresh();
    List<JsonObject> found = new ArrayList<>();
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 1000).claim("sub", "victim"));
    Thread reporting =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    report(token("counterfoil:sightings"), batch(1, issuer.accepted(forged)));
                  } catch (Exception e) {
                    failures.add(e);
                  }
                });
    new MonitorAdmin(folder.resolve("admin.sock"))
        .findings(
            JsonObject.builder().put("kind", "forged-token").put("wait_ms", 60_000).build(),
            found::add);
    reporting.join();
    assertThat(found).hasSize(1);
    List<String> codes = new ArrayList<>();
    for (int looks = 0; looks < LOOKS_MAX && !codes.contains("finding.raise"); looks++) {
      for (JsonObject event : fresh()) {
        codes.add(event.object("metadata").string("event_code"));
        if (codes.getLast().equals("finding.raise")) {
          assertThat(event.number("severity_id")).isGreaterThan(3);
          assertThat(event.object("recorded_token").string("uid"))
              .isEqualTo(found.getFirst().string("jti"));
        }
      }
      Thread.sleep(20);
    }
    assertThat(codes).filteredOn("findings.read"::equals).hasSize(1);
  }
}
