package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** private_key_jwt (RFC 7523): what is good, and everything that makes it no good. */
class ClientAssertionTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private ECKey ec;
  private RSAKey rsa;
  private FakeRegistrar.Ed25519 ed25519;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    ec = new ECKeyGenerator(Curve.P_256).keyIDFromThumbprint(true).generate();
    rsa = new RSAKeyGenerator(2048).keyIDFromThumbprint(true).generate();
    ed25519 = new FakeRegistrar.Ed25519();
    register("ec-client", ec.toPublicJWK().toJSONString());
    register("rsa-client", rsa.toPublicJWK().toJSONString());
    register("ed-client", ed25519.key().toJson().toString());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private void register(String id, String jwk, Concession... concessions) throws Exception {
    JsonObject jwks =
        StrictJson.object(("{\"keys\":[" + jwk + "]}").getBytes(StandardCharsets.UTF_8), 1 << 16);
    assertThat(
            domain.admin.register(
                ClientRegistration.withKeys(
                        id, "acme", jwks, List.of(AUDIENCE), List.of("mail.read"))
                    .conceding(concessions)))
        .isEmpty();
  }

  private static JWTClaimsSet.Builder claims(String client) {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(client)
        .subject(client)
        .audience("https://login.example")
        .jwtID(UUID.randomUUID().toString())
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(60)));
  }

  private static String signed(
      JWSAlgorithm algorithm, JWK key, JWSSigner signer, JWTClaimsSet claims) throws JOSEException {
    SignedJWT jwt =
        new SignedJWT(new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), claims);
    jwt.sign(signer);
    return jwt.serialize();
  }

  private String byEc(JWTClaimsSet claims) throws JOSEException {
    return signed(JWSAlgorithm.ES256, ec, new ECDSASigner(ec), claims);
  }

  private HttpResponse<String> ask(String assertion) throws Exception {
    return domain.send(
        domain.form(
            "/token",
            "grant_type",
            "client_credentials",
            "client_assertion_type",
            ClientAssertions.TYPE,
            "client_assertion",
            assertion));
  }

  private void accepted(String assertion) throws Exception {
    HttpResponse<String> response = ask(assertion);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private void refused(String assertion) throws Exception {
    HttpResponse<String> response = ask(assertion);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
    assertThat(json(response).string("error")).isEqualTo("invalid_client");
    assertThat(response.headers().firstValue("WWW-Authenticate")).isPresent();
  }

  private void refusedBeside(UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
    refused(byEc(change.apply(claims("ec-client")).build()));
    accepted(byEc(claims("ec-client").build()));
  }

  @Test
  void everyAlgorithmWorks() throws Exception {
    accepted(byEc(claims("ec-client").build()));
    accepted(byRsa(JWSAlgorithm.PS256, "rsa-client"));
    accepted(byEd25519("EdDSA", claims("ed-client").build()));
    accepted(byEd25519("Ed25519", claims("ed-client").build()));
    assertThat(domain.signer.requests().getFirst().ground().kind()).isEqualTo("private_key_jwt");
    assertThat(domain.signer.requests().getFirst().ground().reference()).isNotEmpty();
  }

  private String byRsa(JWSAlgorithm algorithm, String client) throws JOSEException {
    return signed(algorithm, rsa, new RSASSASigner(rsa), claims(client).build());
  }

  private String byEd25519(String algorithm, JWTClaimsSet claims) throws Exception {
    String input =
        Base64Url.encode(
                "{\"alg\":\"%s\"}".formatted(algorithm).getBytes(StandardCharsets.US_ASCII))
            + "."
            + Base64Url.encode(claims.toString().getBytes(StandardCharsets.UTF_8));
    return input + "." + Base64Url.encode(ed25519.sign(input.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void rs256IsAConcession() throws Exception {
    refused(byRsa(JWSAlgorithm.RS256, "rsa-client"));
    register("old-client", rsa.toPublicJWK().toJSONString(), Concession.RS256);
    accepted(byRsa(JWSAlgorithm.RS256, "old-client"));
    accepted(byRsa(JWSAlgorithm.PS256, "old-client"));
    refused(byRsa(JWSAlgorithm.PS384, "old-client"));
    refused(byRsa(JWSAlgorithm.RS512, "old-client"));
  }

  @Test
  void aKeyThatNamesItsAlgorithmHasThatOne() throws Exception {
    RSAKey pss = new RSAKey.Builder(rsa.toPublicJWK()).algorithm(JWSAlgorithm.PS256).build();
    register("pss-client", pss.toJSONString(), Concession.RS256);
    accepted(byRsa(JWSAlgorithm.PS256, "pss-client"));
    refused(byRsa(JWSAlgorithm.RS256, "pss-client"));
    String named = ed25519.key().toJson().with("alg", "Ed25519").toString();
    register("named-client", named);
    accepted(byEd25519("Ed25519", claims("named-client").build()));
    accepted(byEd25519("EdDSA", claims("named-client").build()));
  }

  @Test
  void aKeyWithoutAKidIsFoundByItsThumbprint() throws Exception {
    ECKey unnamed = new ECKeyGenerator(Curve.P_256).generate();
    register("unnamed", unnamed.toPublicJWK().toJSONString());
    ECKey byThumbprint =
        new ECKey.Builder(unnamed).keyID(unnamed.computeThumbprint().toString()).build();
    JWTClaimsSet.Builder claims = claims("unnamed");
    accepted(signed(JWSAlgorithm.ES256, byThumbprint, new ECDSASigner(unnamed), claims.build()));
    ECKey byAnother = new ECKey.Builder(unnamed).keyID(ec.getKeyID()).build();
    refused(signed(JWSAlgorithm.ES256, byAnother, new ECDSASigner(unnamed), claims.build()));
  }

  @Test
  void theTokenEndpointAsAudienceIsAConcession() throws Exception {
    String endpoint = "https://login.example/token";
    HttpResponse<String> response = ask(byEc(claims("ec-client").audience(endpoint).build()));
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(json(response).string("error_description")).contains("aud is the issuer");
    register("old-client", ec.toPublicJWK().toJSONString(), Concession.TOKEN_ENDPOINT_AUDIENCE);
    accepted(byEc(claims("old-client").audience(endpoint).build()));
    accepted(byEc(claims("old-client").build()));
    refused(byEc(claims("old-client").audience("https://login.example/introspect").build()));
  }

  @Test
  void theAudienceIsATextAndNoList() throws Exception {
    refused(byEcOf("{\"alg\":\"ES256\"}", text("ec-client").replace(ISSUER, "[" + ISSUER + "]")));
    refused(
        byEcOf(
            "{\"alg\":\"ES256\"}",
            text("ec-client").replace(ISSUER, "[" + ISSUER + "," + ISSUER + "]")));
    accepted(byEcOf("{\"alg\":\"ES256\"}", text("ec-client")));
  }

  private static final String ISSUER = "\"https://login.example\"";

  /** What an assertion says, as text. */
  private static String text(String client) {
    long now = Instant.now().getEpochSecond();
    return "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":%s,\"jti\":\"%s\",\"iat\":%d,\"exp\":%d}"
        .formatted(client, client, ISSUER, UUID.randomUUID(), now, now + 60);
  }

  private String byEcOf(String header, String claims) throws Exception {
    return byEcOf(header, claims.getBytes(StandardCharsets.UTF_8));
  }

  private String byEcOf(String header, byte[] claims) throws Exception {
    String input =
        Base64Url.encode(header.getBytes(StandardCharsets.UTF_8)) + "." + Base64Url.encode(claims);
    return input
        + "."
        + new ECDSASigner(ec)
            .sign(new JWSHeader(JWSAlgorithm.ES256), input.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void theTypeIsItsOwnOrSaysNothing() throws Exception {
    for (String type :
        new String[] {
          "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"
        }) {
      accepted(byEcOf("{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}", text("ec-client")));
    }
    for (String type :
        new String[] {"dpop+jwt", "at+jwt", "secevent+jwt", "logout+jwt", "JOSE", ""}) {
      refused(byEcOf("{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}", text("ec-client")));
    }
  }

  @Test
  void oneSpellingOfEverything() throws Exception {
    String header = "{\"alg\":\"ES256\"}";
    String good = text("ec-client");
    byte[] utf8 = good.getBytes(StandardCharsets.UTF_8);
    byte[] invalid =
        good.replace("\"iat\"", "\"x\":\"?\",\"iat\"").getBytes(StandardCharsets.UTF_8);
    invalid[good.indexOf("\"iat\"") + 5] = (byte) 0xff;
    refused(byEcOf(header, invalid));
    byte[] marked = new byte[utf8.length + 3];
    marked[0] = (byte) 0xef;
    marked[1] = (byte) 0xbb;
    marked[2] = (byte) 0xbf;
    System.arraycopy(utf8, 0, marked, 3, utf8.length);
    refused(byEcOf(header, marked));
    refused(byEcOf(header, good.replace("{", "{\"x\":\"\\ud800\",")));
    refused(byEcOf(header, good.replace("{", "{\"sub\":\"ec-client\",")));
    refused(byEcOf("{\"alg\":\"ES256\",\"alg\":\"ES256\"}", good));
    for (String extension : new String[] {"crit", "b64", "jwk", "jku", "x5u", "zip"}) {
      refused(byEcOf("{\"alg\":\"ES256\",\"" + extension + "\":\"x\"}", good));
    }
    // 2^64 milliseconds and a little: it wraps round to some time from now in a careless reader.
    long wrapped = 18_446_744_073_709_551L + Instant.now().getEpochSecond() + 200;
    refused(byEcOf(header, good.replaceAll("\"exp\":\\d+", "\"exp\":" + wrapped)));
    refused(byEcOf(header, good.replaceAll("\"exp\":\\d+", "\"exp\":1e300")));
    refused(byEcOf(header, good.replaceAll("\"exp\":\\d+", "\"exp\":-1")));
    String assertion = byEcOf(header, good);
    for (String tail : new String[] {"=", "==", " ", "!", "A"}) {
      refused(assertion + tail);
    }
    refused(assertion.substring(0, assertion.length() - 1) + stray(assertion));
    // NumericDate may have a fraction (RFC 7519 2).
    accepted(byEcOf(header, good.replaceAll("(\"iat\":\\d+)", "$1.25")));
    accepted(byEcOf(header, text("ec-client")));
  }

  /** The last character of a signature of 64 bytes has four bits to spare. */
  private static char stray(String assertion) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return alphabet.charAt(alphabet.indexOf(assertion.charAt(assertion.length() - 1)) + 1);
  }

  @Test
  void aReplayIsRefused() throws Exception {
    String assertion = byEc(claims("ec-client").build());
    accepted(assertion);
    refused(assertion);
    refused(assertion);
    accepted(byEc(claims("ec-client").build()));
  }

  @Test
  void anotherClientMayUseTheSameId() throws Exception {
    accepted(byEc(claims("ec-client").jwtID("same").build()));
    accepted(
        signed(
            JWSAlgorithm.PS256,
            rsa,
            new RSASSASigner(rsa),
            claims("rsa-client").jwtID("same").build()));
  }

  @Test
  void timesOutOfBounds() throws Exception {
    Instant now = Instant.now();
    refusedBeside(c -> c.expirationTime(Date.from(now.minusSeconds(30))));
    refusedBeside(c -> c.expirationTime(Date.from(now.plusSeconds(3600))));
    refusedBeside(c -> c.expirationTime(null));
    refusedBeside(c -> c.issueTime(null));
    refusedBeside(c -> c.issueTime(Date.from(now.plusSeconds(60))));
    refusedBeside(c -> c.notBeforeTime(Date.from(now.plusSeconds(60))));
    // The process of the test says that it began a minute ago.
    refusedBeside(c -> c.issueTime(Date.from(now.minusSeconds(90))));
  }

  @Test
  void anAssertionOfAClockThatIsAheadWorksAtOnceAndOnce() throws Exception {
    Instant asked = Instant.now();
    Date ahead = Date.from(asked.plusSeconds(8));
    String assertion = byEc(claims("ec-client").issueTime(ahead).notBeforeTime(ahead).build());
    accepted(assertion);
    assertThat(Instant.now()).isBefore(asked.plusSeconds(8));
    refused(assertion);

    // Its iat is younger than the next process, which remembers it all the same.
    domain.restart(Instant.now());
    assertThat(Instant.now()).isBefore(asked.plusSeconds(8));
    refused(assertion);
    accepted(byEc(claims("ec-client").issueTime(ahead).build()));
    refused(byEc(claims("ec-client").issueTime(Date.from(Instant.now().plusSeconds(13))).build()));
    refused(
        byEc(
            claims("ec-client")
                .issueTime(ahead)
                .notBeforeTime(Date.from(Instant.now().plusSeconds(13)))
                .build()));
  }

  @Test
  void whoHasTheKeyHearsWhatToDoAfterARestart() throws Exception {
    Instant before = Instant.now().minusSeconds(90);
    JWTClaimsSet old = claims("ec-client").issueTime(Date.from(before)).build();
    assertThat(json(ask(byEc(old))).string("error_description")).contains("make a new one");

    ECKey thief = new ECKeyGenerator(Curve.P_256).keyID(ec.getKeyID()).generate();
    String stolen = signed(JWSAlgorithm.ES256, thief, new ECDSASigner(thief), old);
    assertThat(json(ask(stolen)).string("error_description")).doesNotContain("make a new one");
    accepted(byEc(claims("ec-client").build()));
  }

  @Test
  void wrongParties() throws Exception {
    refusedBeside(c -> c.audience("https://other.example"));
    refusedBeside(c -> c.audience(List.of("https://login.example", "https://other.example")));
    refusedBeside(c -> c.audience((String) null));
    refusedBeside(c -> c.issuer("rsa-client"));
    refusedBeside(c -> c.subject("rsa-client"));
    refusedBeside(c -> c.issuer("nobody").subject("nobody"));
    refusedBeside(c -> c.jwtID(null));
    refusedBeside(c -> c.jwtID(""));
    refusedBeside(c -> c.jwtID("x".repeat(300)));
  }

  @Test
  void wrongSignatures() throws Exception {
    JWTClaimsSet good = claims("ec-client").build();
    ECKey thief = new ECKeyGenerator(Curve.P_256).keyID(ec.getKeyID()).generate();
    refused(signed(JWSAlgorithm.ES256, thief, new ECDSASigner(thief), good));
    refused(signed(JWSAlgorithm.RS256, rsa, new RSASSASigner(rsa), good));
    refused(new PlainJWT(good).serialize());
    byte[] publicKey = ec.toECPublicKey().getEncoded();
    refused(signed(JWSAlgorithm.HS256, ec, new MACSigner(publicKey), good));
    String signed = byEc(good);
    refused(signed.substring(0, signed.lastIndexOf('.') + 1));
    refused(signed.substring(0, signed.length() - 8));
    refused("garbage");
    refused("a.b.c");
    refused("a".repeat(9000));
    accepted(byEc(good));
  }

  @Test
  void theTypeMustBeNamed() throws Exception {
    String assertion = byEc(claims("ec-client").build());
    HttpResponse<String> response =
        domain.send(
            domain.form(
                "/token", "grant_type", "client_credentials", "client_assertion", assertion));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).string("error")).isEqualTo("invalid_request");
    accepted(assertion);
  }

  @Test
  void aPrivateKeyIsNotRegistered() throws Exception {
    JsonObject jwks =
        StrictJson.object(
            ("{\"keys\":[" + ec.toJSONString() + "]}").getBytes(StandardCharsets.UTF_8), 1 << 16);
    ClientRegistration registration =
        ClientRegistration.withKeys("careless", "acme", jwks, List.of(AUDIENCE), List.of());
    assertThatThrownBy(() -> domain.admin.register(registration))
        .isInstanceOf(AuthorityAdmin.RefusedException.class)
        .hasMessageContaining("private");
  }

  private void registrationRefused(String id, String why, String... jwks) {
    assertThatThrownBy(() -> register(id, String.join(",", jwks)))
        .isInstanceOf(AuthorityAdmin.RefusedException.class)
        .hasMessageContaining(why);
  }

  private static String rsa(BigInteger one, BigInteger other) {
    byte[] bytes = one.multiply(other).toByteArray();
    String n = Base64Url.encode(Arrays.copyOfRange(bytes, bytes[0] == 0 ? 1 : 0, bytes.length));
    return "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" + n + "\"}";
  }

  @Test
  void keysUnderWhichOthersSignAreNotRegistered() throws Exception {
    String identity = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ" + "A".repeat(41) + "\"}";
    BigInteger third = BigInteger.probablePrime(683, new Random(1));
    registrationRefused("cube", "its modulus is a power", rsa(third, third.pow(2)));
    registrationRefused("identity", "anybody can sign under it", identity);
    registrationRefused("zeros", "anybody can sign under it", identity.replace("AQA", "AAA"));
    // RFC 7517 A.2 prints the private half.
    registrationRefused(
        "example",
        "everybody knows its private half",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
            + "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}");
    registrationRefused(
        "prime",
        "everybody knows its private half",
        rsa(BigInteger.probablePrime(2048, new Random(9)), BigInteger.ONE));
    BigInteger[] primes = new BigInteger[5];
    for (int i = 0; i < primes.length; i++) {
      primes[i] = BigInteger.probablePrime(1025, new Random(i));
    }
    String good = rsa(primes[0], primes[1]);
    registrationRefused("exponent", "exponent is not 65537", good.replace("AQAB", "Aw"));
    registrationRefused("exponent-1", "exponent is not 65537", good.replace("AQAB", "AQ"));
    registrationRefused(
        "factor",
        "has a prime factor below 65536",
        rsa(primes[0], BigInteger.valueOf(65_521).multiply(primes[1])));
    registrationRefused(
        "pair", "share a prime", rsa(primes[0], primes[2]), rsa(primes[1], primes[2]));
    register("good", good);
    register("the-same-key", good);
    registrationRefused(
        "beside", "shares a prime with a key of another client", rsa(primes[1], primes[3]));
    register("other", rsa(primes[3], primes[4]));
  }
}
