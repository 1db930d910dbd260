package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Clients are told that sessions ended (OpenID Connect Back-Channel Logout 1.0), over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackChannelLogoutTest {
  private static final String ISSUER = "http://127.0.0.1:8480";
  private static final Pattern FORM_TOKEN =
      Pattern.compile("name=\"form_token\"[^>]*value=\"([^\"]*)\"");

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private volatile int status = 200;
  private volatile Duration slow = Duration.ZERO;
  private int people;

  @SuppressWarnings("NullAway.Init") // by start
  private HttpServer receiver;

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    receiver.createContext(
        "/logout",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII);
          int answer = status;
          told.add(body.replaceFirst("^logout_token=", ""));
          try {
            Thread.sleep(slow);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    receiver.start();
    domain = new RunningDomain(folder, "enterprise", ISSUER, List.of());
  }

  @AfterAll
  void stop() throws Exception {
    domain.close();
    receiver.stop(0);
  }

  /** A person who signed in at a client that wants to hear. */
  private SignedInPerson person() throws Exception {
    String uri = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/logout";
    SignedInPerson person =
        new SignedInPerson(
            domain,
            "person" + ++people,
            new ProtocolTerms(Optional.of(uri), true, false, Optional.empty()));
    person.allow();
    return person;
  }

  private JsonObject tokens(SignedInPerson person) throws Exception {
    return RunningDomain.json(person.redeem(person.code()));
  }

  private String next() throws InterruptedException {
    @Nullable String token = told.poll(20, TimeUnit.SECONDS);
    assertThat(token).as("what the client was told").isNotNull();
    return String.valueOf(token);
  }

  private static JsonObject header(String token) throws Exception {
    return StrictJson.object(Base64.getUrlDecoder().decode(token.split("\\.", -1)[0]), 4096);
  }

  @Test
  void aSignOutIsToldAndTheTokenIsGoodForNothingElse() throws Exception {
    SignedInPerson person = person();
    JsonObject tokens = tokens(person);
    JsonObject id = RunningDomain.claims(tokens.string("id_token"));
    person.signOut();
    String token = next();
    assertThat(header(token).string("typ")).isEqualTo("logout+jwt");
    JsonObject claims = RunningDomain.claims(token);
    assertThat(claims.string("sid")).isEqualTo(id.string("sid"));
    assertThat(claims.string("sub")).isEqualTo(id.string("sub"));
    assertThat(claims.string("aud")).isEqualTo(id.string("aud"));
    assertThat(claims.string("iss")).isEqualTo(ISSUER);
    assertThat(claims.object("events").names())
        .isEqualTo(Set.of("http://schemas.openid.net/event/backchannel-logout"));
    assertThat(claims.names())
        .isEqualTo(
            Set.of(
                "iss", "sub", "aud", "iat", "exp", "jti", "sid", "events", "client_id", "tenant"));
    assertThat(claims.number("exp") - claims.number("iat")).isLessThanOrEqualTo(120);
    // As an ID token and as an access token it is refused; the ID token itself is not.
    TestBrowser other = new TestBrowser(domain);
    assertThat(other.open("/logout?id_token_hint=" + token).statusCode()).isEqualTo(400);
    assertThat(other.open("/logout?id_token_hint=" + tokens.string("id_token")).statusCode())
        .isEqualTo(200);
    assertThat(domain.send(domain.form("/userinfo", "access_token", token)).statusCode())
        .isEqualTo(401);
    // The person hears nothing of it, and the client no second time.
    assertThat(person.browser().open("/logout").body()).contains("signed-out");
    assertThat(told.poll(700, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void anAdministratorEndsOneSessionOfTwoAndItsClientIsTold() throws Exception {
    SignedInPerson person = person();
    JsonObject tokens = tokens(person);
    String sid = RunningDomain.claims(tokens.string("id_token")).string("sid");
    TestBrowser other = TestBrowser.enrolled(domain, person.name());
    PeopleAdmin admin = domain.admin.people();
    assertThat(sessions(admin, person)).hasSize(2).contains(sid);

    assertThat(admin.endSession(person.name(), sid).notRevoked()).isEmpty();

    assertThat(RunningDomain.claims(next()).string("sid")).isEqualTo(sid);
    assertThat(sessions(admin, person)).hasSize(1).doesNotContain(sid);
    assertThat(person.browser().open("/account").body()).doesNotContain(person.name());
    assertThat(other.open("/account").body()).as("the other session").contains(person.name());
    assertThat(person.refresh(tokens.string("refresh_token")).statusCode()).isEqualTo(400);
    assertThatThrownBy(() -> admin.endSession(person.name(), sid)).hasMessageContaining("no such");
  }

  @Test
  void anAdministratorEndsWhatAPersonAllowedAClientAndNoMore() throws Exception {
    SignedInPerson person = person();
    String token = tokens(person).string("refresh_token");
    PeopleAdmin admin = domain.admin.people();
    assertThat(admin.consents(person.name()).objects("consents")).hasSize(1);

    assertThat(admin.endConsent(person.name(), person.name()).notRevoked()).isEmpty();

    assertThat(admin.consents(person.name()).objects("consents")).isEmpty();
    assertThat(person.refresh(token).statusCode()).isEqualTo(400);
    assertThat(person.browser().open("/account").body()).contains(person.name());
    assertThat(person.authorize().body()).as("asked again").contains("accept");
    assertThatThrownBy(() -> admin.endConsent(person.name(), "nobody"))
        .hasMessageContaining("nothing");
    told.clear();
  }

  private static List<String> sessions(PeopleAdmin admin, SignedInPerson person) throws Exception {
    List<String> ids = new ArrayList<>();
    for (JsonObject one : admin.sessions(person.name()).objects("sessions")) {
      ids.add(one.string("id"));
    }
    return ids;
  }

  @Test
  void aClientThatIsSlowOrFailsHoldsNobodyUpAndIsToldAgainAlsoAfterARestart() throws Exception {
    SignedInPerson person = person();
    String sid = RunningDomain.claims(tokens(person).string("id_token")).string("sid");
    status = 503;
    slow = Duration.ofSeconds(3);
    Instant before = Instant.now();
    person.signOut();
    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(2));
    String first = next();
    slow = Duration.ZERO;
    domain.restart();
    status = 200;
    String again = next();
    assertThat(RunningDomain.claims(again).string("sid")).isEqualTo(sid);
    assertThat(RunningDomain.claims(first).string("sid")).isEqualTo(sid);
  }

  @Test
  void whatEndsASessionIsTold() throws Exception {
    SignedInPerson disabled = person();
    String sid = RunningDomain.claims(tokens(disabled).string("id_token")).string("sid");
    domain.admin.people().admit("person" + people, false);
    assertThat(RunningDomain.claims(next()).string("sid")).isEqualTo(sid);

    SignedInPerson withdrawing = person();
    String other = RunningDomain.claims(tokens(withdrawing).string("id_token")).string("sid");
    HttpResponse<String> page = withdrawing.browser().open("/account/applications");
    Matcher token = FORM_TOKEN.matcher(page.body());
    assertThat(token.find()).isTrue();
    withdrawing
        .browser()
        .post(
            "/account/applications/withdraw",
            Map.of("form_token", token.group(1), "id", "person" + people));
    assertThat(RunningDomain.claims(next()).string("sid")).isEqualTo(other);
  }

  /** Its time passed while the process was away. */
  @Test
  void aSessionThatRanOutIsToldOnce() throws Exception {
    SignedInPerson person = person();
    String sid = RunningDomain.claims(tokens(person).string("id_token")).string("sid");
    SignedInPerson staying = person();
    tokens(staying);
    try (Connection sessions =
            DriverManager.getConnection("jdbc:sqlite:" + domain.folder.resolve("sessions.db"));
        Statement statement = sessions.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE session SET expires = 1 WHERE id = '" + sid + "'"))
          .isEqualTo(1);
    }
    domain.restart();
    assertThat(RunningDomain.claims(next()).string("sid")).isEqualTo(sid);
    assertThat(told.poll(700, TimeUnit.MILLISECONDS)).isNull();
    domain.restart();
    assertThat(told.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  /** The row is gone as behind a crash between the removal and what follows of it. */
  @Test
  void aClientThatWasRemovedBeforeACrashLeavesNoGrant() throws Exception {
    SignedInPerson person = person();
    String refreshToken = person.refreshToken();
    SignedInPerson staying = person();
    String other = staying.refreshToken();
    try (Connection clients =
            DriverManager.getConnection("jdbc:sqlite:" + domain.folder.resolve("clients.db"));
        Statement statement = clients.createStatement()) {
      statement.execute("DELETE FROM client WHERE client_id = 'person" + (people - 1) + "'");
    }
    domain.restart();
    SignedInPerson again = person.registeredAgain();
    assertThat(again.refresh(refreshToken).statusCode()).isEqualTo(400);
    assertThat(staying.refresh(other).statusCode()).isEqualTo(200);
  }

  @Test
  void aClientThatIsGoneIsNotTold() throws Exception {
    SignedInPerson person = person();
    tokens(person);
    SignedInPerson staying = person();
    tokens(staying);
    domain.admin.remove("person" + (people - 1));
    person.signOut();
    staying.signOut();
    assertThat(RunningDomain.claims(next()).string("aud")).isEqualTo("person" + people);
    assertThat(told.poll(700, TimeUnit.MILLISECONDS)).isNull();
  }
}
