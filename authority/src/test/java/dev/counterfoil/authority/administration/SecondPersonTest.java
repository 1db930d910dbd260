package dev.counterfoil.authority.administration;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.authority.keys.JwksFetches;
import dev.counterfoil.authority.settings.AdministrationEntry.SecondPersonEntry;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one administrator does not do alone, on the commands of a running domain's audit. */
class SecondPersonTest {
  private static final Administrator ANNA = Administrator.atSocket(new SignerServer.Peer("anna"));
  private static final Administrator BEN = Administrator.atSocket(new SignerServer.Peer("ben"));
  private static final Administrator OWNER =
      Administrator.atSocket(new SignerServer.Peer(System.getProperty("user.name")));

  @TempDir private static Path folder;
  private static RunningDomain domain;
  private ClientDirectory clients;
  private Instant now = Instant.parse("2026-11-30T12:00:00Z");

  @BeforeAll
  static void start() throws Exception {
    domain = new RunningDomain(folder.resolve("domain"));
  }

  @BeforeEach
  void open(@TempDir Path own) throws Exception {
    clients =
        ClientDirectory.open(
            new TablePlace.File(own.resolve("clients.db")),
            own.resolve("pepper"),
            new SecureRandom(),
            () -> now);
  }

  @AfterEach
  void close() {
    clients.close();
  }

  @AfterAll
  static void stop() throws Exception {
    domain.close();
  }

  private AdminCommands commands(boolean required, String... guarded) {
    AuthorityAudit audit = domain.server().audit();
    ClientCommands of =
        new ClientCommands(
            clients,
            new JwksFetches(() -> now),
            audit,
            domain.server().pendingRevocations(),
            id -> {});
    return new AdminCommands(
        of,
        Optional.empty(),
        Optional.empty(),
        domain.server().commands().keys(),
        new SecondPersonDesk(
            new SecondPersonEntry(required, Duration.ofHours(1), List.of(guarded)),
            of,
            audit,
            () -> now),
        domain.server().commands().containment(),
        audit);
  }

  private static Answer ask(AdminCommands commands, Administrator who, String name, JsonObject of) {
    return commands.carryOut(new Request.Command(name, of), who);
  }

  private static JsonObject id(String name, String value) {
    return JsonObject.builder().put(name, value).build();
  }

  private static Answer confirm(AdminCommands commands, Administrator who, String id) {
    return ask(commands, who, SecondPersonDesk.CONFIRM, id("id", id));
  }

  private static String waits(Answer answer) throws Exception {
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().string("waits");
  }

  private static void done(Answer answer) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Done.class, done -> assertThat(done.result().has("waits")).isFalse());
  }

  private static void refused(Answer answer, Answer.Code code) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private static ClientRegistration shop(String redirect, String... scopes) {
    return ClientRegistration.withoutSecret(
        "shop",
        "acme",
        List.of(AUDIENCE),
        List.of(scopes),
        new SignInTerms(
            Set.of(GrantType.AUTHORIZATION_CODE),
            List.of(redirect),
            List.of(),
            Optional.empty(),
            false));
  }

  private List<String> events(long from) throws Exception {
    domain
        .server()
        .audit()
        .client()
        .record(EventDraft.of(Operation.AUDIT_EXPORT).tenant("test").socket("test"));
    List<String> codes = new ArrayList<>();
    for (NumberedEvent event :
        domain.server().audit().client().spool().waiting(from, 1000, 1 << 24)) {
      AuditEvent parsed = AuditEvent.parseReported(event.line().getBytes(StandardCharsets.UTF_8));
      if (!parsed.tenant().equals("test")) {
        codes.add(
            parsed.json().object("metadata").string("event_code")
                + " by "
                + parsed.keys().actor().orElse("?")
                + " "
                + parsed.json().number("status_id"));
      }
    }
    return codes;
  }

  @Test
  void whoAskedCannotConfirmAndAnotherCan() throws Exception {
    AdminCommands desk = commands(true, "shop");
    clients.register(shop("https://shop.example/cb", "a"));
    long before = domain.server().audit().client().spool().size();

    JsonObject changed = shop("https://evil.example/cb", "a").toJson();
    String id = waits(ask(desk, ANNA, ClientCommands.UPDATE, changed));
    assertThat(waits(ask(desk, ANNA, ClientCommands.UPDATE, changed))).isEqualTo(id);
    assertThat(clients.find("shop").orElseThrow().registration().signIn().redirectUris())
        .containsExactly("https://shop.example/cb");
    refused(confirm(desk, ANNA, id), Answer.Code.NOT_ALLOWED);
    done(confirm(desk, BEN, id));
    refused(confirm(desk, BEN, id), Answer.Code.UNKNOWN);

    assertThat(clients.find("shop").orElseThrow().registration().signIn().redirectUris())
        .containsExactly("https://evil.example/cb");
    assertThat(events(before))
        .containsExactly(
            "change.ask by anna 1",
            "change.ask by anna 1",
            "change.confirm by anna 2",
            "change.confirm by ben 1",
            "client.update by anna 1",
            "change.confirm by ben 2");
  }

  @Test
  void whatIsDangerousWaitsAndNothingElse() throws Exception {
    AdminCommands desk = commands(true, "shop", "pay");
    clients.register(shop("https://shop.example/cb", "a"));
    clients.register(
        ClientRegistration.withSecret("pay", "acme", List.of(AUDIENCE), List.of("a", "b")));
    clients.register(
        ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of("a")));

    waits(ask(desk, ANNA, ClientCommands.ROTATE_SECRET, id("client_id", "pay")));
    waits(ask(desk, ANNA, ClientCommands.UPDATE, mail("b", AUDIENCE)));
    waits(ask(desk, ANNA, ClientCommands.UPDATE, mail("a", "https://other.example")));
    waits(
        ask(
            desk,
            ANNA,
            ClientCommands.REGISTER,
            shop("https://x.example/", "counterfoil:custody")
                .toJson()
                .with("client_id", "new", "subject", "new")));
    // Neither does what was guarded come back as something else.
    clients.remove("shop");
    waits(ask(desk, ANNA, ClientCommands.REGISTER, shop("https://x.example/").toJson()));

    done(ask(desk, ANNA, ClientCommands.ROTATE_SECRET, id("client_id", "mail")));
    done(ask(desk, ANNA, ClientCommands.ADMIT, id("client_id", "pay").with("disabled", true)));
    done(ask(desk, ANNA, ClientCommands.UPDATE, pay("a")));
    done(
        ask(
            desk,
            OWNER,
            ClientCommands.REGISTER,
            ClientRegistration.withSecret(
                    "monitor", "counterfoil", List.of(AUDIENCE), List.of("counterfoil:findings"))
                .toJson()));
    done(ask(desk, ANNA, ClientCommands.REMOVE, id("client_id", "pay")));
    // The control: without the setting nothing waits.
    done(ask(commands(false, "*"), ANNA, ClientCommands.UPDATE, mail("c", AUDIENCE)));
  }

  private static JsonObject mail(String scope, String audience) {
    return ClientRegistration.withSecret(
            "mail",
            "acme",
            List.of(AUDIENCE, audience).stream().distinct().toList(),
            List.of("a", scope).stream().distinct().toList())
        .toJson();
  }

  private static JsonObject pay(String scope) {
    return ClientRegistration.withSecret("pay", "acme", List.of(AUDIENCE), List.of(scope)).toJson();
  }

  @Test
  void anAdministratorIsMadeByTwo() throws Exception {
    JsonObject jwks = StrictJson.object("{\"keys\":[]}".getBytes(StandardCharsets.UTF_8), 1 << 10);
    JsonObject admin =
        ClientRegistration.withSecret("ops", "counterfoil", List.of(AUDIENCE), List.of())
            .toJson()
            .with("token_endpoint_auth_method", "private_key_jwt", "jwks", jwks)
            .with("scopes", List.of(ClientRegistration.ADMIN_SCOPE));

    waits(ask(commands(true), ANNA, ClientCommands.REGISTER, admin));
    waits(ask(commands(true), OWNER, ClientCommands.REGISTER, admin));
    // The control.
    assertThat(ask(commands(false), ANNA, ClientCommands.REGISTER, admin).toString())
        .doesNotContain("waits");
  }

  /** One person who may change an administrator's key alone is two administrators. */
  @Test
  void anAdministratorsKeyAndAdmissionAreChangedByTwo() throws Exception {
    AdminCommands desk = commands(true);
    ClientRegistration custodian =
        ClientRegistration.withSecret(
            "custodian", "acme", List.of(AUDIENCE), List.of("counterfoil:custody"));
    clients.register(custodian);

    waits(ask(desk, ANNA, ClientCommands.ROTATE_SECRET, id("client_id", "custodian")));
    waits(
        ask(
            desk,
            ANNA,
            ClientCommands.UPDATE,
            custodian.toJson().with("token_endpoint_auth_method", "client_secret_post")));
    // To shut it out waits for nobody, to let it in again does.
    JsonObject disabled = id("client_id", "custodian").with("disabled", true);
    done(ask(desk, ANNA, ClientCommands.ADMIT, disabled));
    waits(ask(desk, ANNA, ClientCommands.ADMIT, disabled.with("disabled", false)));
    JsonObject soon = id("client_id", "custodian").with("expires_at", 4_000_000_000L);
    done(ask(desk, ANNA, ClientCommands.EXPIRE, soon));
    waits(ask(desk, ANNA, ClientCommands.EXPIRE, soon.with("expires_at", 4_000_000_001L)));
    waits(ask(desk, ANNA, ClientCommands.EXPIRE, id("client_id", "custodian")));
    // The control: another client.
    clients.register(
        ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of("a")));
    done(ask(desk, ANNA, ClientCommands.ROTATE_SECRET, id("client_id", "mail")));
  }

  @Test
  void whatWaitsExpiresAndIsForgottenAtARestart() throws Exception {
    AdminCommands desk = commands(true, "pay");
    clients.register(ClientRegistration.withSecret("pay", "acme", List.of(AUDIENCE), List.of("a")));
    String id = waits(ask(desk, ANNA, ClientCommands.ROTATE_SECRET, id("client_id", "pay")));
    now = now.plus(Duration.ofMinutes(59));
    assertThat(ask(desk, BEN, SecondPersonDesk.WAITING, JsonObject.builder().build()).toString())
        .contains("\"asked_by\":\"anna\"");
    refused(confirm(commands(true, "pay"), BEN, id), Answer.Code.UNKNOWN);
    now = now.plus(Duration.ofMinutes(1));
    refused(confirm(desk, BEN, id), Answer.Code.UNKNOWN);
    assertThat(
            ((Answer.Done) ask(desk, BEN, SecondPersonDesk.WAITING, JsonObject.builder().build()))
                .result()
                .objects("waiting"))
        .isEmpty();
  }

  /** What an update may not alone, no removal and registration may. */
  @Test
  void whatWasRemovedComesBackWithNoMore() throws Exception {
    AdminCommands desk = commands(true);
    done(ask(desk, ANNA, ClientCommands.REGISTER, mail("a", AUDIENCE)));
    done(ask(desk, ANNA, ClientCommands.REMOVE, id("client_id", "mail")));

    waits(ask(desk, ANNA, ClientCommands.REGISTER, mail("b", AUDIENCE)));
    waits(ask(desk, BEN, ClientCommands.REGISTER, mail("a", "https://other.example")));
    String id = waits(ask(desk, ANNA, ClientCommands.REGISTER, mail("b", AUDIENCE)));
    // As it was, it comes back alone, and so does a new one.
    done(ask(desk, ANNA, ClientCommands.REGISTER, mail("a", AUDIENCE)));
    done(ask(desk, ANNA, ClientCommands.REGISTER, pay("b")));
    done(ask(desk, ANNA, ClientCommands.REMOVE, id("client_id", "mail")));
    done(confirm(desk, BEN, id));
    assertThat(clients.find("mail").orElseThrow().registration().scopes())
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void whatWasChangedMeanwhileIsNotOverwritten() throws Exception {
    AdminCommands desk = commands(true);
    clients.register(
        ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of("a")));
    String id = waits(ask(desk, ANNA, ClientCommands.UPDATE, mail("b", AUDIENCE)));
    clients.update(ClientRegistration.withSecret("mail", "acme", List.of(), List.of("a")));

    refused(confirm(desk, BEN, id), Answer.Code.OUTDATED);
    assertThat(clients.find("mail").orElseThrow().registration().scopes()).containsExactly("a");
  }

  @Test
  void nobodyKeepsTheOthersFromAsking() throws Exception {
    AdminCommands desk = commands(true, "*");
    for (int i = 0; i < WaitingChanges.OF_ONE_MAX; i++) {
      waits(ask(desk, ANNA, ClientCommands.REGISTER, pay("a").with("client_id", "c" + i)));
    }
    refused(
        ask(desk, ANNA, ClientCommands.REGISTER, pay("a").with("client_id", "one-more")),
        Answer.Code.BUSY);
    waits(ask(desk, BEN, ClientCommands.REGISTER, pay("a").with("client_id", "one-more")));
  }
}
