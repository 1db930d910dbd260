package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Tokens of attached issuers, from {@code vectors/attached-tokens} and freshly made. {@code
 * -Dcounterfoil.vectors.write=true} writes the files again.
 */
class AttachedVectorsTest {
  private static final Path FOLDER = Path.of("..", "vectors", "attached-tokens");
  private static final int BYTES_MAX = 4 * 1024 * 1024;
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String OURS = "https://login.example/enterprise";
  private static final String KEYCLOAK = "https://kc.example/realms/acme";
  private static final String OTHER = "https://other.example/";
  private static final String VERIFIED = "verified";
  private static final List<String> BOTH = List.of(KEYCLOAK, OTHER);

  private static World fresh = new World();

  private record Case(
      String name,
      String comment,
      String expect,
      String token,
      String type,
      List<String> attached) {}

  /** An installation with two attached issuers, and tokens of each kind. */
  private static final class World {
    final SettableClock clock = new SettableClock(NOW);
    final TestIssuer issuer = TestIssuer.seeded("attached tokens", "enterprise", OURS, clock);
    private final TestKeys.TokenKey realm = key(PublicJwk.Algorithm.RS256, "realm");
    private final TestKeys.TokenKey other = key(PublicJwk.Algorithm.ES256, "other");
    private final TestKeys.TokenKey adopted = key(PublicJwk.Algorithm.ES256, "adopted");
    private final TestKeys.Es256 own = issuer.addKey();
    final List<Case> cases = new ArrayList<>();
    private int number;

    World() {
      issuer.attaching(Set.copyOf(BOTH));
      issuer.addLog("d1g1");
      issuer.addLog("d2g1");
      state(realm, KEYCLOAK, "d1g1", "kc-1");
      state(other, OTHER, "d2g1", "other-1");
      state(adopted, OURS, "d1g1", "old-1");
      honest();
      forged();
      confused();
      kinds();
      rest();
      generations();
      issuer.publish();
    }

    private static TestKeys.TokenKey key(PublicJwk.Algorithm algorithm, String seed) {
      return TestKeys.of(algorithm, new SeededRandom("attached tokens, key " + seed));
    }

    private void state(TestKeys.TokenKey key, String of, String log, String alias) {
      issuer.state(
          issuer.statement(key, "s1g1").toBuilder()
              .issuer(of)
              .purpose("attached")
              .tenants(AllowList.of("acme"))
              .tokenTypes(AllowList.of("JWT"))
              .audiences(AllowList.of("https://mail.example", "account"))
              .record(new RecordForm.Digest(log))
              .alias(alias)
              .custody("attached", KeyStatement.Assurance.UNKNOWN)
              .build());
    }

    private TokenDraft draft(String iss, String kid, String algorithm) {
      return new TokenDraft()
          .header("alg", algorithm)
          .header("typ", "JWT")
          .header("kid", kid)
          .times(NOW, NOW.plus(Duration.ofMinutes(5)))
          .claim("jti", "onrtac:" + number++)
          .claim("iss", iss)
          .claim("aud", List.of("account", "https://mail.example"))
          .claim("sub", "6e5bfb2b-6b9e-4f2d-a1ff-8d4e5f5f1e43")
          .claim("azp", "shop")
          .claim("typ", "Bearer")
          .claim("scope", "openid profile");
    }

    private TokenDraft draft() {
      return draft(KEYCLOAK, "kc-1", "RS256");
    }

    private String recorded(TokenDraft draft, String log, TestKeys.TokenKey key) {
      issuer.log(log).append(draft.leaf());
      return draft.signed(key);
    }

    private String recorded(TokenDraft draft) {
      return recorded(draft, "d1g1", realm);
    }

    private void add(String name, String expect, String comment, String token) {
      cases.add(new Case(name, comment, expect, token, "at+jwt", BOTH));
    }

    private void untyped(String name, String expect, String comment, String token) {
      cases.add(new Case(name, comment, expect, token, "JWT", BOTH));
    }

    private void honest() {
      add("honest", VERIFIED, "an access token as Keycloak writes it", recorded(draft()));
      add(
          "honest-thumbprint",
          VERIFIED,
          "the key is named by its thumbprint",
          recorded(draft().header("kid", realm.jwk().thumbprint())));
      add(
          "honest-dpop-kind",
          VERIFIED,
          "Keycloak's kind of an access token for DPoP",
          recorded(draft().claim("typ", "DPoP")));
      untyped(
          "honest-as-jwt", VERIFIED, "the service expects the header's type", recorded(draft()));
      untyped(
          "honest-other",
          VERIFIED,
          "an issuer that says no kind, in a record log of its own",
          recorded(draft(OTHER, "other-1", "ES256").without("typ"), "d2g1", other));
      untyped(
          "honest-adopted",
          VERIFIED,
          "a key of the domain's own issuer that is found by its digests",
          recorded(draft(OURS, "old-1", "ES256"), "d1g1", adopted));
      cases.add(
          new Case(
              "own",
              "a token of the domain's own",
              VERIFIED,
              issuer.issue(issuer.draft(own), own),
              "at+jwt",
              BOTH));
    }

    private void forged() {
      add("forged", "digest-unknown", "never handed in", draft().signed(realm));
      add(
          "forged-other-log",
          "digest-unknown",
          "handed in by another source, to its own record log",
          recorded(draft(), "d2g1", realm));
      add(
          "forged-token-log",
          "digest-unknown",
          "in the token log",
          recorded(draft(), "s1g1", realm));
      add(
          "edited",
          "signature",
          "handed in, and signed by another key",
          recorded(draft(), "d1g1", key(PublicJwk.Algorithm.RS256, "thief")));
    }

    /** Each key with each issuer's name. */
    private void confused() {
      add(
          "realm-signs-for-ours",
          "issuer",
          "an attached key for the domain's own issuer",
          recorded(draft(OURS, "kc-1", "RS256")));
      add(
          "realm-signs-for-other",
          "issuer",
          "an attached key for another attached issuer",
          recorded(draft(OTHER, "kc-1", "RS256")));
      add(
          "adopted-signs-for-realm",
          "issuer",
          "an adopted key for an attached issuer",
          recorded(draft(KEYCLOAK, "old-1", "ES256"), "d1g1", adopted));
      add(
          "own-signs-for-realm",
          "issuer",
          "a key of the domain's own for an attached issuer",
          issuer.issue(issuer.draft(own).claim("iss", KEYCLOAK), own));
      add(
          "realm-under-own-kid",
          "issuer",
          "an attached issuer's token that names a key of the domain's own",
          recorded(
              draft(KEYCLOAK, own.kid(), "ES256")
                  .claim("tenant", "acme")
                  .claim("client_id", "shop")));
      add(
          "stranger",
          "issuer",
          "an issuer that is not attached",
          recorded(
              draft("https://stranger.example", "kc-1", "RS256")
                  .claim("tenant", "acme")
                  .claim("client_id", "shop")));
      add(
          "issuer-slash",
          "issuer",
          "the attached issuer with a slash",
          recorded(draft(KEYCLOAK + "/", "kc-1", "RS256")));
      cases.add(
          new Case(
              "service-names-none",
              "the service names no attached issuer",
              "issuer",
              recorded(draft()),
              "at+jwt",
              List.of()));
      cases.add(
          new Case(
              "service-names-other",
              "the service names another attached issuer",
              "issuer",
              recorded(draft()),
              "at+jwt",
              List.of(OTHER)));
      add(
          "key-not-confirmed",
          "key-unknown",
          "a key that nobody stated",
          recorded(draft(KEYCLOAK, "kc-2", "RS256"), "d1g1", key(PublicJwk.Algorithm.RS256, "2")));
    }

    private void kinds() {
      for (String kind : List.of("ID", "Refresh", "Logout", "bearer", "")) {
        add(
            "kind-" + (kind.isEmpty() ? "empty" : kind),
            "token-type",
            "a token of another kind",
            recorded(draft().claim("typ", kind)));
      }
      add("kind-number", "token-type", "its kind is a number", recorded(draft().claim("typ", 1)));
      for (String claim : List.of("nonce", "at_hash", "c_hash", "s_hash", "events")) {
        untyped(
            "says-" + claim.replace('_', '-'),
            "token-type",
            "a claim that no access token has, and no kind",
            recorded(draft().without("typ").claim(claim, "x")));
      }
      add(
          "kind-missing",
          "token-type",
          "nothing says that it is an access token, which the service expects",
          recorded(draft().without("typ")));
    }

    private TestKeys.TokenKey stated(String log, String alias) {
      TestKeys.TokenKey key = key(PublicJwk.Algorithm.ES256, alias);
      state(key, KEYCLOAK, log, alias);
      return key;
    }

    private void recordedIn(
        String log, TestKeys.TokenKey key, String alias, String name, String expect, String what) {
      add(name, expect, what, recorded(draft(KEYCLOAK, alias, "ES256"), log, key));
    }

    /** A key names one record log, and those count that followed when the signer was replaced. */
    private void generations() {
      for (String log :
          List.of(
              "d1g2", "d11g2", "d6g9", "d6g10", "d3g1", "d3g2", "d4g1", "d4g2", "d5g1", "d5g2")) {
        issuer.addLog(log);
      }
      add(
          "successor-log",
          VERIFIED,
          "recorded in the next log of the door",
          recorded(draft(), "d1g2", realm));
      add(
          "other-door-like-name",
          "digest-unknown",
          "in a log of door d11",
          recorded(draft(), "d11g2", realm));
      TestKeys.TokenKey tenth = stated("d6g10", "tenth");
      recordedIn("d6g10", tenth, "tenth", "named-log", VERIFIED, "in the log that its key names");
      recordedIn(
          "d6g9", tenth, "tenth", "earlier-log", "digest-unknown", "in an earlier log of the door");
      TestKeys.TokenKey ninth = stated("d6g9", "ninth");
      recordedIn("d6g10", ninth, "ninth", "tenth-generation", VERIFIED, "10 comes after 9");
      TestKeys.TokenKey ended = stated("d3g1", "ended");
      issuer.endLog("d3g1", 1, KeyLogEvent.EndReason.REPLACED);
      recordedIn("d3g1", ended, "ended", "before-end", VERIFIED, "in a log that ended after it");
      recordedIn("d3g1", ended, "ended", "beyond-end", "beyond-tip", "in a log that ended before");
      recordedIn("d3g2", ended, "ended", "after-end", VERIFIED, "in the log that followed");
      TestKeys.TokenKey revoked = stated("d4g1", "revoked");
      issuer.revokeKey(revoked.jwk().thumbprint(), "d4g1", 1);
      recordedIn(
          "d4g1", revoked, "revoked", "before-revocation", VERIFIED, "at position 0 of d4g1");
      recordedIn(
          "d4g2",
          revoked,
          "revoked",
          "after-revocation",
          "key-revoked",
          "at position 0 of d4g2: its key is revoked from position 1 of d4g1 on");
      TestKeys.TokenKey later = stated("d5g1", "later");
      issuer.revokeKey(later.jwk().thumbprint(), "d5g2", 0);
      recordedIn(
          "d5g1",
          later,
          "later",
          "revoked-later",
          VERIFIED,
          "in d5g1: its key is revoked from position 0 of d5g2 on");
      recordedIn("d5g2", later, "later", "revoked-there", "key-revoked", "at position 0 of d5g2");
    }

    private void rest() {
      add("aud-missing", "audience", "for nobody", recorded(draft().without("aud")));
      add(
          "aud-account",
          "audience",
          "for another service",
          recorded(draft().claim("aud", "account")));
      add(
          "aud-beyond",
          "key-scope-audience",
          "for a service that the key does not serve",
          recorded(draft().claim("aud", List.of("https://mail.example", "x"))));
      add(
          "tenant-beyond",
          "key-scope-tenant",
          "of a tenant that the key does not serve",
          recorded(draft().claim("tenant", "globex")));
      add(
          "type-beyond",
          "key-scope-type",
          "of a type that the key does not sign",
          recorded(draft().header("typ", "at+jwt")));
      add(
          "alg-ps256",
          "algorithm",
          "another algorithm than the key's",
          recorded(draft().header("alg", "PS256")));
      add("sub-missing", "malformed", "without a subject", recorded(draft().without("sub")));
      add(
          "header-jwk",
          "malformed",
          "a key in its header",
          recorded(draft().header("jwk", JsonObject.builder().build())));
      add("expired", "expired", "over", recorded(draft().times(NOW.minusSeconds(300), NOW)));
      add(
          "long-life",
          "life-too-long",
          "it lives longer than its key gives",
          recorded(draft().times(NOW, NOW.plus(Duration.ofHours(2)))));
    }
  }

  @BeforeAll
  static void write() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      fresh = new World();
      writeAll(fresh);
    }
  }

  private static Verifier verifier(TrustPolicy policy, Instant now, ReadSide network) {
    return Verifier.builder(policy)
        .network(network)
        .clock(new SettableClock(now))
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)))
        .build();
  }

  private static String outcome(Verifier verifier, String token, Expectations expectations) {
    return verifier.verify(token, expectations) instanceof Refused refused
        ? refused.code().text()
        : VERIFIED;
  }

  private static Expectations expectations(String type, List<String> attached) {
    return Expectations.audience("https://mail.example")
        .tokenType(type)
        .anyTenant()
        .bearerAllowed()
        .attachedIssuers(AllowList.of(attached.toArray(String[]::new)));
  }

  @TestFactory
  Stream<DynamicTest> aFreshTokenOfEachKindGetsItsCode() {
    Verifier verifier = verifier(fresh.issuer.policy(), NOW, fresh.issuer);
    return fresh.cases.stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name,
                    () -> {
                      for (int i = 0; i < 2; i++) {
                        assertThat(outcome(verifier, c.token, expectations(c.type, c.attached)))
                            .as(c.comment)
                            .isEqualTo(c.expect);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> eachVectorGetsItsCode() throws Exception {
    JsonObject world = read(FOLDER.resolve("world.json"));
    JsonObject pages = world.object("reads");
    Verifier verifier =
        verifier(
            TrustPolicy.parse(world.string("policy").getBytes(StandardCharsets.UTF_8)),
            Instant.parse(world.string("now")),
            (uri, max) -> {
              if (pages.get(uri.toString()) instanceof String body) {
                return Base64.getDecoder().decode(body);
              }
              throw new FileNotFoundException("status 404");
            });
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER.resolve("cases"))) {
      files = all.sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(40);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    String.valueOf(file.getFileName()),
                    () -> {
                      JsonObject vector = read(file);
                      vector.allowOnly(
                          "comment",
                          "expect",
                          "token",
                          "audience",
                          "type",
                          "tenants",
                          "attached_issuers");
                      assertThat(
                              outcome(
                                  verifier,
                                  vector.string("token"),
                                  expectations(
                                      vector.string("type"), vector.strings("attached_issuers"))))
                          .as(vector.string("comment"))
                          .isEqualTo(vector.string("expect"));
                    }));
  }

  @Test
  void theFilesAreWhatTheGeneratorWrites() throws Exception {
    assertThat(read(FOLDER.resolve("world.json")).string("policy"))
        .isEqualTo(fresh.issuer.policy().text());
    for (Case c : fresh.cases) {
      String token = read(FOLDER.resolve("cases").resolve(c.name + ".json")).string("token");
      assertThat(input(token)).as(c.name).isEqualTo(input(c.token));
    }
    try (Stream<Path> files = Files.list(FOLDER.resolve("cases"))) {
      assertThat(files).hasSameSizeAs(fresh.cases);
    }
  }

  private static String input(String token) {
    return token.substring(0, token.lastIndexOf('.'));
  }

  private static JsonObject read(Path file) throws Exception {
    return StrictJson.object(Files.readAllBytes(file), BYTES_MAX);
  }

  private static void writeAll(World world) throws Exception {
    Files.createDirectories(FOLDER.resolve("cases"));
    Map<String, String> reads = new ConcurrentHashMap<>();
    ReadSide recording =
        (uri, max) -> {
          byte[] body = world.issuer.get(uri, max);
          reads.put(uri.toString(), Base64.getEncoder().encodeToString(body));
          return body;
        };
    Verifier verifier = verifier(world.issuer.policy(), NOW, recording);
    verifier.refreshKeys();
    for (Case c : world.cases) {
      // What it does not read the files lack.
      assertThat(outcome(verifier, c.token, expectations(c.type, c.attached)))
          .as(c.name)
          .isEqualTo(c.expect);
      JsonObject vector =
          JsonObject.builder()
              .put("comment", c.comment)
              .put("expect", c.expect)
              .put("token", c.token)
              .put("audience", "https://mail.example")
              .put("type", c.type)
              .put("tenants", List.of("*"))
              .put("attached_issuers", c.attached)
              .build();
      Files.writeString(
          FOLDER.resolve("cases").resolve(c.name + ".json"),
          vector.toString().replace("\",\"", "\",\n\"") + "\n");
    }
    JsonObject.Builder pages = JsonObject.builder();
    new TreeMap<>(reads).forEach(pages::put);
    Files.writeString(
        FOLDER.resolve("world.json"),
        JsonObject.builder()
                .put("now", NOW.toString())
                .put("policy", world.issuer.policy().text())
                .put("reads", pages.build())
                .build()
                .toString()
                .replace("\",\"", "\",\n\"")
            + "\n");
  }
}
