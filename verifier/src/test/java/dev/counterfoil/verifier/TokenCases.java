package dev.counterfoil.verifier;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Every way to get a token wrong that can be written down as a token, each with the code that must
 * answer it, beside honest ones. The same cases stand in {@code vectors/tokens} for other
 * languages.
 */
final class TokenCases {
  static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  static final String VERIFIED = "verified";
  private static final Duration QUARTER = Duration.ofMinutes(15);

  /** One token and what must come of it. */
  record Case(
      String name, String comment, String expect, String token, Expectations expectations) {}

  static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().anyTenant().bearerAllowed();

  private final SettableClock clock = new SettableClock(NOW);
  final TestIssuer issuer =
      TestIssuer.seeded("token cases", "enterprise", "https://login.example/enterprise", clock);
  final TestIssuer consumer =
      TestIssuer.seeded("consumer", "consumer", "https://login.example/consumer", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 consumerKey = consumer.addKey();
  private final List<Case> cases = new ArrayList<>();
  private String honest = "";

  SettableClock clock() {
    return clock;
  }

  /** A key that the issuer does not state by itself. */
  private static TestKeys.Es256 key(String seed) {
    return new TestKeys.Es256(new SeededRandom(seed));
  }

  /** Builds the world and the tokens: the same ones each time, but for one signature of AWS-LC. */
  static TokenCases build() {
    TokenCases cases = new TokenCases();
    cases.issuer.fill("s1g1", 300);
    cases.honestOnes();
    cases.encodings();
    cases.headers();
    cases.json();
    cases.claims();
    cases.algorithms();
    cases.signatures();
    cases.keysAndScopes();
    cases.times();
    cases.issuance();
    cases.bindings();
    new AlgorithmCases(cases.issuer, cases.cases).add();
    new AttackCases(cases.issuer, cases.key, cases.cases).add();
    new GroupCases(cases.issuer, cases.key, cases.cases).add();
    cases.consumer.publish();
    cases.issuer.publish();
    return cases;
  }

  /** The key that most of the tokens are signed with. */
  TestKeys.Es256 key() {
    return key;
  }

  List<Case> all() {
    return List.copyOf(cases);
  }

  private void add(String name, RefusalCode code, String comment, String token) {
    cases.add(new Case(name, comment, code.text(), token, MAIL));
  }

  private void good(String name, String comment, String token, Expectations expectations) {
    cases.add(new Case(name, comment, VERIFIED, token, expectations));
  }

  private TokenDraft draft() {
    return issuer.draft(key);
  }

  private String issued(TokenDraft draft) {
    return issuer.issue(draft, key);
  }

  private String raw(String header, String claims) {
    return TokenDraft.signed(TokenDraft.encoded(header) + "." + TokenDraft.encoded(claims), key);
  }

  private String rawBytes(byte[] claims) {
    return TokenDraft.signed(
        TokenDraft.encoded(draft().headerText()) + "." + Base64Url.encode(claims), key);
  }

  private void honestOnes() {
    honest = issued(draft());
    good("honest", "an honest token", honest, MAIL);
    good(
        "honest-audience-array",
        "two audiences, both in the key's scope",
        issued(draft().claim("aud", List.of("https://files.example", "https://mail.example"))),
        MAIL);
    good(
        "honest-tenant-expected",
        "the tenant that the service expects",
        issued(draft()),
        Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed());
    good(
        "honest-other-type",
        "another type, expected by name",
        issued(draft().header("typ", "counterfoil-test+jwt")),
        Expectations.audience("https://mail.example")
            .tokenType("counterfoil-test+jwt")
            .anyTenant()
            .bearerAllowed());
    good(
        "honest-skew",
        "iat five seconds ahead is within the clocks' skew",
        issued(draft().times(NOW.plusSeconds(5), NOW.plus(QUARTER))),
        MAIL);
    good(
        "honest-signed-again",
        "the same counterfoil with another low-s signature by the same key: issued once, good",
        TokenDraft.signed(honest.substring(0, honest.lastIndexOf('.')), key),
        MAIL);
  }

  private void malformed(String name, String comment, String token) {
    add(name, RefusalCode.MALFORMED, comment, token);
  }

  private void encodings() {
    String[] parts = honest.split("\\.", -1);
    malformed("empty", "nothing", "");
    malformed("one-part", "header alone", parts[0]);
    malformed("two-parts", "no signature part", parts[0] + "." + parts[1]);
    malformed("four-parts", "a fourth part", honest + "." + parts[2]);
    malformed("five-parts", "the shape of a JWE", honest + ".a.b");
    malformed("header-empty", "no header", "." + parts[1] + "." + parts[2]);
    malformed("payload-empty", "no payload", parts[0] + ".." + parts[2]);
    malformed("padding", "base64url with padding", honest + "==");
    malformed("line-break", "a line break at the end", honest + "\n");
    malformed("line-break-inside", "folded base64", parts[0] + ".\n" + parts[1] + "." + parts[2]);
    malformed("space", "a space in front", " " + honest);
    malformed("bearer-prefix", "the header's word still in front", "Bearer " + honest);
    malformed("null-character", "a NUL at the end", honest + "\0");
    malformed("not-ascii", "a letter that looks like an ASCII one", "\u0435" + honest.substring(1));
    malformed(
        "standard-base64",
        "the other alphabet",
        parts[0] + "." + parts[1] + "." + "+/" + parts[2].substring(2));
    malformed(
        "stray-bits-signature",
        "unused bits of the last character are set: a second spelling of the same bytes",
        stray(honest));
    malformed("truncated-length", "a length that base64 cannot have", cut(honest));
    malformed("json-serialization", "the JSON form of a JWS", jsonForm(parts));
    malformed("too-long", "longer than 16 KiB", honest + "A".repeat(16 * 1024));
  }

  private static String stray(String token) {
    char last = token.charAt(token.length() - 1);
    // 64 bytes leave four unused bits in the last character, so the next letter means the same.
    return token.substring(0, token.length() - 1) + (char) (last + 1);
  }

  private static String cut(String token) {
    return token.substring(0, token.length() - 1);
  }

  private static String jsonForm(String[] parts) {
    return "{\"protected\":\""
        + parts[0]
        + "\",\"payload\":\""
        + parts[1]
        + "\",\"signature\":\""
        + parts[2]
        + "\"}";
  }

  private void headers() {
    JsonObject jwk = key.jwk().toJson();
    malformed("crit", "RFC 7515 4.1.11: not understood", issued(header("crit", List.of("exp"))));
    malformed("b64", "RFC 7797: unencoded payload", issued(header("b64", false)));
    malformed("jwk", "a key inside the token", issued(header("jwk", jwk)));
    malformed("jku", "a URL of keys", issued(header("jku", "https://evil.example/jwks")));
    malformed("x5u", "a URL of certificates", issued(header("x5u", "https://evil.example/x")));
    malformed("x5c", "certificates inside the token", issued(header("x5c", List.of("MIIB"))));
    malformed("zip", "compression", issued(header("zip", "DEF")));
    malformed("cty", "a nested token", issued(header("cty", "JWT")));
    String claims = draft().claimsText();
    malformed(
        "alg-missing", "no alg", raw("{\"kid\":\"" + key.kid() + "\",\"typ\":\"at+jwt\"}", claims));
    malformed("kid-missing", "no kid", raw("{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", claims));
    malformed(
        "typ-missing", "no typ", raw("{\"alg\":\"ES256\",\"kid\":\"" + key.kid() + "\"}", claims));
    malformed(
        "alg-capitals",
        "a member's name in capitals",
        raw(draft().headerText().replace("\"alg\"", "\"ALG\""), claims));
    malformed("kid-number", "a kid that is no text", issued(header("kid", 7)));
    malformed(
        "alg-twice",
        "a member twice: parsers differ in which one they take",
        raw(draft().headerText().replace("{", "{\"alg\":\"none\","), claims));
  }

  private TokenDraft header(String name, Object value) {
    return draft().header(name, value);
  }

  private void json() {
    String header = draft().headerText();
    String claims = draft().claimsText();
    String spaced = raw(header, claims.replace(",", " ,\n "));
    issuer
        .log("s1g1")
        .append(
            dev.counterfoil.format.tree.Leaf.of(
                spaced.substring(0, spaced.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII)));
    good("white-space", "white space between members, and recorded so", spaced, MAIL);
    header = draft().headerText();
    claims = draft().claimsText();
    malformed("claims-array", "an array for claims", raw(header, "[" + claims + "]"));
    malformed("claims-text", "no JSON", raw(header, "claims"));
    malformed("claims-twice", "a second object behind the first", raw(header, claims + claims));
    malformed("claims-open", "an object that does not end", raw(header, cut(claims)));
    malformed("claims-comment", "a comment", raw(header, claims.replace("{", "{/**/")));
    malformed("claims-quotes", "single quotes", raw(header, claims.replace('"', '\'')));
    malformed("claims-comma", "a comma too many", raw(header, cut(claims) + ",}"));
    malformed("claims-byte-order-mark", "a byte order mark", raw(header, "\ufeff" + claims));
    malformed("claims-nan", "a number that JSON has not", raw(header, with(claims, "\"n\":NaN")));
    malformed("claims-infinite", "a number past doubles", raw(header, with(claims, "\"n\":1e400")));
    malformed("claims-zeros", "a leading zero", raw(header, with(claims, "\"n\":007")));
    malformed(
        "claims-large",
        "an integer past 64 bits",
        raw(header, with(claims, "\"n\":9223372036854775808")));
    malformed("tenant-twice", "a claim twice", raw(header, with(claims, "\"tenant\":\"globex\"")));
    malformed(
        "tenant-twice-escaped",
        "a claim twice, once in escapes",
        raw(header, with(claims, "\"\\u0074enant\":\"globex\"")));
    malformed(
        "nested-twice",
        "a member twice, deeper",
        raw(header, with(claims, "\"o\":{\"a\":1,\"a\":2}")));
    malformed("lone-surrogate", "half a character", raw(header, with(claims, "\"t\":\"\\ud800\"")));
    malformed(
        "deep",
        "nested deeper than 16",
        raw(header, with(claims, "\"d\":" + "[".repeat(20) + "]".repeat(20))));
    malformed(
        "many-values",
        "more than 256 claims and elements",
        raw(header, with(claims, "\"d\":[" + "0,".repeat(256) + "0]")));
    malformed(
        "many-values-in-header",
        "more than 16 members and elements in the header",
        raw(with(header, "\"d\":[" + "0,".repeat(16) + "0]"), claims));
    byte[] invalid = claims.getBytes(StandardCharsets.UTF_8);
    invalid[claims.indexOf("alice")] = (byte) 0xff;
    malformed("invalid-utf-8", "a byte that UTF-8 has not", rawBytes(invalid));
    byte[] overlong = claims.replace("alice", "al__ce").getBytes(StandardCharsets.UTF_8);
    int at = claims.indexOf("alice") + 2;
    overlong[at] = (byte) 0xc1;
    overlong[at + 1] = (byte) 0xa9;
    malformed("overlong-utf-8", "a letter in two bytes", rawBytes(overlong));
  }

  private static String with(String claims, String member) {
    return "{" + member + "," + claims.substring(1);
  }

  private void claims() {
    for (String name : List.of("iss", "sub", "client_id", "aud", "tenant", "iat", "exp", "jti")) {
      malformed(name.replace('_', '-') + "-absent", "no " + name, issued(draft().without(name)));
    }
    malformed(
        "iss-array", "an array of issuers", issued(draft().claim("iss", List.of(issuer.issuer()))));
    malformed("aud-empty", "no audience in the array", issued(draft().claim("aud", List.of())));
    malformed("aud-number", "an audience that is no text", issued(draft().claim("aud", 5)));
    malformed("exp-text", "a time as text", issued(draft().claim("exp", "4000000000")));
    malformed("exp-negative", "a time before 1970", issued(draft().claim("exp", -1)));
    malformed("exp-huge", "a time that overflows", issued(draft().claim("exp", Long.MAX_VALUE)));
    String fraction = draft().claimsText().replaceFirst("\"exp\":(\\d+)", "\"exp\":$1.5");
    malformed("exp-fraction", "a time with a fraction", raw(draft().headerText(), fraction));
    malformed("nbf-text", "a time as text", issued(draft().claim("nbf", "0")));
    malformed("cnf-text", "a binding that is no object", issued(draft().claim("cnf", "jkt")));
  }

  private void algorithms() {
    String unsigned = draft().header("alg", "none").signingInput() + ".";
    add("alg-none", RefusalCode.ALGORITHM, "no signature, and says so", unsigned);
    for (String none : List.of("None", "NONE", "nOnE")) {
      add(
          "alg-" + none + "-spelling",
          RefusalCode.ALGORITHM,
          "none in another spelling",
          draft().header("alg", none).signingInput() + ".");
    }
    add(
        "alg-none-signed",
        RefusalCode.ALGORITHM,
        "says none and has a signature",
        issued(draft().header("alg", "none")));
    add("alg-hs256-public-key", RefusalCode.ALGORITHM, "HMAC under the public key", hmac());
    add(
        "alg-eddsa-swapped",
        RefusalCode.ALGORITHM,
        "an algorithm that is known, and not the key's",
        issued(draft().header("alg", "EdDSA")));
    for (String other : List.of("ES384", "RS256", "PS256", "es256", "ES256K", "")) {
      add(
          "alg-" + (other.isEmpty() ? "empty" : other.equals("es256") ? "lower-case" : other),
          RefusalCode.ALGORITHM,
          "an algorithm that is not supported",
          issued(draft().header("alg", other)));
    }
  }

  private String hmac() {
    String input = draft().header("alg", "HS256").signingInput();
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      byte[] publicKey = key.jwk().javaKey().getEncoded();
      mac.init(new SecretKeySpec(publicKey, "HmacSHA256"));
      byte[] tag = mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
      return input + "." + Base64Url.encode(tag);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void signature(String name, String comment, String token) {
    add(name, RefusalCode.SIGNATURE, comment, token);
  }

  private void signatures() {
    String token = issued(draft());
    String input = token.substring(0, token.lastIndexOf('.'));
    byte[] signature;
    try {
      signature = Base64Url.decode(token.substring(input.length() + 1));
    } catch (dev.counterfoil.format.bytes.FormatException e) {
      throw new IllegalStateException(e);
    }
    add(
        "signature-high-s",
        RefusalCode.SIGNATURE_HIGH_S,
        "n - s in the place of s: verifies, and our signers never make it",
        input + "." + Base64Url.encode(TestKeys.otherS(signature)));
    signature("signature-empty", "an empty signature", input + ".");
    signature(
        "signature-short", "a byte too few", input + "." + encoded(Arrays.copyOf(signature, 63)));
    signature(
        "signature-long", "a byte too many", input + "." + encoded(Arrays.copyOf(signature, 65)));
    signature("signature-zeros", "r and s are zero", input + "." + encoded(new byte[64]));
    byte[] order = new byte[64];
    byte[] n = TestKeys.P256_ORDER.toByteArray();
    System.arraycopy(n, 1, order, 0, 32);
    System.arraycopy(signature, 32, order, 32, 32);
    signature("signature-r-order", "r is the group's order", input + "." + encoded(order));
    byte[] flipped = signature.clone();
    flipped[5] ^= 1;
    signature("signature-flipped", "one bit is another", input + "." + encoded(flipped));
    signature(
        "signature-der", "ASN.1 in the place of r and s", input + "." + encoded(der(signature)));
    signature(
        "signature-of-another-token",
        "a good signature of another token",
        input + honest.substring(honest.lastIndexOf('.')));
    signature("signature-by-another-key", "another key signed", draft().signed(key("another")));
    String[] parts = token.split("\\.", -1);
    String edited =
        new String(java.util.Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
            .replace("alice", "admin");
    signature(
        "edited", "another subject", parts[0] + "." + TokenDraft.encoded(edited) + "." + parts[2]);
    String spaced = edited.replace("admin", "alice").replace(",", ", ");
    signature(
        "re-encoded",
        "the same claims with white space",
        parts[0] + "." + TokenDraft.encoded(spaced) + "." + parts[2]);
  }

  private static String encoded(byte[] bytes) {
    return Base64Url.encode(bytes);
  }

  private static byte[] der(byte[] signature) {
    byte[] r = new java.math.BigInteger(1, Arrays.copyOf(signature, 32)).toByteArray();
    byte[] s = new java.math.BigInteger(1, Arrays.copyOfRange(signature, 32, 64)).toByteArray();
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x30, (byte) (4 + r.length + s.length), 2, (byte) r.length});
    out.writeBytes(r);
    out.writeBytes(new byte[] {2, (byte) s.length});
    out.writeBytes(s);
    return out.toByteArray();
  }

  private void keysAndScopes() {
    TestKeys.Es256 stranger = key("stranger");
    add(
        "key-unknown",
        RefusalCode.KEY_UNKNOWN,
        "a key that nobody stated",
        draft().header("kid", stranger.kid()).signed(stranger));
    add(
        "kid-path",
        RefusalCode.KEY_UNKNOWN,
        "a path for a kid",
        issued(header("kid", "../../../dev/null")));
    add("kid-empty", RefusalCode.KEY_UNKNOWN, "an empty kid", issued(header("kid", "")));
    add(
        "domain-consumer-key-on-enterprise-token",
        RefusalCode.DOMAIN,
        "a consumer key signs an enterprise token: the breach of 2023",
        draft().header("kid", consumerKey.kid()).signed(consumerKey));
    add(
        "issuer-other-domain",
        RefusalCode.ISSUER,
        "an honest token of the other domain",
        consumer.issue(consumer.draft(consumerKey), consumerKey));
    add(
        "issuer-slash",
        RefusalCode.ISSUER,
        "a slash too many",
        issued(draft().claim("iss", issuer.issuer() + "/")));
    add(
        "issuer-case",
        RefusalCode.ISSUER,
        "capitals in the host",
        issued(draft().claim("iss", "https://LOGIN.example/enterprise")));
    add(
        "scope-tenant",
        RefusalCode.KEY_SCOPE_TENANT,
        "a tenant that the key may not sign for",
        issued(draft().claim("tenant", "initech")));
    add(
        "scope-tenant-any",
        RefusalCode.KEY_SCOPE_TENANT,
        "a tenant named like the sign for any",
        issued(draft().claim("tenant", "*")));
    add(
        "scope-type",
        RefusalCode.KEY_SCOPE_TYPE,
        "a type that the key may not sign",
        issued(header("typ", "logout+jwt")));
    add(
        "scope-type-case",
        RefusalCode.KEY_SCOPE_TYPE,
        "a type in capitals",
        issued(header("typ", "AT+JWT")));
    add(
        "scope-audience",
        RefusalCode.KEY_SCOPE_AUDIENCE,
        "an audience that the key may not sign for",
        issued(draft().claim("aud", "https://bank.example")));
    add(
        "scope-audience-among",
        RefusalCode.KEY_SCOPE_AUDIENCE,
        "one audience too many",
        issued(draft().claim("aud", List.of("https://mail.example", "https://bank.example"))));
    TestKeys.Es256 binding = key("binding");
    issuer.state(
        issuer.statement(binding, "s1g1").toBuilder()
            .binding(KeyStatement.Binding.REQUIRED)
            .build());
    add(
        "scope-binding",
        RefusalCode.KEY_SCOPE_BINDING,
        "a bearer token of a key that signs bound ones only",
        issuer.issue(issuer.draft(binding), binding));
    add(
        "audience",
        RefusalCode.AUDIENCE,
        "for another service",
        issued(draft().claim("aud", "https://files.example")));
    add(
        "token-type",
        RefusalCode.TOKEN_TYPE,
        "a type that is not expected here",
        issued(header("typ", "counterfoil-test+jwt")));
    cases.add(
        new Case(
            "tenant",
            "a tenant that is not expected here",
            RefusalCode.TENANT.text(),
            issued(draft().claim("tenant", "globex")),
            Expectations.audience("https://mail.example")
                .accessToken()
                .tenant("acme")
                .bearerAllowed()));
    revocations();
  }

  private void revocations() {
    TestKeys.Es256 withdrawn = issuer.addKey();
    issuer.withdraw(withdrawn.kid());
    add(
        "key-withdrawn",
        RefusalCode.KEY_WITHDRAWN,
        "its key was withdrawn",
        issuer.issue(issuer.draft(withdrawn), withdrawn));
    TestKeys.Es256 tainted = issuer.addKey();
    issuer.taint(tainted.kid(), NOW.minusSeconds(10));
    add(
        "key-tainted",
        RefusalCode.KEY_TAINTED,
        "dated when its key was tainted",
        issuer.issue(
            issuer.draft(tainted).times(NOW.minusSeconds(10), NOW.plus(QUARTER)), tainted));
    good(
        "key-tainted-before",
        "dated a second earlier",
        issuer.issue(
            issuer.draft(tainted).times(NOW.minusSeconds(11), NOW.plusSeconds(800)), tainted),
        MAIL);
    TestKeys.Es256 revoked = issuer.addKey();
    good(
        "revoked-key-before",
        "its key is revoked from the next position on",
        issuer.issue(issuer.draft(revoked), revoked),
        MAIL);
    issuer.revokeKey(revoked.kid(), "s1g1", issuer.log("s1g1").size());
    add(
        "key-revoked-at",
        RefusalCode.KEY_REVOKED,
        "at the position of the revocation",
        issuer.issue(issuer.draft(revoked), revoked));
    add(
        "key-revoked-past",
        RefusalCode.KEY_REVOKED,
        "past the position of the revocation",
        issuer.issue(issuer.draft(revoked), revoked));

    issuer.revokeToken("s1g1", issuer.log("s1g1").size());
    add("token-revoked", RefusalCode.TOKEN_REVOKED, "this one token is revoked", issued(draft()));
    good("token-after-revoked", "the next one is not", issued(draft()), MAIL);
  }

  private void times() {
    add(
        "expired",
        RefusalCode.EXPIRED,
        "expired a minute ago",
        issued(draft().times(NOW.minus(QUARTER), NOW.minusSeconds(60))));
    add(
        "expired-just-now",
        RefusalCode.EXPIRED,
        "exp is this second",
        issued(draft().times(NOW.minus(QUARTER), NOW)));
    add(
        "nbf",
        RefusalCode.NOT_YET_VALID,
        "nbf in a minute",
        issued(draft().claim("nbf", NOW.plusSeconds(60).getEpochSecond())));
    add(
        "iat-future",
        RefusalCode.NOT_YET_VALID,
        "dated in a minute",
        issued(draft().times(NOW.plusSeconds(60), NOW.plus(QUARTER))));
    add(
        "life-too-long",
        RefusalCode.LIFE_TOO_LONG,
        "a second longer than the key gives",
        issued(draft().times(NOW, NOW.plusSeconds(3601))));
    add(
        "life-backwards",
        RefusalCode.LIFE_TOO_LONG,
        "exp before iat",
        issued(draft().times(NOW.plusSeconds(9), NOW.plusSeconds(8))));

    TestKeys.Es256 ended = key("ended");
    issuer.state(
        issuer.statement(ended, "s1g1").toBuilder()
            .active(NOW.minus(Duration.ofHours(2)), NOW.minus(Duration.ofMinutes(10)))
            .verifyUntil(NOW.plus(Duration.ofMinutes(20)))
            .build());
    Instant within = NOW.minus(Duration.ofMinutes(11));
    good(
        "retired-key",
        "its key is retired, and signed it before",
        endedToken(ended, within, NOW.plus(Duration.ofMinutes(20))),
        MAIL);
    add(
        "key-not-active",
        RefusalCode.KEY_NOT_ACTIVE,
        "dated after its key was retired",
        endedToken(ended, NOW.minus(Duration.ofMinutes(10)), NOW.plus(Duration.ofMinutes(5))));
    add(
        "key-not-active-yet",
        RefusalCode.KEY_NOT_ACTIVE,
        "dated before its key was active",
        endedToken(
            ended, NOW.minus(Duration.ofHours(2)).minusSeconds(1), NOW.minus(Duration.ofHours(2))));
    add(
        "past-verify-until",
        RefusalCode.PAST_VERIFY_UNTIL,
        "outlives its key",
        endedToken(ended, within, NOW.plus(Duration.ofMinutes(20)).plusSeconds(1)));
  }

  private String endedToken(TestKeys.Es256 ended, Instant issuedAt, Instant expiresAt) {
    return issuer.issue(issuer.draft(ended).times(issuedAt, expiresAt), ended);
  }

  private void issuance() {
    add(
        "jti-uuid",
        RefusalCode.TOKEN_ID,
        "a jti of another kind",
        issued(draft().claim("jti", "4f1f3c1e-8a3d-4a55-9d27-0f6f1f6a2b11")));
    add(
        "jti-leading-zero",
        RefusalCode.TOKEN_ID,
        "a position in another spelling",
        issued(draft().claim("jti", "s1g1.007." + Hash.sha256().base64Url())));
    add(
        "jti-negative",
        RefusalCode.TOKEN_ID,
        "a negative position",
        issued(draft().claim("jti", "s1g1.-1." + Hash.sha256().base64Url())));
    add(
        "jti-path",
        RefusalCode.TOKEN_ID,
        "a log that is a path",
        issued(draft().claim("jti", "../x.1." + Hash.sha256().base64Url())));

    issuer.addLog("s1g2");
    TestKeys.Es256 second = key("second");
    issuer.state(issuer.statement(second, "s1g2"));
    good(
        "other-log",
        "the same position in the log of its own key",
        issuer.issue(issuer.draft(second.kid(), "s1g2"), second, "s1g2"),
        MAIL);
    add(
        "wrong-log",
        RefusalCode.WRONG_LOG,
        "recorded, in a log that is not its key's",
        issuer.issue(issuer.draft(key.kid(), "s1g2"), key, "s1g2"));

    add(
        "never-issued",
        RefusalCode.NEVER_ISSUED,
        "signed with the stolen key, at an old position",
        draft().at("s1g1", 17).signed(key));
    add(
        "never-issued-last",
        RefusalCode.NEVER_ISSUED,
        "at the last position",
        draft().claim("sub", "mallory").at("s1g1", issuer.log("s1g1").size() - 1).signed(key));
    add(
        "position-of-another",
        RefusalCode.NEVER_ISSUED,
        "an honest token's claims and position, another subject",
        draft().claim("sub", "mallory").at("s1g1", 300).signed(key));
    long last = issuer.log("s1g1").size();
    add(
        "beyond-tip",
        RefusalCode.BEYOND_TIP,
        "the next position, not issued yet",
        draft().at("s1g1", last + 1_000).signed(key));
    add(
        "beyond-tip-far",
        RefusalCode.BEYOND_TIP,
        "a position that no rate reaches",
        draft().at("s1g1", 900_000_000_000_000L).signed(key));
  }

  private void bindings() {
    JsonObject jkt = JsonObject.builder().put("jkt", key("of the client").kid()).build();
    JsonObject certificate =
        JsonObject.builder().put("x5t#S256", Hash.sha256().base64Url()).build();
    add(
        "dpop-proof-missing",
        RefusalCode.BINDING_MISSING,
        "bound to a key, presented without its proof",
        issued(draft().claim("cnf", jkt)));
    add(
        "certificate-missing",
        RefusalCode.BINDING_MISSING,
        "bound to a certificate, presented without it",
        issued(draft().claim("cnf", certificate)));
    cases.add(
        new Case(
            "bearer-where-bound-wanted",
            "a bearer token where only bound ones are honoured",
            RefusalCode.BINDING_MISSING.text(),
            issued(draft()),
            Expectations.audience("https://mail.example")
                .accessToken()
                .tenants(AllowList.all())
                .dpopRequired()));
  }
}
