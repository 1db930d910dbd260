package dev.counterfoil.authority;

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
import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
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

  private void register(String id, String jwk) throws Exception {
    JsonObject jwks =
        StrictJson.object(("{\"keys\":[" + jwk + "]}").getBytes(StandardCharsets.UTF_8), 1 << 16);
    assertThat(
            domain.admin.register(
                ClientRegistration.withKeys(
                    id, "acme", jwks, List.of(AUDIENCE), List.of("mail.read"))))
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
    accepted(signed(JWSAlgorithm.RS256, rsa, new RSASSASigner(rsa), claims("rsa-client").build()));
    accepted(byEd25519(claims("ed-client").build()));
    assertThat(domain.signer.requests().getFirst().ground().kind()).isEqualTo("private_key_jwt");
    assertThat(domain.signer.requests().getFirst().ground().reference()).isNotEmpty();
  }

  private String byEd25519(JWTClaimsSet claims) throws Exception {
    String input =
        Base64Url.encode("{\"alg\":\"EdDSA\"}".getBytes(StandardCharsets.US_ASCII))
            + "."
            + Base64Url.encode(claims.toString().getBytes(StandardCharsets.UTF_8));
    return input + "." + Base64Url.encode(ed25519.sign(input.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void theTokenEndpointIsAnAudienceToo() throws Exception {
    accepted(byEc(claims("ec-client").audience("https://login.example/token").build()));
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
            JWSAlgorithm.RS256,
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
  void anAssertionOfAClockThatIsALittleAheadWaitsForItsTime() throws Exception {
    Instant issued = Instant.now().plusSeconds(1);
    String assertion = byEc(claims("ec-client").issueTime(Date.from(issued)).build());

    accepted(assertion);
    assertThat(Instant.now()).isAfterOrEqualTo(issued.truncatedTo(ChronoUnit.SECONDS));
    refused(assertion);
    refusedBeside(c -> c.issueTime(Date.from(Instant.now().plusSeconds(5))));
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
}
