package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever else is wrong with a token, its sighting says that a key of the domain has signed it;
 * and of a token that no key has signed it never does.
 */
class GoodSignatureTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 second = issuer.addKey();
  private final TestKeys.Es256 own = new TestKeys.Es256();
  private final List<Sighting> seen = new ArrayList<>();
  private final Verifier verifier;

  GoodSignatureTest() {
    issuer.fill("s1g1", 20);
    issuer.publish();
    verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .sightings(seen::add)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(1)))
            .build();
    verifier.refreshKeys();
  }

  @AfterEach
  void close() {
    verifier.close();
  }

  /** A thief's token with a fault of its own besides. */
  @FunctionalInterface
  interface Fault {
    String token(GoodSignatureTest test, TestKeys.Es256 by) throws Exception;
  }

  private TokenDraft draft() {
    return issuer.draft(key).at("s1g1", 7).claim("sub", "victim");
  }

  private static String highS(String token) throws Exception {
    int dot = token.lastIndexOf('.') + 1;
    return token.substring(0, dot)
        + Base64Url.encode(TestKeys.otherS(Base64Url.decode(token.substring(dot))));
  }

  private static String raw(String header, String payload, TestKeys.Es256 by) {
    return TokenDraft.signed(TokenDraft.encoded(header) + "." + TokenDraft.encoded(payload), by);
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("no jti", "malformed", true, (t, by) -> t.draft().without("jti").signed(by)),
        fault("no sub", "malformed", true, (t, by) -> t.draft().without("sub").signed(by)),
        fault(
            "iat a text",
            "malformed",
            true,
            (t, by) -> t.draft().claim("iat", "yesterday").signed(by)),
        fault(
            "another alg",
            "algorithm",
            true,
            (t, by) -> t.draft().header("alg", "RS256").signed(by)),
        fault(
            "an alg that is none",
            "algorithm",
            true,
            (t, by) -> t.draft().header("alg", "none").signed(by)),
        fault("high s", "signature-high-s", false, (t, by) -> highS(t.draft().signed(by))),
        fault(
            "a header more",
            "malformed",
            false,
            (t, by) -> t.draft().header("x5t", "abc").signed(by)),
        fault(
            "no typ",
            "malformed",
            false,
            (t, by) ->
                raw(
                    "{\"alg\":\"ES256\",\"kid\":\"" + t.key.kid() + "\"}",
                    t.draft().claimsText(),
                    by)),
        fault(
            "no kid",
            "malformed",
            false,
            (t, by) -> raw("{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", t.draft().claimsText(), by)),
        fault(
            "a kid that nobody stated",
            "key-unknown",
            false,
            (t, by) -> t.draft().header("kid", "k1").signed(by)),
        fault(
            "the kid of another key",
            "signature",
            false,
            (t, by) -> t.draft().header("kid", t.second.kid()).signed(by)),
        fault(
            "a claim twice",
            "malformed",
            false,
            (t, by) ->
                raw(
                    t.draft().headerText(),
                    t.draft().claimsText().replace("{", "{\"sub\":\"x\","),
                    by)),
        fault(
            "claims that are no JSON",
            "malformed",
            false,
            (t, by) -> raw(t.draft().headerText(), "hello", by)),
        fault("padded", "malformed", false, (t, by) -> t.draft().signed(by) + "=="),
        fault("with a line's end", "malformed", false, (t, by) -> t.draft().signed(by) + "\n"),
        fault(
            "expired",
            "expired",
            false,
            (t, by) -> t.draft().times(NOW.minusSeconds(900), NOW.minusSeconds(1)).signed(by)),
        fault(
            "not valid yet",
            "not-yet-valid",
            false,
            (t, by) -> t.draft().times(NOW.plusSeconds(300), NOW.plusSeconds(900)).signed(by)),
        fault(
            "for another tenant's service",
            "audience",
            false,
            (t, by) -> t.draft().claim("aud", "https://files.example").signed(by)));
  }

  private static Arguments fault(String name, String code, boolean whole, Fault fault) {
    return Arguments.of(name, code, whole, fault);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void isSaidWhateverElseIsWrong(String name, String code, boolean whole, Fault fault)
      throws Exception {
    String token = fault.token(this, key);
    Sighting sighting = refused(token, code);
    assertThat(sighting.signed() || sighting.evidence() != null).as("reported as signed").isTrue();
    assertThat(sighting.token().kid()).isEqualTo(key.kid());
    assertThat(sighting.token().digest()).isEqualTo(digest(token));
    if (whole) {
      assertThat(sighting.evidence()).isEqualTo(token);
    }

    // The control: the same of a key that is nobody's.
    Sighting noise = refused(fault.token(this, own), null);
    assertThat(noise.signed()).isFalse();
    assertThat(noise.evidence()).isNull();
  }

  /** A command has read no keys when it judges its only token. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void isSaidByAProcessThatHasJustStarted(String name, String code, boolean whole, Fault fault)
      throws Exception {
    for (TestKeys.Es256 by : List.of(key, own)) {
      try (SteppedVerifier fresh = new SteppedVerifier(issuer.policy(), issuer, clock, seen::add)) {
        assertThat(fresh.isReady()).isFalse();
        fresh.verify(fault.token(this, by), TokenCases.MAIL);
        Sighting sighting = seen.get(seen.size() - 1);
        assertThat(sighting.signed() || sighting.evidence() != null)
            .as("reported as signed")
            .isEqualTo(by == key);
      }
    }
  }

  /** A way to spell a signature that a library somewhere takes. */
  @FunctionalInterface
  interface Spelling {
    String of(byte[] signature);
  }

  static Stream<Arguments> spellings() {
    return Stream.of(
        spelling("in DER", s -> Base64Url.encode(EcdsaDer.of(s))),
        spelling(
            "in DER with a length in its long form",
            s -> {
              byte[] der = EcdsaDer.of(s);
              return Base64Url.encode(
                  joined(
                      new byte[] {der[0], (byte) 0x81, der[1]},
                      Arrays.copyOfRange(der, 2, der.length)));
            }),
        spelling("with a byte behind it", s -> Base64Url.encode(joined(s, new byte[1]))),
        spelling("with a byte before it", s -> Base64Url.encode(joined(new byte[1], s))),
        spelling(
            "with 33 bytes for each number",
            s ->
                Base64Url.encode(
                    joined(
                        new byte[1],
                        Arrays.copyOf(s, 32),
                        new byte[1],
                        Arrays.copyOfRange(s, 32, 64)))),
        spelling("with one sign of padding", s -> Base64Url.encode(s) + "="),
        spelling("with three signs of padding", s -> Base64Url.encode(s) + "==="),
        spelling("in plain base64", s -> Base64.getEncoder().encodeToString(s)),
        spelling("with a fourth part", s -> Base64Url.encode(s) + ".AAAA"));
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static Arguments spelling(String name, Spelling spelling) {
    return Arguments.of(name, spelling);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("spellings")
  void isFoundHoweverTheSignatureIsSpelled(String name, Spelling spelling) throws Exception {
    String token = draft().signed(key);
    requireFound(respelled(token, spelling), token);
    assertThat(refused(respelled(draft().signed(own), spelling), null).signed()).isFalse();
  }

  private static String respelled(String token, Spelling spelling) throws Exception {
    int dot = token.lastIndexOf('.') + 1;
    return token.substring(0, dot) + spelling.of(Base64Url.decode(token.substring(dot)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".*",
        "*.",
        "~*",
        "*~",
        "'*'",
        "\"*\"",
        "Bearer *",
        "#,*",
        "*,#",
        "x.*",
        "a.b.c.*",
        "AAAA*",
        "#.*",
        "#,#,*"
      })
  void isFoundWhateverStandsAroundIt(String around) throws Exception {
    String token = draft().signed(key);
    String noise = draft().signed(own);
    requireFound(surrounded(around, token, noise), token);
    assertThat(refused(surrounded(around, noise, noise), null).signed()).isFalse();
  }

  private static String surrounded(String around, String token, String other) {
    return around.replace("*", token).replace("#", other);
  }

  private void requireFound(String presented, String token) throws Exception {
    Sighting sighting = refused(presented, null);
    assertThat(sighting.signed()).isTrue();
    assertThat(sighting.evidence()).isNull();
    assertThat(sighting.token().kid()).isEqualTo(key.kid());
    assertThat(sighting.token().digest()).isEqualTo(digest(token));
  }

  /** A number whose first byte is zero, as libraries for numbers write it. */
  @Test
  void isFoundWithoutALeadingZeroOfEitherNumber() throws Exception {
    for (int number = 0; number < 2; number++) {
      int at = 32 * number;
      String token;
      byte[] signature;
      int n = 0;
      do {
        token = draft().claim("n", n++).signed(key);
        signature = Base64Url.decode(token.substring(token.lastIndexOf('.') + 1));
      } while (signature[at] != 0);
      requireFound(
          respelled(
              token,
              s ->
                  Base64Url.encode(
                      joined(Arrays.copyOf(s, at), Arrays.copyOfRange(s, at + 1, 64)))),
          token);
    }
  }

  /** A thief's library signs with what its user names. */
  @ParameterizedTest
  @ValueSource(strings = {"SHA384withECDSA", "SHA512withECDSA"})
  void isFoundWithAnotherHash(String algorithm) throws Exception {
    for (String named : List.of("ES256", "ES384", "ES512")) {
      for (TestKeys.Es256 by : List.of(key, own)) {
        String input = draft().header("alg", named).signingInput();
        Signature signing = Signature.getInstance(algorithm + "inP1363Format");
        signing.initSign(by.privateKey());
        signing.update(input.getBytes(StandardCharsets.US_ASCII));
        String token = input + "." + Base64Url.encode(signing.sign());
        assertThat(refused(token, named.equals("ES256") ? "signature" : "algorithm").signed())
            .isEqualTo(by == key);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", ",", ";", ".", "0 "})
  void isFoundBehindAnHonestToken(String between) throws Exception {
    String honest = issuer.issue(issuer.draft(key), key);
    String forged = draft().signed(key);
    refused(honest + between + forged, "malformed");
    assertThat(seen).extracting(s -> s.token().digest()).contains(digest(honest), digest(forged));
    assertThat(seen).allMatch(Sighting::signed);

    // The control: behind it what no key has signed.
    seen.clear();
    refused(honest + between + draft().signed(own), "malformed");
    assertThat(seen).singleElement().extracting(s -> s.token().digest()).isEqualTo(digest(honest));
  }

  /** Of a request that is refused for something else. */
  @Test
  void isReportedWhereNothingIsAnswered() throws Exception {
    String honest = issuer.issue(issuer.draft(key), key);
    verifier.inspect(honest, TokenCases.MAIL, RequestContext.none());
    assertThat(seen).isEmpty();
    String forged = draft().signed(key);
    verifier.inspect(forged, TokenCases.MAIL, RequestContext.none());
    assertThat(seen)
        .singleElement()
        .satisfies(sighting -> assertThat(sighting.token().digest()).isEqualTo(digest(forged)));
    verifier.inspect(draft().signed(own), TokenCases.MAIL, RequestContext.none());
    assertThat(seen.get(1).signed()).isFalse();
  }

  /** Odd spellings are read several ways, each a check: they are bounded as well. */
  @Test
  void whoSendsOddSpellingsDoesNotHaveEachCheckedForEver() throws Exception {
    String forged = respelled(draft().signed(key), s -> Base64Url.encode(s) + ".AAAA");
    assertThat(refused(forged, "malformed").signed()).isTrue();
    for (int i = 0; i < SignerSearch.CHECKS_EACH_SECOND; i++) {
      refused(draft().claim("n", i).signed(own) + ".AAAA", "malformed");
    }
    assertThat(refused(forged, "malformed").signed()).as("no more in this second").isFalse();
    clock.advance(Duration.ofSeconds(1));
    assertThat(refused(forged, "malformed").signed()).isTrue();
  }

  /** A client that spells a signature anew has an honest token: it does not leave the service. */
  @Test
  void anHonestTokenThatWasSpelledAnewStaysHere() throws Exception {
    String token = issuer.issue(issuer.draft(key), key);
    Sighting sighting = refused(highS(token), "signature-high-s");
    assertThat(sighting.signed()).isTrue();
    assertThat(sighting.evidence()).isNull();
    assertThat(sighting.token().digest()).isEqualTo(digest(token));
    assertThat(((Refused) verify(highS(token))).reason()).contains("signature is good");
    // Nor does one that has expired.
    clock.advance(Duration.ofMinutes(20));
    verifier.refreshKeys();
    Sighting expired = refused(token, "expired");
    assertThat(expired.evidence()).isNull();
  }

  /** Looking for the key of a token that names none costs a check for each key: not for ever. */
  @Test
  void whoSendsMadeUpTokensWithoutAKeyDoesNotHaveEachCheckedForEver() throws Exception {
    String forged = draft().header("kid", "k1").signed(key);
    assertThat(refused(forged, "key-unknown").signed()).isTrue();
    for (int i = 0; i < SignerSearch.CHECKS_EACH_SECOND; i++) {
      refused(draft().header("kid", "k1").claim("n", i).signed(own), "key-unknown");
    }
    assertThat(refused(forged, "key-unknown").signed()).as("no more in this second").isFalse();
    clock.advance(Duration.ofSeconds(1));
    assertThat(refused(forged, "key-unknown").signed()).isTrue();
  }

  /** After a containment a domain with spare signers has more than thirty keys. */
  @Test
  void isFoundUnderEachOfManyKeys() throws Exception {
    List<TestKeys.Es256> keys = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      keys.add(issuer.addKey());
    }
    issuer.publish();
    verifier.refreshKeys();
    for (TestKeys.Es256 each : keys) {
      clock.advance(Duration.ofSeconds(1));
      assertThat(refused(draft().header("kid", "k1").signed(each), "key-unknown").signed())
          .isTrue();
    }
    assertThat(refused(draft().header("kid", "k1").signed(own), "key-unknown").signed())
        .as("the control")
        .isFalse();
  }

  /** A thief at the wrong domain names what key they like, or none. */
  @Test
  void isFoundUnderTheKeyOfAnotherDomain() throws Exception {
    TestIssuer other = new TestIssuer("other", "https://other.example/other", clock);
    TestKeys.Es256 stolen = other.addKey();
    other.publish();
    try (Verifier both =
        Verifier.builder(issuer.policy())
            .neighbour(other.policy())
            .network(
                (uri, max) ->
                    uri.toString().startsWith(other.issuer())
                        ? other.get(uri, max)
                        : issuer.get(uri, max))
            .sightings(seen::add)
            .clock(clock)
            .build()) {
      both.refreshNeighbours();
      for (TestKeys.Es256 by : List.of(stolen, own)) {
        for (String kid : List.of("k1", key.kid())) {
          seen.clear();
          both.verify(draft().header("kid", kid).signed(by), TokenCases.MAIL);
          assertThat(seen.get(0).signed()).as(kid).isEqualTo(by == stolen);
        }
      }
    }
  }

  /** Expired ones are many, and would use up the search for forged ones. */
  @Test
  void noKeyIsTriedForATokenThatAKeyOfTheOtherDomainHasSigned() throws Exception {
    TestIssuer other = new TestIssuer("other", "https://other.example/other", clock);
    TestKeys.Es256 theirs = other.addKey();
    other.publish();
    String honest = other.draft(theirs).at("s1g1", 7).signed(theirs);
    String forged = draft().header("kid", "k1").signed(key);
    try (Verifier refusing = Verifier.builder(other.policy()).network(other).clock(clock).build()) {
      refusing.refreshKeys();
      for (int i = 0; i < SignerSearch.CHECKS_EACH_SECOND; i++) {
        inspectIfOurs(honest, refusing);
      }
      assertThat(seen).isEmpty();
      inspectIfOurs(forged, refusing);
      assertThat(seen).singleElement().matches(Sighting::signed);
      seen.clear();
      for (int i = 0; i < SignerSearch.CHECKS_EACH_SECOND; i++) {
        inspectIfOurs(honest, null);
      }
      inspectIfOurs(forged, refusing);
      assertThat(seen).as("the control: these used it up").isEmpty();
    }
  }

  private void inspectIfOurs(String token, @org.jspecify.annotations.Nullable Verifier refusedBy) {
    verifier.inspectIfOurs(token, TokenCases.MAIL, RequestContext.none(), refusedBy);
  }

  private Verification verify(String token) {
    return verifier.verify(token, TokenCases.MAIL);
  }

  private Sighting refused(String token, @org.jspecify.annotations.Nullable String code) {
    Verification answer = verify(token);
    assertThat(answer).isInstanceOf(Refused.class);
    if (code != null) {
      assertThat(((Refused) answer).code().text()).isEqualTo(code);
    }
    return seen.get(seen.size() - 1);
  }

  private static Hash digest(String token) {
    return Hash.sha256(
        token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
  }

  /** What an auditor is told of the same tokens. */
  @Test
  void theAuditOfAKeySaysWhoSignedAMisspelledToken() throws Exception {
    KeyAudit audit = KeyAudit.read(issuer.policy(), issuer, NOW);
    String token = draft().signed(key);
    assertThat(audit.judge(token).then()).as("the control").isEmpty();
    assertThat(audit.judge(highS(token)).then().orElseThrow().text())
        .startsWith("this key signed it");
    assertThat(audit.judge(highS(draft().signed(own))).then().orElseThrow().text())
        .contains("this key did not sign it");
  }
}
