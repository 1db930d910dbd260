package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two authorities of one domain: what is used once is used at one of them, and ends at both. */
class TwoAuthoritiesTest {
  private static final int ROUNDS = 5;

  @TempDir static Path folder;
  private static RunningDomain one;
  private static RunningDomain two;
  private static PeersEntry ofOne;

  @BeforeAll
  static void start() throws Exception {
    PostgresServer server = PostgresServer.shared();
    PostgresEntry postgres = RunningDomain.database(server, folder);
    PeerFiles files = new PeerFiles(folder);
    HostPort first = PeerFiles.free();
    HostPort second = PeerFiles.free();
    files.certificate("1");
    files.certificate("2");
    files.certificate("stranger");
    ofOne = files.entry(1, first, 2, second);
    one = RunningDomain.first(postgres, ofOne, folder.resolve("one"));
    two = one.second(files.entry(2, second, 1, first), folder.resolve("two"));
  }

  @AfterAll
  static void stop() throws Exception {
    two.close();
    one.close();
  }

  /** A person at the first authority, whose client the second knows, too. */
  private static SignedInPerson person(String name) throws Exception {
    SignedInPerson person = new SignedInPerson(one, name);
    person.allow();
    await(() -> person.redeemAt(two, "2." + "x".repeat(48)).body().contains("invalid_grant"));
    return person;
  }

  private static void await(Callable<Boolean> holds) throws Exception {
    for (int i = 0; i < 400 && !holds.call(); i++) {
      Thread.sleep(25);
    }
    assertThat(holds.call()).isTrue();
  }

  private static List<HttpResponse<String>> atOnce(
      Callable<HttpResponse<String>> here, Callable<HttpResponse<String>> there) throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    try (var threads = Executors.newFixedThreadPool(2)) {
      List<Future<HttpResponse<String>>> running = new ArrayList<>();
      for (Callable<HttpResponse<String>> each : List.of(here, there)) {
        running.add(
            threads.submit(
                () -> {
                  both.await();
                  return each.call();
                }));
      }
      return List.of(running.get(0).get(), running.get(1).get());
    }
  }

  static String refreshToken(HttpResponse<String> answer) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RunningDomain.json(answer).string("refresh_token");
  }

  @Test
  void aCodeThatIsRedeemedAtBothAtOnceCountsOnce() throws Exception {
    SignedInPerson ann = person("code-ann");
    for (int i = 0; i < ROUNDS; i++) {
      String code = ann.code();
      assertThat(code).startsWith("1.");

      assertThat(atOnce(() -> ann.redeem(code), () -> ann.redeemAt(two, code)))
          .extracting(HttpResponse::statusCode)
          .containsExactlyInAnyOrder(200, 400);
    }
    // The control, by the other one alone.
    assertThat(ann.redeemAt(two, ann.code()).statusCode()).isEqualTo(200);
  }

  @Test
  void aRefreshTokenThatIsUsedAtBothAtOnceHasOneSuccessor() throws Exception {
    SignedInPerson ann = person("refresh-ann");
    String token = refreshToken(ann.redeemAt(two, ann.code()));
    for (int i = 0; i < ROUNDS; i++) {
      String present = token;
      List<HttpResponse<String>> answers =
          atOnce(() -> ann.refresh(present), () -> ann.refreshAt(two, present));
      token = refreshToken(answers.get(0));
      assertThat(refreshToken(answers.get(1))).as("a lost answer").isEqualTo(token);
    }
    String next = refreshToken(ann.refreshAt(two, token));
    String last = refreshToken(ann.refreshAt(two, next));
    assertThat(ann.refresh(token).body()).contains("invalid_grant");
    assertThat(ann.refreshAt(two, last).body()).as("the family ended").contains("invalid_grant");
  }

  @Test
  void anAssertionThatWasUsedAtOneIsRefusedAtTheOther() throws Exception {
    ECKey key = asserting(one);
    await(() -> assertion(two, signed(key)).statusCode() == 200);
    for (int i = 0; i < 2 * ROUNDS; i++) {
      String assertion = signed(key);
      boolean isEven = i % 2 == 0;
      assertThat(assertion(isEven ? one : two, assertion).statusCode()).isEqualTo(200);
      assertThat(assertion(isEven ? two : one, assertion).statusCode()).isEqualTo(401);
      assertThat(assertion(isEven ? one : two, assertion).statusCode()).isEqualTo(401);
    }
    String both = signed(key);
    assertThat(atOnce(() -> assertion(one, both), () -> assertion(two, both)))
        .extracting(HttpResponse::statusCode)
        .containsExactlyInAnyOrder(200, 401);
  }

  /** Registers a client that asserts, with a key that is made for it. */
  static ECKey asserting(RunningDomain at) throws Exception {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyIDFromThumbprint(true).generate();
    at.admin.register(
        ClientRegistration.withKeys(
            "asserting",
            "acme",
            StrictJson.object(
                ("{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}")
                    .getBytes(StandardCharsets.UTF_8),
                1 << 16),
            List.of(RunningDomain.AUDIENCE),
            List.of()));
    return key;
  }

  static String signed(ECKey key) throws Exception {
    Instant now = Instant.now();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .issuer("asserting")
                .subject("asserting")
                .audience("https://login.example")
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(60)))
                .build());
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  static HttpResponse<String> assertion(RunningDomain at, String assertion) throws Exception {
    return at.send(
        at.form(
            "/token",
            "grant_type",
            "client_credentials",
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion",
            assertion));
  }

  @Test
  void whileTheHomeIsAwayWhatIsItsIsRefusedAndCountsWhenItIsBack() throws Exception {
    SignedInPerson ann = person("away-ann");
    String token = refreshToken(ann.redeemAt(two, ann.code()));
    one.stopAuthority();
    try {
      HttpResponse<String> refused = ann.refreshAt(two, token);
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("temporarily_unavailable");
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(two.get("/metrics").body())
          .contains("counterfoil_authority_peer_answers{peer=\"1\"} 0");
      assertThat(two.get("/health/ready").body()).contains("{\"number\":1,\"answers\":false}");
      // Counted here meanwhile, whoever is home of them.
      for (String name : List.of("bob", "carol", "dave", "erin")) {
        assertThat(guess(new TestBrowser(two), name)).isEqualTo(401);
      }
      HttpResponse<String> page = ann.browser().at(two).open("/account");
      assertThat(page.statusCode()).isEqualTo(503);
      assertThat(page.body()).contains("does not answer");
      assertThat(new TestBrowser(two).open("/account").statusCode())
          .as("who is signed in nowhere signs in at the other")
          .isEqualTo(200);
    } finally {
      one.startAuthorityAgain();
    }
    assertThat(refreshToken(ann.refreshAt(two, token))).startsWith("1.");
    assertThat(two.get("/metrics").body())
        .contains("counterfoil_authority_peer_answers{peer=\"1\"} 1");
  }

  private static int guess(TestBrowser browser, String username) throws Exception {
    return browser
        .submit(browser.open("/sign-in"), Map.of("username", username, "password", "a guess"))
        .statusCode();
  }

  @Test
  void whoGuessesAtBothHasAsManyAttemptsAsAtOne() throws Exception {
    TestBrowser here = new TestBrowser(one);
    TestBrowser there = new TestBrowser(two);
    int taken = 0;
    // 10 at once, then one every 30 s: room for a slow machine, and none for 10 more.
    while (taken < 18 && guess(taken % 2 == 0 ? here : there, "guessed") == 401) {
      taken++;
    }
    assertThat(taken).isBetween(10, 15);
    assertThat(guess(here, "guessed")).isEqualTo(429);
    assertThat(guess(there, "guessed")).isEqualTo(429);
    assertThat(guess(there, "another")).as("another account").isEqualTo(401);
  }

  @Test
  void aFormThatIsTooLongIsNotAHomeThatIsAway() throws Exception {
    SignedInPerson ann = person("long-ann");
    TestBrowser there = ann.browser().at(two);
    HttpResponse<String> form = there.open("/logout");

    HttpResponse<String> answer = there.submit(form, Map.of("more", "x".repeat(1 << 17)));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).doesNotContain("does not answer");
    assertThat(there.submit(there.open("/logout"), Map.of()).body())
        .as("the control")
        .contains("signed-out");
  }

  @Test
  void changesOfClientsAtBothAtOnceAreAllMade() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String id = "both-" + i;
      CyclicBarrier both = new CyclicBarrier(2);
      try (var threads = Executors.newFixedThreadPool(2)) {
        List<Future<?>> running = new ArrayList<>();
        for (RunningDomain each : List.of(one, two)) {
          running.add(
              threads.submit(
                  () -> {
                    both.await();
                    return each.admin.register(
                        ClientRegistration.withSecret(
                            id + (each == one ? "-one" : "-two"),
                            "acme",
                            List.of(RunningDomain.AUDIENCE),
                            List.of()));
                  }));
        }
        for (Future<?> each : running) {
          assertThat(each.get()).isNotNull();
        }
      }
    }
  }

  @Test
  void aBrowserIsServedByItsHomeWhateverAuthorityItReaches() throws Exception {
    SignedInPerson ann = person("browser-ann");
    TestBrowser there = ann.browser().at(two);
    assertThat(there.open("/account").body()).contains("browser-ann");

    assertThat(there.submit(there.open("/logout"), Map.of()).body()).contains("signed-out");

    assertThat(ann.browser().open("/account").body()).doesNotContain("browser-ann");
  }

  @Test
  void whatWasPushedToOneIsAnsweredOnceAtABrowserOfTheOther() throws Exception {
    SignedInPerson ann = person("pushed-ann");
    String uri = ann.pushTo(two);
    assertThat(uri).startsWith(PushedRequests.PREFIX + "2.");

    String code = ann.codeOf(uri);

    assertThat(ann.redeemAt(two, code).statusCode()).isEqualTo(200);
    assertThat(ann.opened(uri).body()).contains("too old");
  }

  @Test
  void aPersonAndAClientThatEndAtOneEndAtBoth() throws Exception {
    SignedInPerson ann = person("ending-ann");
    String token = refreshToken(ann.redeem(ann.code()));
    two.admin.people().reset("ending-ann");
    await(() -> ann.refresh(token).statusCode() == 400);
    await(() -> !ann.browser().open("/account").body().contains("ending-ann"));

    SignedInPerson bob = person("ending-bob");
    String ofBob = refreshToken(bob.redeem(bob.code()));
    two.admin.remove("ending-bob");
    await(() -> bob.refresh(ofBob).statusCode() == 401);
  }

  @Test
  void aSessionAndAConsentEndAtTheirHomeWhereverTheAdministratorAsks() throws Exception {
    SignedInPerson ann = person("session-ann");
    SignedInPerson bob = person("consent-bob");
    String ofBob = refreshToken(bob.redeem(bob.code()));
    PeopleAdmin there = two.admin.people();
    JsonObject listed = there.sessions("session-ann");
    assertThat(listed.objects("sessions")).hasSize(1);
    assertThat(ann.browser().open("/account").body()).as("the control").contains("session-ann");

    there.endSession("session-ann", listed.objects("sessions").getFirst().string("id"));
    there.endConsent("consent-bob", "consent-bob");

    await(() -> !ann.browser().open("/account").body().contains("session-ann"));
    assertThat(there.sessions("session-ann").objects("sessions")).isEmpty();
    await(() -> bob.refresh(ofBob).statusCode() == 400);
    assertThat(bob.browser().open("/account").body()).contains("consent-bob");
  }

  @Test
  void whatEndsWhileAnAuthorityIsAwayEndsThereWhenItIsBack() throws Exception {
    SignedInPerson ann = person("late-ann");
    SignedInPerson bob = person("late-bob");
    String token = refreshToken(ann.redeem(ann.code()));
    String ofBob = refreshToken(bob.redeem(bob.code()));
    one.stopAuthority();
    try {
      two.admin.people().reset("late-ann");
    } finally {
      one.startAuthorityAgain();
    }
    assertThat(ann.refresh(token).body()).contains("invalid_grant");
    assertThat(bob.refresh(ofBob).statusCode()).as("the control").isEqualTo(200);
  }

  @Test
  void aStrangerIsNotLetIn() throws Exception {
    URI at = URI.create("https://" + ofOne.listen() + "/token");
    for (String name : List.of("stranger", "none")) {
      SSLContext tls = anyServer(name);
      try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
        assertThatThrownBy(
                () ->
                    client.send(
                        HttpRequest.newBuilder(at).build(), HttpResponse.BodyHandlers.ofString()))
            .as(name)
            .isInstanceOf(IOException.class);
      }
    }
    try (HttpClient client = HttpClient.newBuilder().sslContext(anyServer("2")).build()) {
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(at).header("Counterfoil-Authorities", "1,2").build(),
                      HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .as("the control: the other one, with GET")
          .isEqualTo(405);
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(at).header("Counterfoil-Authorities", "1,2,3").build(),
                      HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .as("one that knows a third one")
          .isEqualTo(503);
    }
  }

  /** Believes every server, and shows this certificate. */
  private static SSLContext anyServer(String name) throws Exception {
    javax.net.ssl.KeyManager[] keys = null;
    if (!name.equals("none")) {
      java.security.KeyStore store = java.security.KeyStore.getInstance("PKCS12");
      Path both = folder.resolve(name + ".p12");
      Process openssl =
          new ProcessBuilder(
                  "openssl",
                  "pkcs12",
                  "-export",
                  "-inkey",
                  folder.resolve("key-" + name).toString(),
                  "-in",
                  folder.resolve("certificate-" + name).toString(),
                  "-passout",
                  "pass:test",
                  "-out",
                  both.toString())
              .start();
      assertThat(openssl.waitFor()).isZero();
      try (var in = Files.newInputStream(both)) {
        store.load(in, "test".toCharArray());
      }
      var factory =
          javax.net.ssl.KeyManagerFactory.getInstance(
              javax.net.ssl.KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, "test".toCharArray());
      keys = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys, new TrustManager[] {new Credulous()}, new SecureRandom());
    return context;
  }

  private static final class Credulous extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] c, String t, java.net.Socket s) {}

    @Override
    public void checkServerTrusted(X509Certificate[] c, String t, java.net.Socket s) {}

    @Override
    public void checkClientTrusted(X509Certificate[] c, String t, javax.net.ssl.SSLEngine e) {}

    @Override
    public void checkServerTrusted(X509Certificate[] c, String t, javax.net.ssl.SSLEngine e) {}

    @Override
    public void checkClientTrusted(X509Certificate[] c, String t) {}

    @Override
    public void checkServerTrusted(X509Certificate[] c, String t) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
