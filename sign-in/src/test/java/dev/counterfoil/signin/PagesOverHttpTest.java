package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Consent;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.passwords.PasswordHash;
import dev.counterfoil.signin.passwords.Passwords;
import dev.counterfoil.signin.sessions.SessionTurn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attacks on the pages, each beside what works. */
class PagesOverHttpTest {
  private static final String RIGHT = "a long row of words";

  @TempDir private Path folder;
  private SignInServer server;
  private Person bob;

  @BeforeEach
  void start() throws Exception {
    server = SignInServer.start(folder);
    bob = server.directory.add("acme", "bob", "Bob <b>Example</b>", Optional.empty());
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash(RIGHT)));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private String session() {
    return new Cookies(server.issuer, new SecureRandom()).sessionName();
  }

  private static String token(HttpResponse<String> page) {
    return Visitor.token(page);
  }

  private Visitor visitor() {
    return new Visitor(server.issuer);
  }

  @Test
  void aPasswordThatIsNotTooLongToChooseIsNotTooLongToTypeEither() throws Exception {
    String longest = "\uD83D\uDD11".repeat(Passwords.LENGTH_MAX);
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash(longest)));
    assertThat(visitor().signIn("bob", longest).statusCode()).isEqualTo(303);
    assertThat(visitor().signIn("bob", longest + "x").statusCode()).isEqualTo(401);
  }

  @Test
  void aPasswordSignsInAndTheNameIsEscaped() throws Exception {
    Visitor visitor = visitor();
    HttpResponse<String> answer = visitor.signIn("BOB", RIGHT);
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("location")).contains("/account");
    HttpResponse<String> account = visitor.get("/account");
    assertThat(account.body()).contains("id=\"signed-in-as\">bob<");
    assertThat(
            visitor
                .get(
                    "/enrol?invitation="
                        + server.directory.invite(bob.subject(), Duration.ofHours(1)))
                .body())
        .contains("Bob &lt;b&gt;Example&lt;/b&gt;")
        .doesNotContain("<b>Example");
  }

  /** As Keycloak 26.7.3 hashed it. */
  @Test
  void anImportedPasswordSignsInAndIsHashedAgain() throws Exception {
    String imported =
        "$argon2id$v=19$m=7168,t=5,p=1$DkO7pS5PWX4nsb4yhGz6gQ"
            + "$6pKdjEjdnxsVCRe/jNEyJCIeXBSILjJz/Cw9+Iuxprg";
    Person alice = server.directory.newPerson("acme", "alice", "Alice", Optional.empty());
    server
        .directory
        .importedPasswords()
        .add(alice, imported, Optional.of(PasswordHash.parse(imported).kind()));

    assertThat(visitor().signIn("alice", "a long password of bob").statusCode()).isEqualTo(401);
    assertThat(server.directory.password(alice.subject())).contains(imported);
    assertThat(server.directory.importedPasswords().kinds()).hasSize(1);

    assertThat(visitor().signIn("alice", "a long password of alice").statusCode()).isEqualTo(303);
    String ours = server.directory.password(alice.subject()).orElseThrow();
    assertThat(PasswordHash.parse(ours).isOurs()).isTrue();
    assertThat(server.directory.importedPasswords().kinds()).isEmpty();
    assertThat(visitor().signIn("alice", "a long password of alice").statusCode()).isEqualTo(303);
    assertThat(visitor().signIn("alice", "a long password of bob").statusCode()).isEqualTo(401);
    assertThat(server.directory.password(alice.subject())).contains(ours);
  }

  @Test
  void aPageKeepsToItselfAndIsSmall() throws Exception {
    HttpResponse<String> page = visitor().get("/sign-in");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .startsWith("default-src 'none'; style-src 'sha256-")
        .contains("form-action", "frame-ancestors 'none'", "base-uri 'none'")
        .doesNotContain("unsafe");
    assertThat(page.headers().firstValue("cache-control")).contains("no-store");
    assertThat(page.headers().allValues("set-cookie"))
        .singleElement()
        .satisfies(cookie -> assertThat(cookie).contains("; Path=/; HttpOnly; SameSite=Lax"));
    assertThat(page.body().getBytes(StandardCharsets.UTF_8).length).isLessThan(20_000);
    assertThat(page.body()).doesNotContain("http://", "https://", " style=", " onclick=");
  }

  @Test
  void nobodyLearnsWhoHasAnAccount() throws Exception {
    HttpResponse<String> wrong = visitor().signIn("bob", "not the password");
    HttpResponse<String> nobody = visitor().signIn("eve", "not the password");
    assertThat(wrong.statusCode()).isEqualTo(nobody.statusCode()).isEqualTo(401);
    String secrets = "(value|data-options)=\"[^\"]*\"";
    assertThat(wrong.body().replaceAll(secrets, ""))
        .isEqualTo(nobody.body().replaceAll(secrets, ""));
    // The step before says nothing at all.
    for (String name : new String[] {"bob", "eve"}) {
      assertThat(visitor().signIn(name, "").statusCode()).isEqualTo(200);
    }
    // A password typed as a name gets into no record.
    visitor().signIn("hunter2 hunter2", "x");
    assertThat(server.events.getLast()).contains("refused password unknown");
    assertThat(server.events).noneMatch(event -> event.contains("hunter2"));
  }

  /** Each is megabytes that this process reads. */
  @Test
  void aPersonGetsTheFileOfEverythingSeldomAndHindersNobody() throws Exception {
    String export = "/account/issued/export";
    Visitor visitor = visitor();
    visitor.signIn("bob", RIGHT);
    for (int i = 0; i < 5; i++) {
      assertThat(visitor.get(export).statusCode()).isEqualTo(200);
    }
    HttpResponse<String> slow = visitor.get(export);
    assertThat(slow.statusCode()).isEqualTo(429);
    assertThat(slow.headers().firstValue("retry-after")).isPresent();
    assertThat(slow.body()).contains("seconds and try again");
    Person ann = server.directory.add("acme", "ann", "Ann", Optional.empty());
    server.directory.setPassword(ann.subject(), server.directory.password(bob.subject()));
    Visitor other = visitor();
    other.signIn("ann", RIGHT);
    assertThat(other.get(export).statusCode()).isEqualTo(200);
    server.clock.forward(Duration.ofMinutes(5));
    assertThat(visitor.get(export).statusCode()).isEqualTo(200);
  }

  @Test
  void aFormOfAnotherPageDoesNothing() throws Exception {
    Visitor visitor = visitor();
    String token = token(visitor.get("/sign-in"));
    Map<String, String> right =
        Map.of("form_token", token, "username", "bob", "password", RIGHT, "to", "/account");
    Visitor other = visitor();
    String others = token(other.get("/sign-in"));
    Map<String, String> planted =
        Map.of("form_token", others, "username", "bob", "password", RIGHT, "to", "/account");
    assertThat(visitor.post("/sign-in", planted).statusCode()).isEqualTo(400);
    assertThat(visitor().post("/sign-in", right).statusCode()).isEqualTo(400);
    assertThat(visitor.post("/sign-in", right, "Sec-Fetch-Site", "cross-site").statusCode())
        .isEqualTo(400);
    assertThat(visitor.post("/sign-in", right, "Origin", "https://evil.example").statusCode())
        .isEqualTo(400);
    assertThat(visitor.cookie(session())).isEmpty();
    assertThat(
            visitor
                .post(
                    "/sign-in",
                    right,
                    "Origin",
                    server.issuer.toString(),
                    "Sec-Fetch-Site",
                    "same-origin")
                .statusCode())
        .isEqualTo(303);
  }

  @Test
  void aBrowserIsSentNowhereElse() throws Exception {
    Visitor visitor = visitor();
    HttpResponse<String> answer =
        visitor.post(
            "/sign-in",
            Map.of(
                "form_token",
                token(visitor.get("/sign-in")),
                "username",
                "bob",
                "password",
                RIGHT,
                "to",
                "//evil.example/"));
    assertThat(answer.headers().firstValue("location")).contains("/account");
  }

  @Test
  void aPlantedSessionIsNotTheOneThatSignsIn() throws Exception {
    Visitor attacker = visitor();
    attacker.signIn("bob", RIGHT);
    String planted = attacker.cookie(session());
    Visitor victim = visitor();
    victim.get("/sign-in");
    victim.cookies.put(
        server.issuer,
        Map.of("Set-Cookie", List.of(session() + "=" + planted + "; Path=/; HttpOnly")));
    server.directory.add("acme", "carol", "Carol", Optional.empty());
    Person carol = server.directory.byUsername("carol").orElseThrow();
    server.directory.setPassword(carol.subject(), server.directory.password(bob.subject()));
    HttpResponse<String> authorize = victim.get("/authorize");
    assertThat(authorize.body()).contains("Expense robot");
    HttpResponse<String> again =
        victim.post(
            "/sign-in",
            Map.of("form_token", token(authorize), "username", "carol", "password", RIGHT));
    assertThat(again.statusCode()).isEqualTo(303);
    assertThat(victim.cookie(session())).isNotEqualTo(planted);
    assertThat(attacker.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(server.ended).containsExactly("session " + bob.subject());
  }

  /** Whose turn it is does not matter: the one who comes second with the same secret shows. */
  @Test
  void aCopiedSessionEndsForBoth() throws Exception {
    Visitor person = visitor();
    person.signIn("bob", RIGHT);
    Visitor thief = visitor();
    thief.cookies.put(
        server.issuer,
        Map.of("Set-Cookie", List.of(session() + "=" + person.cookie(session()) + "; Path=/")));
    HttpResponse<String> account = person.get("/account");
    for (int pages = 0; pages < 10; pages++) {
      server.clock.forward(SessionTurn.EVERY);
      assertThat(person.get("/account").body()).contains("signed-in-as");
    }
    assertThat(server.ended).as("alone, a person never ends their own").isEmpty();
    assertThat(
            person
                .post("/account/sessions/end-others", Map.of("form_token", token(account)))
                .statusCode())
        .as("a form that was shown before the secret turned")
        .isEqualTo(303);
    assertThat(thief.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(server.ended).containsExactly("session " + bob.subject());
    assertThat(person.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(person.signIn("bob", RIGHT).statusCode()).isEqualTo(303);
    assertThat(thief.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(server.ended).hasSize(1);
  }

  @Test
  void strangersLockNobodyOut() throws Exception {
    Visitor known = visitor();
    known.signIn("bob", RIGHT);
    known.post("/account/sign-out", Map.of("form_token", token(known.get("/account"))));
    Visitor stranger = visitor();
    int slow = 0;
    for (int i = 0; i < 12; i++) {
      HttpResponse<String> answer = stranger.signIn("bob", "guess number " + i);
      slow += answer.statusCode() == 429 ? 1 : 0;
    }
    assertThat(slow).isPositive();
    // Also with the right password: a stranger learns nothing by guessing on.
    assertThat(stranger.signIn("bob", RIGHT).statusCode()).isEqualTo(429);
    assertThat(known.signIn("bob", RIGHT).statusCode()).isEqualTo(303);
    server.clock.forward(Duration.ofMinutes(1));
    assertThat(stranger.signIn("bob", RIGHT).statusCode()).isEqualTo(303);
  }

  @Test
  void whoIsRefusedIsSignedInNowhere() throws Exception {
    Visitor visitor = visitor();
    visitor.signIn("bob", RIGHT);
    assertThat(visitor.get("/account").body()).contains("signed-in-as");
    server.directory.change(
        server.directory.bySubject(bob.subject()).orElseThrow().withDisabled(true));
    assertThat(visitor.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(visitor().signIn("bob", RIGHT).statusCode()).isEqualTo(401);
  }

  @Test
  void aPersonEndsTheirOtherSessions() throws Exception {
    Visitor here = visitor();
    Visitor there = visitor();
    here.signIn("bob", RIGHT);
    there.signIn("bob", RIGHT);
    HttpResponse<String> account = here.get("/account");
    assertThat(account.body()).contains("id=\"end-others\"");
    here.post("/account/sessions/end-others", Map.of("form_token", token(account)));
    assertThat(there.get("/account").body()).doesNotContain("signed-in-as");
    assertThat(here.get("/account").body()).contains("signed-in-as");
  }

  @Test
  void aPasskeyIsRemovedWithAFreshProofAndNeverTheLastWay() throws Exception {
    for (byte id = 1; id <= 2; id++) {
      server.directory.addPasskey(
          new Passkey(
              bob.subject(),
              new byte[] {id, id, id},
              new byte[] {1},
              0,
              false,
              "Key",
              Instant.now(),
              Optional.empty()));
    }
    Visitor visitor = visitor();
    visitor.signIn("bob", RIGHT);
    server.directory.setPassword(bob.subject(), Optional.empty());
    Map<String, String> first = Map.of("form_token", token(visitor.get("/account")), "id", "AQEB");
    Map<String, String> last = Map.of("form_token", first.get("form_token"), "id", "AgIC");
    server.clock.forward(Account.FRESH);
    assertThat(visitor.post("/account/passkeys/remove", first).body())
        .contains("Confirm that it is you");
    assertThat(server.directory.passkeys(bob.subject())).hasSize(2);
    server.clock.forward(Account.FRESH.negated());
    assertThat(visitor.post("/account/passkeys/remove", first).statusCode()).isEqualTo(303);
    assertThat(server.events.getLast()).contains("AQEB");
    assertThat(visitor.post("/account/passkeys/remove", last).statusCode()).isEqualTo(400);
    assertThat(server.directory.passkeys(bob.subject())).hasSize(1);
  }

  @Test
  void whatAPersonDoesNotHaveIsNotRecordedAsEnded() throws Exception {
    Visitor visitor = visitor();
    visitor.signIn("bob", RIGHT);
    server.directory.consent(
        new Consent(bob.subject(), "mail", Set.of("openid"), Instant.now(), Optional.empty()));
    String token = token(visitor.get("/account"));
    int before = server.events.size();
    for (String path : List.of("/account/applications/withdraw", "/account/passkeys/remove")) {
      Map<String, String> nothing = Map.of("form_token", token, "id", "bm90aGluZw");
      assertThat(visitor.post(path, nothing).statusCode()).as(path).isEqualTo(303);
    }
    assertThat(server.events).hasSize(before);
    visitor.post("/account/applications/withdraw", Map.of("form_token", token, "id", "mail"));
    assertThat(server.events).hasSize(before + 1);
    assertThat(server.ended).containsExactly("consent mail");
  }

  @Test
  void ofTenThatUseOneInvitationOneEnrols() throws Exception {
    Person dora = server.directory.add("acme", "dora", "Dora", Optional.empty());
    String link = server.link(dora).substring(server.issuer.toString().length());
    String secret = link.substring(link.indexOf('=') + 1);
    List<Callable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Visitor visitor = visitor();
      String token = token(visitor.get(link));
      // Four browsers of one address wait for a hash at one time, and the others are told so.
      all.add(
          () ->
              visitor
                  .post(
                      "/enrol",
                      Map.of("form_token", token, "invitation", secret, "password", RIGHT))
                  .statusCode());
    }
    List<Integer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> one : threads.invokeAll(all)) {
        answers.add(one.get());
      }
    }
    assertThat(answers)
        .containsOnlyOnce(303)
        .allMatch(status -> List.of(303, 410, 503).contains(status));
    assertThat(visitor().get(link).statusCode()).isEqualTo(410);
    assertThat(server.signIn.sessions()).isEqualTo(1);
  }

  @Test
  void aPageSpeaksTheBrowsersLanguage() throws Exception {
    Visitor visitor = visitor();
    HttpResponse<String> page =
        visitor.http.send(
            HttpRequest.newBuilder(URI.create(server.issuer + "/sign-in"))
                .header("Accept-Language", "fr;q=0.9, de-AT;q=0.8, en;q=0.1")
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(page.body()).contains("<html lang=\"de\">", "Anmelden");
  }

  @Test
  void relatedOriginsAreNamedToBrowsersWhereThereAreAny() throws Exception {
    assertThat(visitor().get("/.well-known/webauthn").statusCode()).isEqualTo(404);
    int port = SignInServer.freePort();
    try (SignInServer named =
        SignInServer.start(
            Files.createDirectory(folder.resolve("named")),
            URI.create("http://localhost:" + port + "/acme"),
            port,
            Optional.empty(),
            List.of(URI.create("https://login.new.example")))) {
      HttpResponse<String> answer =
          new Visitor(URI.create("http://localhost:" + port)).get("/.well-known/webauthn");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type")).contains("application/json");
      assertThat(answer.body()).isEqualTo("{\"origins\":[\"https://login.new.example\"]}");
      assertThat(named.issuer.getPath()).isEqualTo("/acme");
    }
  }
}
