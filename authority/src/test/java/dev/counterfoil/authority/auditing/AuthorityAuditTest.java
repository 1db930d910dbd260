package dev.counterfoil.authority.auditing;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RefusalEvents;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.authority.DomainRoutes;
import dev.counterfoil.authority.FakeRecordLog;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.GroupsAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.administration.ClientCommands;
import dev.counterfoil.authority.administration.SecondPersonDesk;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.RecordSource;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.logs.CounterfoilsEndpoint;
import dev.counterfoil.authority.logs.RecordEndpoint;
import dev.counterfoil.authority.people.GroupCommands;
import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.authority.signals.SignalCommands;
import dev.counterfoil.authority.signals.SignalsEndpoint;
import dev.counterfoil.authority.signals.SignalsMetadata;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation of the authority is exactly one event. The operations are those of the route
 * table and of the admin socket's commands: one that is new there and is not driven here fails.
 */
class AuthorityAuditTest {
  private static final String ISSUER = "https://login.example";

  @TempDir Path folder;
  private RunningDomain domain;
  private String app;
  private String mail;
  private String legacy;

  /** Does an operation. */
  @FunctionalInterface
  private interface Driver {
    void run() throws Exception;
  }

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    app = register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of("a")));
    mail =
        register(
            ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of())
                .introspecting());
    legacy = keyed(ClientRegistration.RECORD_SCOPE);
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  /** The access token of the source of digests, which has a key. */
  private String keyed(String scope) throws Exception {
    return new RecordSource(domain).token(FakeRecordLog.SOURCE, ISSUER, scope);
  }

  private String register(ClientRegistration registration) throws Exception {
    return domain.admin.register(registration).orElseThrow();
  }

  private List<AuditEvent> eventsFrom(long number) throws Exception {
    // What nobody waits for is written a moment later, in order: this one comes behind it.
    domain
        .server()
        .audit()
        .client()
        .record(EventDraft.of(Operation.AUDIT_EXPORT).tenant("test").socket("test"));
    List<AuditEvent> events = new ArrayList<>();
    for (NumberedEvent event :
        domain.server().audit().client().spool().waiting(number, 1000, 1 << 24)) {
      AuditEvent parsed = AuditEvent.parseReported(event.line().getBytes(StandardCharsets.UTF_8));
      if (!parsed.tenant().equals("test")) {
        events.add(parsed);
      }
    }
    return events;
  }

  private static String code(AuditEvent event) {
    return event.json().get("metadata") instanceof JsonObject metadata
            && metadata.get("event_code") instanceof String code
        ? code
        : "";
  }

  /** Runs an operation; its one event. */
  private AuditEvent event(Operation operation, Driver driver) throws Exception {
    long before = domain.server().audit().client().spool().size();
    driver.run();
    List<AuditEvent> events = eventsFrom(before);
    assertThat(events)
        .as(operation + ": " + events.stream().map(AuthorityAuditTest::code).toList())
        .hasSize(1);
    assertThat(code(events.getFirst())).isEqualTo(operation.code());
    assertThat(events.getFirst().classUid()).isEqualTo(operation.classUid());
    assertThat(events.getFirst().activityId()).isEqualTo(operation.activityId());
    return events.getFirst();
  }

  private int status(HttpRequest.Builder request) throws Exception {
    return domain.send(request).statusCode();
  }

  private HttpRequest.Builder ask(String path, String client, String secret, String token) {
    return domain.form(path, "token", token).header("Authorization", basic(client, secret));
  }

  private Map<Operation, Driver> drivers() throws Exception {
    String token = domain.token("app", app);
    String givenUp = domain.token("app", app);
    String record = legacy;
    String custody =
        new RecordSource(domain).token("custodian", ISSUER, CounterfoilsEndpoint.SCOPE);
    Map<Operation, Driver> drivers = new EnumMap<>(Operation.class);
    drivers.put(
        Operation.TOKEN_REFUSE,
        () -> assertThat(status(domain.tokenRequest("app", "wrong"))).isEqualTo(401));
    drivers.put(
        Operation.TOKEN_INTROSPECT,
        () -> assertThat(status(ask("/introspect", "mail", mail, token))).isEqualTo(200));
    drivers.put(
        Operation.TOKEN_INTROSPECT_REFUSE,
        () -> assertThat(status(ask("/introspect", "app", app, token))).isEqualTo(403));
    drivers.put(
        Operation.TOKEN_REVOKE_REFUSE,
        () -> assertThat(status(ask("/revoke", "mail", mail, token))).isEqualTo(400));
    drivers.put(
        Operation.TOKEN_REVOKE,
        () -> assertThat(status(ask("/revoke", "app", app, givenUp))).isEqualTo(200));
    drivers.put(
        Operation.DIGESTS_RECORD,
        () ->
            domain.send(
                HttpRequest.newBuilder(domain.at("/record"))
                    .header("Authorization", "Bearer " + record)
                    .header("Content-Type", RecordEndpoint.DIGESTS)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[32]))));
    drivers.put(
        Operation.COUNTERFOILS_READ,
        () ->
            domain.send(
                HttpRequest.newBuilder(domain.at("/logs/" + FakeSigner.LOG + "/counterfoils"))
                    .header("Authorization", "Bearer " + custody)
                    .GET()));
    ClientRegistration registration =
        ClientRegistration.withSecret("new", "globex", List.of(AUDIENCE), List.of());
    drivers.put(Operation.CLIENT_REGISTER, () -> register(registration));
    drivers.put(
        Operation.CLIENT_UPDATE,
        () ->
            domain.admin.update(
                ClientRegistration.withSecret("new", "globex", List.of(AUDIENCE), List.of("b"))));
    drivers.put(Operation.CLIENT_ROTATE_SECRET, () -> domain.admin.rotateSecretKeepingOld("new"));
    drivers.put(Operation.CLIENT_DROP_SECRET, () -> domain.admin.dropOldSecret("new"));
    drivers.put(
        Operation.CLIENT_EXPIRE,
        () -> domain.admin.expire("new", Optional.of(Instant.ofEpochSecond(4_000_000_000L))));
    drivers.put(Operation.CLIENT_ADMIT, () -> domain.admin.admit("new", false));
    drivers.put(Operation.CLIENT_REMOVE, () -> domain.admin.remove("new"));
    drivers.put(Operation.CLIENT_LIST, () -> domain.admin.list());
    drivers.put(Operation.KEY_SET_FETCHES_LIST, () -> domain.admin.jwksFetchers());
    PeopleAdmin people = domain.admin.people();
    drivers.put(Operation.PERSON_ADD, () -> people.add("acme", "alice", "Alice", Optional.empty()));
    drivers.put(
        Operation.PERSON_UPDATE,
        () ->
            people.update(
                "alice",
                new PeopleAdmin.Update(
                    Optional.empty(),
                    Optional.of("Alice L."),
                    Optional.empty(),
                    Optional.empty())));
    SignedInPerson dave = new SignedInPerson(domain, "dave");
    drivers.put(Operation.PERSON_SIGN_OUT, dave::signOut);
    SignedInPerson carol = new SignedInPerson(domain, "carol");
    carol.allow();
    String spent = carol.code();
    assertThat(carol.redeem(spent).statusCode()).isEqualTo(200);
    String refreshToken = carol.refreshToken();
    drivers.put(Operation.GRANT_REFUSE, () -> domain.get("/authorize?client_id=nobody"));
    drivers.put(Operation.USERINFO_READ, () -> domain.get("/userinfo"));
    drivers.put(Operation.CREDENTIAL_REUSE, () -> carol.redeem(spent));
    drivers.put(Operation.GRANT_END, () -> carol.giveUp(refreshToken));
    drivers.put(Operation.GRANT_GIVE, carol::code);
    drivers.put(Operation.PERSON_INVITE, () -> people.invite("alice", Duration.ofDays(1)));
    drivers.put(Operation.PERSON_RECOVER, () -> people.recover("alice", Duration.ofDays(1)));
    drivers.put(Operation.PERSON_READ, () -> people.show("alice"));
    drivers.put(Operation.PERSON_LIST, () -> people.list(Optional.empty()));
    // With no grants, which would have events of their own.
    var _ = new SignedInPerson(domain, "gina");
    SignedInPerson frank = new SignedInPerson(domain, "frank");
    frank.allow();
    frank.signOut();
    drivers.put(Operation.SESSION_LIST, () -> people.sessions("gina"));
    String session = people.sessions("gina").objects("sessions").getFirst().string("id");
    drivers.put(Operation.SESSION_END, () -> people.endSession("gina", session));
    drivers.put(Operation.CONSENT_LIST, () -> people.consents("frank"));
    drivers.put(Operation.CONSENT_END, () -> people.endConsent("frank", "frank"));
    drivers.put(Operation.PERSON_ADMIT, () -> people.admit("alice", false));
    drivers.put(Operation.PERSON_RESET, () -> people.reset("alice"));
    drivers.put(Operation.PERSON_REMOVE, () -> people.remove("alice"));
    drivers.put(Operation.ADMINISTRATION_REFUSE, () -> domain.get("/admin/v1/people"));
    drivers.put(Operation.CHANGE_LIST, () -> domain.admin.waiting());
    drivers.put(
        Operation.CHANGE_CONFIRM,
        () -> assertThatThrownBy(() -> domain.admin.confirm("a1")).hasMessageContaining("nothing"));
    String siem = new RecordSource(domain).token("siem", ISSUER, SignalsEndpoint.MANAGE);
    assertThat(
            status(
                HttpRequest.newBuilder(domain.at(SignalsMetadata.STREAM))
                    .header("Authorization", "Bearer " + siem)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))))
        .isEqualTo(201);
    drivers.put(Operation.SIGNAL_STREAM_CHANGE, () -> domain.admin.signals().retry("siem"));
    drivers.put(Operation.SIGNAL_STREAM_READ, () -> domain.admin.signals().list());
    String disclosure =
        new RecordSource(domain)
            .token("disclosure", "counterfoil", ISSUER, ClientRegistration.NOTICE_SCOPE);
    drivers.put(
        Operation.SIGNAL_TELL,
        () ->
            assertThat(
                    status(
                        HttpRequest.newBuilder(domain.at("/admin/v1/notices"))
                            .header("Authorization", "Bearer " + disclosure)
                            .header("Content-Type", "application/json")
                            .POST(
                                HttpRequest.BodyPublishers.ofString(
                                    JsonObject.builder()
                                        .put("tenant", "acme")
                                        .put("notice", "7K3Q-0VXA-9ZTM")
                                        .put("digest", Hash.sha256(new byte[] {1}).base64Url())
                                        .put("verify", "login.example/codes/7K3Q-0VXA-9ZTM.txt")
                                        .build()
                                        .toString()))))
                .isEqualTo(200));
    GroupsAdmin groups = domain.admin.groups();
    OptionalLong any = OptionalLong.empty();
    drivers.put(Operation.GROUP_ADD, () -> groups.add("acme", "staff"));
    drivers.put(Operation.GROUP_ADD_MEMBER, () -> groups.addMember("staff", "dave", any));
    drivers.put(Operation.GROUP_REMOVE_MEMBER, () -> groups.removeMember("staff", "dave", any));
    drivers.put(Operation.GROUP_READ, () -> groups.show("acme", "staff"));
    drivers.put(Operation.GROUP_LIST, () -> groups.list(Optional.empty()));
    drivers.put(Operation.GROUP_REMOVE, () -> groups.remove("acme", "staff", any));
    return drivers;
  }

  /** What the code says that there is to be done, and that is an event of the authority's own. */
  private Set<Operation> operations() {
    Set<Operation> all = EnumSet.noneOf(Operation.class);
    all.addAll(ClientCommands.OPERATIONS.values());
    all.addAll(PersonCommands.OPERATIONS.values());
    all.addAll(GroupCommands.OPERATIONS.values());
    all.addAll(SignalCommands.OPERATIONS.values());
    Stream.concat(
            domain.server().routes().places().stream().map(DomainRoutes.Place::audit),
            DomainRoutes.LOGS_AUDIT.values().stream())
        .forEach(
            audit -> {
              switch (audit) {
                case RouteAudit.Events events -> all.addAll(events.operations());
                case RouteAudit.None none -> assertThat(none.why()).isNotBlank();
              }
            });
    all.add(Operation.ADMINISTRATION_REFUSE);
    all.addAll(SecondPersonDesk.OPERATIONS.values());
    // The signer's counterfoil is this event.
    all.remove(Operation.TOKEN_ISSUE);
    return all;
  }

  @Test
  void everyOperationIsExactlyOneEvent() throws Exception {
    Map<Operation, Driver> drivers = drivers();
    assertThat(drivers.keySet()).isEqualTo(operations());
    for (Map.Entry<Operation, Driver> one : drivers.entrySet()) {
      AuditEvent event = event(one.getKey(), one.getValue());
      assertThat(event.keys().actor().isPresent() || event.json().has("status_code"))
          .as("who did " + one.getKey())
          .isTrue();
    }
  }

  @Test
  void aRevocationThatFailsIsNotLeftAsOneThatWasDone() throws Exception {
    String token = domain.token("app", app);
    long before = domain.server().audit().client().spool().size();
    domain.registrar.stop();
    try {
      assertThat(
              domain
                  .send(
                      domain
                          .form("/revoke", "token", token)
                          .header("Authorization", RunningDomain.basic("app", app)))
                  .statusCode())
          .isEqualTo(503);
    } finally {
      domain.registrar.listen();
    }
    List<AuditEvent> events = eventsFrom(before);
    assertThat(events)
        .extracting(AuthorityAuditTest::code)
        .containsExactly("token.revoke", "token.revoke-refuse");
    assertThat(events.get(1).keys().token()).isEqualTo(events.get(0).keys().token()).isPresent();
  }

  @Test
  void anIssuedTokenIsNoSecondRecord() throws Exception {
    long before = domain.server().audit().client().spool().size();
    domain.token("app", app);
    assertThat(eventsFrom(before)).isEmpty();
  }

  @Test
  void anEventSaysWhoActedThroughWhichClientFromWhereOnWhatWithWhichTokenAndHowItEnded()
      throws Exception {
    String token = domain.token("app", app);
    AuditEvent introspected =
        event(
            Operation.TOKEN_INTROSPECT,
            () -> assertThat(status(ask("/introspect", "mail", mail, token))).isEqualTo(200));
    assertThat(introspected.tenant()).isEqualTo("acme");
    assertThat(introspected.keys().actor()).contains("mail");
    assertThat(introspected.keys().address()).contains("127.0.0.1");
    assertThat(introspected.keys().token()).contains(RunningDomain.claims(token).string("jti"));
    assertThat(introspected.keys().key()).isPresent();
    assertThat(introspected.json().number("status_id")).isEqualTo(1);

    AuditEvent refused =
        event(Operation.TOKEN_REFUSE, () -> status(domain.tokenRequest("app", "wrong")));
    assertThat(refused.json().number("status_id")).isEqualTo(2);
    assertThat(refused.json().string("status_code")).isEqualTo("invalid_client");
    assertThat(refused.json().toString()).doesNotContain("wrong");

    AuditEvent registered =
        event(
            Operation.CLIENT_REGISTER,
            () ->
                register(
                    ClientRegistration.withSecret("x", "globex", List.of(AUDIENCE), List.of())));
    assertThat(registered.tenant()).isEqualTo("globex");
    assertThat(registered.keys().entity()).contains("x");
    assertThat(registered.keys().actor()).contains(System.getProperty("user.name"));
  }

  @Test
  void aStartSaysTheSettingsAndNoSecret() throws Exception {
    AuditEvent started =
        eventsFrom(0).stream()
            .filter(event -> code(event).equals(Operation.PROCESS_START.code()))
            .findFirst()
            .orElseThrow();
    String settings = started.json().string("message");
    assertThat(settings).contains("issuer: " + ISSUER, "token-life: PT10M", "pepper: ");
    assertThat(settings)
        .doesNotContain(
            new String(Files.readAllBytes(folder.resolve("pepper")), StandardCharsets.ISO_8859_1));
  }

  @Test
  void aFloodOfRefusalsIsCountedTogetherAndNoneIsLost() throws Exception {
    long before = domain.server().audit().client().spool().size();
    int many = RefusalEvents.SINGLE_MAX * 3;
    for (int i = 0; i < many; i++) {
      assertThat(status(domain.tokenRequest("app", "wrong"))).isEqualTo(401);
    }
    long counted = 0;
    for (int i = 0; i < 12_000 && counted < many; i++) {
      counted = 0;
      for (AuditEvent event : eventsFrom(before)) {
        if (code(event).equals(Operation.TOKEN_REFUSE.code())) {
          counted += event.json().get("count") instanceof Long count ? count : 1;
        }
      }
      Thread.sleep(10);
    }
    assertThat(counted).isEqualTo(many);
  }
}
