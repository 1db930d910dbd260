package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.browser.Challenges;
import dev.counterfoil.signin.upstream.Upstream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sign-in at another provider, and what attackers try between the two. */
class FederationTest {
  private static final String RIGHT = "a long row of words";
  private static final String CALLBACK = "/sign-in/upstream/";

  /** A provider that failed is asked again then. */
  private static final Duration AGAIN = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private TestProvider provider;
  private SignInServer server;
  private Person bob;

  @BeforeEach
  void start() throws Exception {
    provider = new TestProvider();
    server =
        SignInServer.start(
            folder,
            List.of(
                upstream("hr", false, false),
                upstream("other", false, false),
                upstream("open", true, false),
                upstream("mail", true, true)));
    provider.now = server.clock::instant;
    bob = server.directory.add("acme", "bob", "Bob", Optional.empty());
    server.directory.setPassword(bob.subject(), Optional.of(SignInServer.hash(RIGHT)));
  }

  private Upstream upstream(String name, boolean creates, boolean linksByEmail) {
    return new Upstream(
        name,
        "Acme HR",
        "acme",
        provider.issuer,
        TestProvider.CLIENT,
        Optional.of(() -> TestProvider.SECRET.getBytes(StandardCharsets.UTF_8)),
        creates,
        linksByEmail);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    provider.close();
  }

  private Visitor visitor() {
    return new Visitor(server.issuer);
  }

  private void linked() throws Exception {
    server
        .directory
        .upstreamLinks()
        .link(bob.subject(), provider.issuer.toString(), "user-7", "Acme HR · Bobby");
  }

  /** Goes to the provider and says yes there; where the browser goes back to. */
  private String there(Visitor visitor, String name, String more) throws Exception {
    HttpResponse<String> sent = visitor.get("/sign-in/upstream?name=" + name + more);
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(303);
    URI authorization = URI.create(sent.headers().firstValue("location").orElseThrow());
    assertThat(authorization.toString()).startsWith(provider.issuer + "/authorize?");
    String back = provider.agree(authorization).toString();
    return back.substring(server.issuer.toString().length());
  }

  @Test
  void aLinkedAccountSignsInAndGoesWhereItWasSentFrom() throws Exception {
    linked();
    Visitor visitor = visitor();
    assertThat(visitor.get("/authorize").body())
        .contains("Continue with Acme HR", "name=hr&amp;to=%2Fauthorize%3Frequest%3D1");
    HttpResponse<String> done = visitor.get(there(visitor, "hr", "&to=%2Fauthorize%3Frequest%3D1"));
    assertThat(done.statusCode()).as(done.body()).isEqualTo(303);
    assertThat(done.headers().firstValue("location")).contains("/authorize?request=1");
    assertThat(visitor.get("/how").body()).isEqualTo("fed [fed]");
    assertThat(visitor.get("/account").body()).contains("signed-in-as", "another provider");
    assertThat(server.events.getLast()).contains("person.sign-in", "fed");
    assertThat(visitor.get(there(visitor(), "hr", "")).statusCode())
        .as("the answer to another browser: login CSRF")
        .isEqualTo(401);
  }

  /** What a provider may say: each lie beside what is right. */
  private static List<Said> said() {
    return List.of(
        said("none", all -> all, true),
        said("nonce", all -> all.claim("nonce", "another"), false),
        said("no nonce", all -> all.claim("nonce", null), false),
        said("iss", all -> all.issuer("https://evil.example"), false),
        said("aud", all -> all.audience("another"), false),
        said("two aud", all -> all.audience(List.of("counterfoil", "another")), false),
        said(
            "two aud and azp",
            all -> all.audience(List.of("counterfoil", "x")).claim("azp", "counterfoil"),
            true),
        said("azp", all -> all.claim("azp", "another"), false),
        said(
            "expired", all -> all.expirationTime(Date.from(Instant.now().minusSeconds(61))), false),
        said("no exp", all -> all.expirationTime(null), false),
        said("old", all -> all.issueTime(Date.from(Instant.now().minusSeconds(700))), false),
        said("early", all -> all.issueTime(Date.from(Instant.now().plusSeconds(90))), false),
        said("no sub", all -> all.subject(null), false),
        said("sub", all -> all.subject("user-8"), false),
        said("email", all -> all.subject("user-8").claim("email", "bob@acme.example"), false));
  }

  private static Said said(String name, UnaryOperator<JWTClaimsSet.Builder> claims, boolean isIn) {
    return new Said(name, claims, isIn);
  }

  private record Said(String name, UnaryOperator<JWTClaimsSet.Builder> claims, boolean isIn) {}

  @Test
  void anIdTokenIsChecked() throws Exception {
    linked();
    for (Said one : said()) {
      provider.claims = one.claims;
      Visitor visitor = visitor();
      HttpResponse<String> answer = visitor.get(there(visitor, "hr", ""));
      assertThat(answer.statusCode()).as(one.name).isEqualTo(one.isIn ? 303 : 401);
      assertThat(visitor.get("/how").body())
          .as(one.name)
          .isEqualTo(one.isIn ? "fed [fed]" : "nobody");
      if (!one.isIn) {
        assertThat(server.events.getLast()).as(one.name).contains("refused upstream-");
      }
    }
  }

  @Test
  void aKeyOfNobodySignsNobodyIn() throws Exception {
    linked();
    provider.signing = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(401);
    provider.signing = new ECKeyGenerator(Curve.P_256).keyID("two").generate();
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(401);
    assertThat(server.events.getLast()).contains("upstream-signature");
    provider.signing = provider.key;
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(303);
  }

  @Test
  void anAnswerCountsOnceAndAtItsOwnProvidersAddressAlone() throws Exception {
    linked();
    Visitor visitor = visitor();
    String back = there(visitor, "hr", "");
    int before = provider.tokenRequests.get();
    assertThat(visitor.get(back.replace(CALLBACK + "hr", CALLBACK + "other")).statusCode())
        .as("mix-up by the address")
        .isEqualTo(401);
    back = there(visitor, "hr", "");
    assertThat(visitor.get(back.replaceAll("&iss=.*", "&iss=https://evil.example")).statusCode())
        .as("mix-up by the issuer (RFC 9207)")
        .isEqualTo(401);
    assertThat(server.events.getLast()).contains("upstream-mix-up");
    back = there(visitor, "hr", "");
    assertThat(visitor.get(back.replaceAll("&iss=.*", "")).statusCode())
        .as("the provider says that it says its issuer")
        .isEqualTo(401);
    back = there(visitor, "hr", "");
    assertThat(visitor.get(back.replaceAll("state=[^&]*", "state=AAAA")).statusCode())
        .as("another state")
        .isEqualTo(401);
    assertThat(provider.tokenRequests.get()).as("no code was taken anywhere").isEqualTo(before);
    back = there(visitor, "hr", "");
    String cookies = visitor.cookies.getCookieStore().getCookies().toString();
    assertThat(visitor.get(back).statusCode()).isEqualTo(303);
    assertThat(cookies).contains("-upstream=");
    assertThat(visitor.get(back).statusCode()).as("replayed").isEqualTo(401);
    back = there(visitor, "hr", "");
    server.clock.forward(Challenges.LIFE);
    assertThat(visitor.get(back).statusCode()).as("too late").isEqualTo(401);
  }

  @Test
  void aReplayedStateIsRefusedAlsoWithItsCookie() throws Exception {
    linked();
    Visitor visitor = visitor();
    String back = there(visitor, "hr", "");
    Visitor kept = visitor();
    visitor
        .cookies
        .getCookieStore()
        .getCookies()
        .forEach(cookie -> kept.cookies.getCookieStore().add(server.issuer, cookie));
    assertThat(visitor.get(back).statusCode()).isEqualTo(303);
    int before = provider.tokenRequests.get();
    assertThat(kept.get(back).statusCode()).isEqualTo(401);
    assertThat(provider.tokenRequests.get()).isEqualTo(before);
  }

  @Test
  void anAddressLinksNobodyUnlessTheOperatorSaysSoAndBothVerifiedIt() throws Exception {
    server.directory.change(
        server
            .directory
            .bySubject(bob.subject())
            .orElseThrow()
            .withEmail(Optional.of("bob@acme.example"), false));
    UnaryOperator<JWTClaimsSet.Builder> verified =
        all -> all.claim("email", "BOB@acme.example").claim("email_verified", true);
    provider.claims = verified;
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(401);
    assertThat(visitor.get(there(visitor, "open", "")).statusCode()).isEqualTo(303);
    assertThat(visitor.get("/account").body()).contains("signed-in-as\">bobby<");
    assertThat(server.directory.upstreamLinks().of(bob.subject())).isEmpty();
    server.directory.remove(server.directory.byUsername("bobby").orElseThrow().subject());

    assertThat(visitor.get(there(visitor, "mail", "")).statusCode()).isEqualTo(303);
    assertThat(server.directory.upstreamLinks().of(bob.subject()))
        .as("ours is not verified")
        .isEmpty();
    server.directory.remove(server.directory.byUsername("bobby").orElseThrow().subject());
    server.directory.change(
        server
            .directory
            .bySubject(bob.subject())
            .orElseThrow()
            .withEmail(Optional.of("bob@acme.example"), true));
    provider.claims = all -> verified.apply(all).claim("email_verified", "true");
    assertThat(visitor.get(there(visitor, "mail", "")).statusCode()).isEqualTo(303);
    assertThat(server.directory.upstreamLinks().of(bob.subject()))
        .as("theirs is a text, and not true")
        .isEmpty();
    server.directory.remove(server.directory.byUsername("bobby").orElseThrow().subject());
    provider.claims = verified;
    assertThat(visitor.get(there(visitor, "mail", "")).statusCode()).isEqualTo(303);
    assertThat(server.directory.upstreamLinks().of(bob.subject())).hasSize(1);
    assertThat(server.events).anyMatch(event -> event.contains("upstream.link"));
  }

  @Test
  void whoIsAddedNeverTakesAUsernameOfAnother() throws Exception {
    provider.claims = all -> all.claim("preferred_username", "Bob");
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "open", "")).statusCode()).isEqualTo(401);
    assertThat(server.directory.upstreamLinks().of(bob.subject())).isEmpty();
    provider.claims = all -> all.claim("preferred_username", "<b>");
    assertThat(visitor.get(there(visitor, "open", "")).statusCode()).isEqualTo(303);
    assertThat(visitor.get("/account").body()).containsPattern("signed-in-as\">open-[0-9a-f]{12}<");
  }

  @Test
  void aSubjectThatNoPageCanShowIsRefused() throws Exception {
    provider.claims = all -> all.subject("user\u0007").claim("preferred_username", null);
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "open", "")).statusCode()).isEqualTo(401);
    assertThat(server.events.getLast()).contains("upstream-subject");
    provider.claims = all -> all.subject("user").claim("preferred_username", null);
    assertThat(visitor.get(there(visitor, "open", "")).statusCode()).isEqualTo(303);
  }

  @Test
  void aPersonLinksAnAccountWithAFreshProofAndUnlinksIt() throws Exception {
    Visitor visitor = visitor();
    visitor.signIn("bob", RIGHT);
    String back = linking(visitor);
    Visitor other = visitor();
    assertThat(other.get(back).statusCode()).isEqualTo(401);
    HttpResponse<String> question = visitor.get(back);
    assertThat(question.body()).contains("Acme HR · Bobby", "bob", "proposal");
    assertThat(server.directory.upstreamLinks().of(bob.subject()))
        .as("an attacker may have chosen the account: the person is asked")
        .isEmpty();
    assertThat(
            visitor
                .answer("/account/upstream/add", question, Map.of("proposal", "AAAA"))
                .statusCode())
        .isEqualTo(400);
    assertThat(visitor.answer("/account/upstream/add", question, Map.of()).statusCode())
        .isEqualTo(303);
    assertThat(server.directory.upstreamLinks().of(bob.subject())).hasSize(1);
    server.clock.forward(Account.FRESH);
    assertThat(visitor.get("/account/upstream/link?name=hr").body())
        .contains("Confirm that it is you");

    Visitor later = visitor();
    assertThat(later.get(there(later, "hr", "")).statusCode()).isEqualTo(303);
    HttpResponse<String> account = later.get("/account");
    Map<String, String> link = Map.of("issuer", provider.issuer.toString(), "account", "user-7");
    server.directory.setPassword(bob.subject(), Optional.empty());
    assertThat(later.answer("/account/upstream/remove", account, link).statusCode())
        .as("the only way in")
        .isEqualTo(400);
    server.directory.setPassword(bob.subject(), Optional.of("$argon2id$none"));
    assertThat(later.answer("/account/upstream/remove", account, link).statusCode()).isEqualTo(303);
    assertThat(server.directory.upstreamLinks().of(bob.subject())).isEmpty();
    assertThat(server.events.getLast())
        .contains("upstream.unlink", "account at " + provider.issuer);
  }

  private String linking(Visitor visitor) throws Exception {
    HttpResponse<String> sent = visitor.get("/account/upstream/link?name=hr");
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(303);
    return provider
        .agree(URI.create(sent.headers().firstValue("location").orElseThrow()))
        .toString()
        .substring(server.issuer.toString().length());
  }

  @Test
  void anInvitationLinksOnce() throws Exception {
    Person dora = server.directory.add("acme", "dora", "Dora", Optional.empty());
    String secret = server.directory.invite(dora.subject(), Duration.ofHours(1));
    Visitor visitor = visitor();
    assertThat(visitor.get("/enrol?invitation=" + secret).body())
        .contains("Continue with Acme HR", "name=hr&amp;invitation=" + secret);
    assertThat(visitor.get(there(visitor, "hr", "&invitation=" + secret)).statusCode())
        .isEqualTo(303);
    assertThat(visitor.get("/account").body()).contains("signed-in-as\">dora<");
    provider.claims = all -> all.subject("user-9");
    Visitor second = visitor();
    assertThat(second.get(there(second, "hr", "&invitation=" + secret)).statusCode())
        .isEqualTo(410);
    String other = server.directory.invite(bob.subject(), Duration.ofHours(1));
    provider.claims = all -> all;
    assertThat(second.get(there(second, "hr", "&invitation=" + other)).statusCode())
        .as("the account is dora's")
        .isEqualTo(401);
    assertThat(server.directory.invited(other)).as("and the invitation holds").isPresent();
  }

  /** All that signed in before goes with the link's use, and the account that used it stays. */
  @Test
  void aRecoveryWithAnAccountThatIsLinkedAlreadyKeepsIt() throws Exception {
    linked();
    Duration delay = Duration.ofHours(24);
    String secret = server.directory.recoveries().begin(bob.subject(), delay, Duration.ofDays(3));
    server.clock.forward(delay);
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "hr", "&invitation=" + secret)).statusCode())
        .isEqualTo(303);
    assertThat(server.directory.password(bob.subject())).isEmpty();
    assertThat(server.directory.upstreamLinks().of(bob.subject())).hasSize(1);
    Visitor later = visitor();
    assertThat(later.get(there(later, "hr", "")).statusCode()).isEqualTo(303);
  }

  @Test
  void aProofThatIsNotFreshThereIsNotFreshHere() throws Exception {
    linked();
    Visitor visitor = visitor();
    UnaryOperator<JWTClaimsSet.Builder> old =
        all -> all.claim("auth_time", server.clock.instant().getEpochSecond() - 3600);
    for (UnaryOperator<JWTClaimsSet.Builder> one :
        List.of(old, (UnaryOperator<JWTClaimsSet.Builder>) all -> all.claim("auth_time", null))) {
      provider.claims = one;
      assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(303);
      assertThat(visitor.get("/account/upstream/link?name=hr").body())
          .contains("Confirm that it is you", "again=true");
      assertThat(visitor.get(there(visitor, "hr", "&again=true")).statusCode()).isEqualTo(401);
    }
    provider.claims = all -> all;
    assertThat(visitor.get(there(visitor, "hr", "&again=true")).statusCode()).isEqualTo(303);
    assertThat(visitor.get("/account/upstream/link?name=hr").statusCode()).isEqualTo(303);
  }

  @Test
  void whoIsRefusedOrOfAnotherTenantIsNotSignedIn() throws Exception {
    linked();
    server.directory.change(
        server.directory.bySubject(bob.subject()).orElseThrow().withDisabled(true));
    Visitor visitor = visitor();
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(401);
    Person eve = server.directory.add("globex", "eve", "Eve", Optional.empty());
    server.directory.upstreamLinks().link(eve.subject(), provider.issuer.toString(), "user-8", "x");
    provider.claims = all -> all.subject("user-8");
    assertThat(visitor.get(there(visitor, "hr", "")).statusCode()).isEqualTo(401);
    assertThat(server.events.getLast()).contains("upstream-tenant");
  }

  /** What the provider names is asked only where it may lie. */
  @Test
  void aProviderSendsUsNowhereElse() throws Exception {
    for (String endpoint : List.of("http://192.0.2.1/token", "https://10.0.0.1/token")) {
      provider.discovery = Map.of("token_endpoint", endpoint);
      HttpResponse<String> answer = visitor().get("/sign-in/upstream?name=hr");
      assertThat(answer.statusCode()).as(endpoint).isEqualTo(401);
      server.clock.forward(AGAIN);
    }
    provider.discovery = Map.of("issuer", "https://evil.example");
    assertThat(visitor().get("/sign-in/upstream?name=hr").statusCode()).isEqualTo(401);
    provider.discovery = Map.of();
    assertThat(visitor().get("/sign-in/upstream?name=hr").statusCode())
        .as("it is not asked at once again")
        .isEqualTo(503);
    server.clock.forward(AGAIN);
    assertThat(visitor().get("/sign-in/upstream?name=hr").statusCode()).isEqualTo(303);
    assertThat(visitor().get("/sign-in/upstream?name=nobody").statusCode()).isEqualTo(401);
    assertThat(visitor().get("/sign-in/upstream?name=hr&to=//evil.example/").statusCode())
        .isEqualTo(303);
  }
}
