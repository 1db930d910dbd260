package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.browser.Challenges;
import dev.counterfoil.signin.codes.TimeCodes;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.util.encoders.Base32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One-time codes and recovery codes over the pages, and what attackers try. */
class OneTimeCodesTest {
  private static final String RIGHT = "a long row of words";
  private static final Pattern SECRET = Pattern.compile("id=\"secret\">([A-Z2-7 ]+)<");
  private static final Pattern RECOVERY = Pattern.compile("<code>([A-Z0-9-]{23})</code>");

  @TempDir private Path folder;
  private SignInServer server;
  private Person bob;
  private byte[] secret = new byte[0];
  private final List<String> recovery = new ArrayList<>();

  @BeforeEach
  void setUp() throws Exception {
    server = SignInServer.start(folder);
    bob = server.directory.add("acme", "bob", "Bob", Optional.empty());
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash(RIGHT)));
    Visitor visitor = visitor();
    assertThat(visitor.signIn("bob", RIGHT).statusCode()).isEqualTo(303);
    HttpResponse<String> offer = visitor.get("/account/codes");
    secret = secret(offer);
    HttpResponse<String> wrong =
        visitor.answer("/account/codes/add", offer, Map.of("code", code(5)));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(secret(wrong)).as("the same secret is offered again").isEqualTo(secret);
    assertThat(server.directory.secondFactors().of(bob.subject())).isEmpty();
    HttpResponse<String> added =
        visitor.answer("/account/codes/add", offer, Map.of("code", code(0)));
    assertThat(added.statusCode()).isEqualTo(200);
    Matcher found = RECOVERY.matcher(added.body());
    while (found.find()) {
      recovery.add(found.group(1));
    }
    assertThat(recovery).hasSize(10).doesNotHaveDuplicates();
    assertThat(server.events.getLast()).contains("one-time-code.add");
    // The one that confirmed it is used up.
    server.clock.forward(TimeCodes.STEP);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Visitor visitor() {
    return new Visitor(server.issuer);
  }

  private static byte[] secret(HttpResponse<String> page) {
    Matcher found = SECRET.matcher(page.body());
    assertThat(found.find()).as(page.body()).isTrue();
    return Base32.decode(found.group(1).replace(" ", ""));
  }

  private String code(int ahead) {
    return TimeCodes.code(secret, TimeCodes.step(server.clock.instant()) + ahead);
  }

  private static HttpResponse<String> type(Visitor visitor, HttpResponse<String> page, String code)
      throws Exception {
    return visitor.answer("/sign-in/code", page, Map.of("code", code));
  }

  @Test
  void aPasswordAndACodeSignInAndEachCodeOnce() throws Exception {
    Visitor visitor = visitor();
    HttpResponse<String> page = visitor.signIn("bob", RIGHT);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("one-time-code").doesNotContain("<script");
    assertThat(visitor.get("/account").body()).doesNotContain("signed-in-as");
    String code = code(0);
    HttpResponse<String> done = type(visitor, page, code.substring(0, 3) + " " + code.substring(3));
    assertThat(done.statusCode()).isEqualTo(303);
    assertThat(done.headers().firstValue("location")).contains("/account");
    assertThat(visitor.get("/account").body())
        .contains("signed-in-as", "a password and a code", "10 recovery codes are left");
    assertThat(server.events.getLast()).contains("person.sign-in", "mfa");

    Visitor thief = visitor();
    HttpResponse<String> again = type(thief, thief.signIn("bob", RIGHT), code);
    assertThat(again.statusCode()).as("the code was seen, and is tried once more").isEqualTo(401);
    assertThat(server.events.getLast()).contains("refused code bob");
    assertThat(type(visitor, page, code(1)).statusCode())
        .as("the proof of the password is used up too")
        .isEqualTo(400);
    Visitor next = visitor();
    assertThat(type(next, next.signIn("bob", RIGHT), code(1)).statusCode()).isEqualTo(303);
  }

  @Test
  void aSessionSaysHowItsPersonProvedIt() throws Exception {
    Visitor visitor = visitor();
    type(visitor, visitor.signIn("bob", RIGHT), code(0));
    assertThat(visitor.get("/how").body()).isEqualTo("mfa [pwd, otp, mfa]");
  }

  @Test
  void aProofOfAPasswordIsWorthNothingElsewhere() throws Exception {
    Visitor visitor = visitor();
    HttpResponse<String> page = visitor.signIn("bob", RIGHT);
    Person eve = server.directory.add("acme", "eve", "Eve", Optional.empty());
    server.directory.setPassword(eve.subject(), server.directory.password(bob.subject()));
    Visitor other = visitor();
    other.get("/sign-in");
    String code = code(0);
    Map<String, String> taken =
        Map.of(
            "form_token",
            Visitor.token(other.get("/sign-in")),
            "username",
            "bob",
            "proof",
            Visitor.hidden(page).getOrDefault("proof", ""),
            "code",
            code);
    assertThat(other.post("/sign-in/code", taken).statusCode())
        .as("another browser")
        .isEqualTo(400);
    assertThat(
            visitor
                .answer("/sign-in/code", page, Map.of("code", code, "username", "eve"))
                .statusCode())
        .as("another person")
        .isEqualTo(400);
    assertThat(
            visitor
                .answer("/sign-in/code", page, Map.of("code", code, "proof", "AAAA"))
                .statusCode())
        .as("none")
        .isEqualTo(400);
    String phc = server.directory.password(bob.subject()).orElseThrow();
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash("another one")));
    assertThat(type(visitor, page, code).statusCode()).as("another password").isEqualTo(400);
    server.directory.setPassword(bob.subject(), Optional.of(phc));
    server.clock.forward(Challenges.LIFE);
    assertThat(type(visitor, page, code(0)).statusCode()).as("too old").isEqualTo(400);
    server.clock.forward(Challenges.LIFE.negated());
    assertThat(type(visitor, page, code).statusCode()).as("the very one").isEqualTo(303);
  }

  @Test
  void ofTenThatUseOneCodeOneSignsIn() throws Exception {
    String code = code(0);
    for (String one : List.of(code, recovery.getFirst())) {
      List<Callable<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Visitor visitor = visitor();
        HttpResponse<String> page = visitor.signIn("bob", RIGHT);
        all.add(() -> type(visitor, page, one).statusCode());
      }
      List<Integer> answers = new ArrayList<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<Integer> answer : threads.invokeAll(all)) {
          answers.add(answer.get());
        }
      }
      assertThat(answers).containsOnlyOnce(303).allMatch(status -> status == 303 || status == 401);
    }
  }

  @Test
  void aRecoveryCodeStandsInOnce() throws Exception {
    Visitor visitor = visitor();
    String typed = recovery.get(3).toLowerCase(Locale.ROOT).replace("-", " ");
    assertThat(type(visitor, visitor.signIn("bob", RIGHT), typed).statusCode()).isEqualTo(303);
    assertThat(visitor.get("/account").body()).contains("9 recovery codes are left");
    Visitor thief = visitor();
    assertThat(type(thief, thief.signIn("bob", RIGHT), typed).statusCode()).isEqualTo(401);
    HttpResponse<String> renewed =
        visitor.answer("/account/codes/renew", visitor.get("/account"), Map.of());
    assertThat(renewed.body()).contains("recovery-codes").doesNotContain(recovery.get(4));
    assertThat(server.events.getLast()).contains("recovery-codes.renew");
    assertThat(type(thief, thief.signIn("bob", RIGHT), recovery.get(4)).statusCode())
        .as("one of those before")
        .isEqualTo(401);
  }

  /** Who has the password uses up the attempts of others, and not those of the person's browser. */
  @Test
  void guessesAreFewAndLockNobodyOut() throws Exception {
    Visitor known = visitor();
    type(known, known.signIn("bob", RIGHT), code(0));
    known.answer("/account/sign-out", known.get("/account"), Map.of());
    Visitor thief = visitor();
    HttpResponse<String> page = thief.signIn("bob", RIGHT);
    int slow = 0;
    for (int i = 0; i < 8; i++) {
      slow += type(thief, page, "00000" + i).statusCode() == 429 ? 1 : 0;
    }
    assertThat(slow).isGreaterThanOrEqualTo(3);
    assertThat(type(thief, page, code(1)).statusCode()).as("also the right one").isEqualTo(429);
    assertThat(type(known, known.signIn("bob", RIGHT), code(1)).statusCode()).isEqualTo(303);
    Visitor elsewhere = visitor();
    assertThat(type(elsewhere, elsewhere.signIn("bob", RIGHT), recovery.getFirst()).statusCode())
        .as("a recovery code at a browser that is not known")
        .isEqualTo(303);
    server.clock.forward(Duration.ofMinutes(11));
    Visitor later = visitor();
    assertThat(type(later, later.signIn("bob", RIGHT), code(0)).statusCode()).isEqualTo(303);
  }

  /** Guesses of one without the password come to no code, and use up nothing of it. */
  @Test
  void aStrangerNeverReachesTheCodes() throws Exception {
    Visitor stranger = visitor();
    for (int i = 0; i < 8; i++) {
      assertThat(stranger.signIn("bob", "guess number " + i).body())
          .doesNotContain("one-time-code");
    }
    Visitor elsewhere = visitor();
    server.clock.forward(Duration.ofMinutes(2));
    assertThat(type(elsewhere, elsewhere.signIn("bob", RIGHT), code(0)).statusCode())
        .isEqualTo(303);
  }

  @Test
  void codesAreTurnedOffWithAFreshProof() throws Exception {
    Visitor visitor = visitor();
    type(visitor, visitor.signIn("bob", RIGHT), code(0));
    HttpResponse<String> account = visitor.get("/account");
    server.clock.forward(Account.FRESH);
    for (String path : List.of("/account/codes/remove", "/account/codes/renew")) {
      assertThat(visitor.answer(path, account, Map.of()).body()).contains("Confirm that it is you");
    }
    assertThat(visitor.get("/account/codes").body()).contains("Confirm that it is you");
    assertThat(visitor().signIn("bob", RIGHT).body()).contains("one-time-code");
    Visitor fresh = visitor();
    type(fresh, fresh.signIn("bob", RIGHT), code(0));
    assertThat(fresh.answer("/account/codes/remove", fresh.get("/account"), Map.of()).statusCode())
        .isEqualTo(303);
    assertThat(server.events.getLast()).contains("one-time-code.remove");
    assertThat(visitor().signIn("bob", RIGHT).statusCode()).isEqualTo(303);
  }

  @Test
  void aResetTakesThemAway() throws Exception {
    String phc = server.directory.password(bob.subject()).orElseThrow();
    server.directory.takeCredentials(bob.subject());
    assertThat(server.directory.secondFactors().of(bob.subject())).isEmpty();
    assertThat(server.directory.secondFactors().recoveryLeft(bob.subject())).isZero();
    server.directory.setPassword(bob.subject(), Optional.of(phc));
    assertThat(visitor().signIn("bob", RIGHT).statusCode()).isEqualTo(303);
  }

  @Test
  void nothingOfThemStandsInTheFiles() throws Exception {
    server.close();
    List<String> needles = new ArrayList<>(recovery);
    needles.add(new String(secret, StandardCharsets.ISO_8859_1));
    needles.add(TimeCodes.text(secret));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(needles.toArray(String[]::new));
      }
    }
    assertThat(server.events.toString()).doesNotContain(needles.toArray(String[]::new));
    server = SignInServer.start(folder);
    Visitor visitor = visitor();
    assertThat(type(visitor, visitor.signIn("bob", RIGHT), code(1)).statusCode())
        .as("the secret is sealed, and opened after a start")
        .isEqualTo(303);
  }
}
