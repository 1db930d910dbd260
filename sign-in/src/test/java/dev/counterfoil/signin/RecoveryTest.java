package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.OneTimeCode;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How people come back who lost everything, and how others do not. */
class RecoveryTest {
  private static final String RIGHT = "a long row of words";
  private static final String NEW = "another row of words";
  private static final Duration DELAY = Duration.ofHours(24);

  @TempDir private Path folder;
  private SignInServer server;
  private Person bob;

  @BeforeEach
  void start() throws Exception {
    server = SignInServer.start(folder);
    bob = server.directory.add("acme", "bob", "Bob", Optional.empty());
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash(RIGHT)));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Visitor visitor() {
    return new Visitor(server.issuer);
  }

  private String begin() throws Exception {
    return "/enrol?invitation="
        + server.directory.recoveries().begin(bob.subject(), DELAY, Duration.ofDays(3));
  }

  private static HttpResponse<String> choose(Visitor visitor, HttpResponse<String> page)
      throws Exception {
    return visitor.answer("/enrol", page, Map.of("password", NEW));
  }

  @Test
  void aLinkHoldsAfterTheDelayAndTakesThePlaceOfEverything() throws Exception {
    server.directory.addPasskey(
        new Passkey(
            bob.subject(),
            new byte[] {1},
            new byte[] {1},
            0,
            false,
            "Lost phone",
            Instant.now(),
            Optional.empty()));
    Visitor thief = visitor();
    thief.signIn("bob", RIGHT);
    server
        .directory
        .secondFactors()
        .set(bob.subject(), new OneTimeCode(new byte[] {1}, 0, Instant.now()), List.of());
    String link = begin();
    Visitor person = visitor();
    HttpResponse<String> early = person.get(link);
    assertThat(early.statusCode()).isEqualTo(403);
    assertThat(early.body()).contains("does not hold yet", "in 24 hours");
    // A form that was made up does no better than the page.
    HttpResponse<String> other = person.get("/sign-in");
    assertThat(
            person
                .answer(
                    "/enrol",
                    other,
                    Map.of("password", NEW, "invitation", link.substring(link.indexOf('=') + 1)))
                .statusCode())
        .isEqualTo(403);
    assertThat(server.directory.password(bob.subject())).isPresent();

    server.clock.forward(DELAY);
    HttpResponse<String> page = person.get(link);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(server.directory.passkeys(bob.subject())).as("looked at alone").hasSize(1);
    assertThat(choose(person, page).statusCode()).isEqualTo(303);
    assertThat(person.get("/account").body()).contains("signed-in-as");
    assertThat(server.directory.passkeys(bob.subject())).isEmpty();
    assertThat(server.directory.secondFactors().of(bob.subject())).isEmpty();
    assertThat(server.ended).contains("person " + bob.subject());
    assertThat(server.signIn.sessions()).isEqualTo(1);
    assertThat(visitor().signIn("bob", RIGHT).statusCode()).isEqualTo(401);
    assertThat(visitor().signIn("bob", NEW).statusCode()).isEqualTo(303);
    assertThat(visitor().get(link).statusCode()).as("it is used up").isEqualTo(410);
  }

  @Test
  void aPersonWhoIsThereSeesItAndStopsIt() throws Exception {
    Visitor person = visitor();
    person.signIn("bob", RIGHT);
    assertThat(person.get("/account").body()).doesNotContain("stop-recovery");
    String link = begin();
    for (String path : List.of("/account", "/account/applications")) {
      assertThat(person.get(path).body()).as(path).contains("stop-recovery");
    }
    // Also who signs in, on the way to an application.
    Visitor elsewhere = visitor();
    HttpResponse<String> authorize = elsewhere.get("/authorize");
    HttpResponse<String> signedIn =
        elsewhere.answer("/sign-in", authorize, Map.of("username", "bob", "password", RIGHT));
    String location = signedIn.headers().firstValue("location").orElseThrow();
    HttpResponse<String> shown = elsewhere.get(location);
    assertThat(shown.body()).contains("stop-recovery", "href=\"/authorize?request=1\"");

    server.clock.forward(Account.FRESH);
    assertThat(elsewhere.answer("/account/recovery/stop", shown, Map.of()).statusCode())
        .as("a proof that is not fresh stops it too")
        .isEqualTo(303);
    assertThat(server.events.getLast()).contains("recovery.stop");
    server.clock.forward(DELAY);
    assertThat(visitor().get(link).statusCode()).isEqualTo(410);
    assertThat(person.signIn("bob", RIGHT).headers().firstValue("location")).contains("/account");
  }

  @Test
  void nobodyIsSentElsewhereByTheNotice() throws Exception {
    Visitor person = visitor();
    begin();
    person.signIn("bob", RIGHT);
    assertThat(person.get("/account/recovery?to=//evil.example/").body())
        .contains("href=\"/account\"")
        .doesNotContain("evil");
  }

  @Test
  void aRecoveryEndsByItselfByAResetAndByTheNextOne() throws Exception {
    String first = begin();
    String second = begin();
    server.clock.forward(DELAY);
    assertThat(visitor().get(first).statusCode()).isEqualTo(410);
    assertThat(visitor().get(second).statusCode()).isEqualTo(200);
    server.clock.forward(Duration.ofDays(3));
    assertThat(visitor().get(second).statusCode()).as("its life is over").isEqualTo(410);
    String third = begin();
    server.clock.forward(DELAY);
    server.directory.change(
        server.directory.bySubject(bob.subject()).orElseThrow().withDisabled(true));
    assertThat(visitor().get(third).statusCode()).as("the person is refused").isEqualTo(410);
    server.directory.takeCredentials(bob.subject());
    assertThat(server.directory.recoveries().of(bob.subject())).isEmpty();
  }

  @Test
  void whoAsksLearnsNothing() throws Exception {
    Visitor visitor = visitor();
    assertThat(visitor.get("/sign-in").body()).contains("href=\"/sign-in/lost\"");
    HttpResponse<String> form = visitor.get("/sign-in/lost");
    HttpResponse<String> real = visitor.answer("/sign-in/lost", form, Map.of("username", "Bob"));
    HttpResponse<String> none = visitor.answer("/sign-in/lost", form, Map.of("username", "eve"));
    String reference = "<code id=\"reference\">[A-Z0-9]{10}</code>";
    assertThat(real.statusCode()).isEqualTo(none.statusCode()).isEqualTo(200);
    assertThat(real.body()).containsPattern(reference);
    assertThat(real.body().replaceAll(reference, ""))
        .isEqualTo(none.body().replaceAll(reference, ""));
    assertThat(server.events)
        .filteredOn(event -> event.contains("recovery.ask"))
        .hasSize(2)
        .anyMatch(event -> event.contains(bob.subject()));
    assertThat(server.directory.recoveries().of(bob.subject())).as("nothing begins").isEmpty();
    for (int i = 0; i < 3; i++) {
      visitor.answer("/sign-in/lost", form, Map.of("username", "eve"));
    }
    int before = server.events.size();
    for (String name : List.of("bob", "eve")) {
      assertThat(visitor.answer("/sign-in/lost", form, Map.of("username", name)).statusCode())
          .isEqualTo(429);
    }
    assertThat(server.events).hasSize(before);
    server.clock.forward(Duration.ofMinutes(1));
    assertThat(visitor.answer("/sign-in/lost", form, Map.of("username", "bob")).statusCode())
        .isEqualTo(200);
  }
}
