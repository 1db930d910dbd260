package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static dev.counterfoil.authority.RunningDomain.claims;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens bound to a client's key (RFC 9449). */
class DpopTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private String app;
  private String bound;
  private ECKey key;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    app =
        domain
            .admin
            .register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of()))
            .orElseThrow();
    bound =
        domain
            .admin
            .register(
                ClientRegistration.withSecret("bound", "acme", List.of(AUDIENCE), List.of())
                    .dpopBound())
            .orElseThrow();
    key = new ECKeyGenerator(Curve.P_256).generate();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private static JWTClaimsSet.Builder proofClaims() {
    return new JWTClaimsSet.Builder()
        .jwtID(UUID.randomUUID().toString())
        .claim("htm", "POST")
        .claim("htu", "https://login.example/token")
        .issueTime(Date.from(Instant.now()));
  }

  private String proof(JWTClaimsSet claims, String type, JWK shown) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(new JOSEObjectType(type))
                .jwk(shown)
                .build(),
            claims);
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  private String good() throws Exception {
    return proof(proofClaims().build(), "dpop+jwt", key.toPublicJWK());
  }

  private HttpRequest.Builder request(String proof) {
    return domain
        .form("/token", "grant_type", "client_credentials")
        .header("Authorization", basic("app", app))
        .header("DPoP", proof);
  }

  private void refused(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response = domain.send(request);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(json(response).string("error")).isEqualTo("invalid_dpop_proof");
    assertThat(domain.send(request(good())).statusCode()).isEqualTo(200);
  }

  private void refusedWith(UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
    refused(request(proof(change.apply(proofClaims()).build(), "dpop+jwt", key.toPublicJWK())));
  }

  @Test
  void aTokenIsBoundToTheKeyOfTheProof() throws Exception {
    HttpResponse<String> response = domain.send(request(good()));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonObject body = json(response);
    assertThat(body.string("token_type")).isEqualTo("DPoP");
    assertThat(claims(body.string("access_token")).object("cnf").string("jkt"))
        .isEqualTo(key.computeThumbprint().toString());
  }

  @Test
  void introspectionNamesTheKey() throws Exception {
    String mail =
        domain
            .admin
            .register(
                ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of())
                    .introspecting())
            .orElseThrow();
    String token = json(domain.send(request(good()))).string("access_token");

    JsonObject answer =
        json(
            domain.send(
                domain
                    .form("/introspect", "token", token)
                    .header("Authorization", basic("mail", mail))));

    assertThat(answer.truth("active")).isTrue();
    assertThat(answer.string("token_type")).isEqualTo("DPoP");
    assertThat(answer.object("cnf").string("jkt")).isEqualTo(key.computeThumbprint().toString());
  }

  @Test
  void aReplayIsRefused() throws Exception {
    String proof = good();
    assertThat(domain.send(request(proof)).statusCode()).isEqualTo(200);
    refused(request(proof));
  }

  @Test
  void proofsForOtherRequests() throws Exception {
    refusedWith(c -> c.claim("htm", "GET"));
    refusedWith(c -> c.claim("htm", null));
    refusedWith(c -> c.claim("htu", "https://login.example/introspect"));
    refusedWith(c -> c.claim("htu", "https://other.example/token"));
    refusedWith(c -> c.claim("htu", null));
  }

  @Test
  void proofsOfAnotherTime() throws Exception {
    Instant now = Instant.now();
    refusedWith(c -> c.issueTime(Date.from(now.minusSeconds(300))));
    refusedWith(c -> c.issueTime(Date.from(now.minusSeconds(63))));
    // RunningDomain's process began a minute ago: begun earlier, it takes what is that old.
    domain.restart(now.minusSeconds(600));
    refusedWith(c -> c.issueTime(Date.from(now.minusSeconds(63))));
    for (int age : new int[] {11, 30, 55}) {
      String old =
          proof(
              proofClaims().issueTime(Date.from(Instant.now().minusSeconds(age))).build(),
              "dpop+jwt",
              key.toPublicJWK());
      assertThat(domain.send(request(old)).statusCode()).as("%d s", age).isEqualTo(200);
    }
    refusedWith(c -> c.issueTime(Date.from(now.plusSeconds(300))));
    refusedWith(c -> c.issueTime(null));
    refusedWith(c -> c.jwtID(null));
  }

  @Test
  void longIds() throws Exception {
    refusedWith(c -> c.jwtID("x".repeat(DpopProofs.ID_MAX + 1)));
    refusedWith(c -> c.jwtID(""));
    String longest =
        proof(
            proofClaims().jwtID("x".repeat(DpopProofs.ID_MAX)).build(),
            "dpop+jwt",
            key.toPublicJWK());
    assertThat(domain.send(request(longest)).statusCode()).isEqualTo(200);
  }

  private String byRsa(RSAKey rsa, JWSAlgorithm algorithm) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(algorithm)
                .type(new JOSEObjectType("dpop+jwt"))
                .jwk(rsa.toPublicJWK())
                .build(),
            proofClaims().build());
    jwt.sign(new RSASSASigner(rsa));
    return jwt.serialize();
  }

  @Test
  void rsaKeysSignWithPs256() throws Exception {
    RSAKey rsa = new RSAKeyGenerator(2048).generate();
    HttpResponse<String> response = domain.send(request(byRsa(rsa, JWSAlgorithm.PS256)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(claims(json(response).string("access_token")).object("cnf").string("jkt"))
        .isEqualTo(rsa.computeThumbprint().toString());
    refused(request(byRsa(rsa, JWSAlgorithm.RS256)));
    refused(request(byRsa(rsa, JWSAlgorithm.PS384)));
  }

  @Test
  void ed25519KeysSignUnderBothNames() throws Exception {
    FakeRegistrar.Ed25519 pair = new FakeRegistrar.Ed25519();
    for (String algorithm : new String[] {"EdDSA", "Ed25519"}) {
      String header =
          "{\"alg\":\"%s\",\"typ\":\"dpop+jwt\",\"jwk\":%s}"
              .formatted(algorithm, pair.key().toJson());
      String input =
          Base64Url.encode(header.getBytes(StandardCharsets.UTF_8))
              + "."
              + Base64Url.encode(proofClaims().build().toString().getBytes(StandardCharsets.UTF_8));
      byte[] signature = pair.sign(input.getBytes(StandardCharsets.US_ASCII));
      HttpResponse<String> response =
          domain.send(request(input + "." + Base64Url.encode(signature)));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
  }

  @Test
  void aProofOfAClockThatIsAheadWorksAtOnceAndOnce() throws Exception {
    Instant asked = Instant.now();
    String proof =
        proof(
            proofClaims().issueTime(Date.from(asked.plusSeconds(8))).build(),
            "dpop+jwt",
            key.toPublicJWK());

    assertThat(domain.send(request(proof)).statusCode()).isEqualTo(200);
    refused(request(proof));
    domain.restart(Instant.now());
    assertThat(Instant.now()).isBefore(asked.plusSeconds(8));
    HttpResponse<String> again = domain.send(request(proof));
    assertThat(json(again).string("error_description")).contains("was used before");
    String further =
        proof(
            proofClaims().issueTime(Date.from(Instant.now().plusSeconds(13))).build(),
            "dpop+jwt",
            key.toPublicJWK());
    assertThat(json(domain.send(request(further))).string("error_description"))
        .contains("lies ahead");
  }

  @Test
  void malformedProofs() throws Exception {
    refused(request("garbage"));
    refused(request("a.b.c"));
    refused(request("x".repeat(5000)));
    refused(request(good()).header("DPoP", good()));
    refused(request(proof(proofClaims().build(), "jwt", key.toPublicJWK())));
    ECKey other = new ECKeyGenerator(Curve.P_256).generate();
    refused(request(proof(proofClaims().build(), "dpop+jwt", other.toPublicJWK())));
  }

  @Test
  void aClientWhoseTokensMustBeBoundNeedsAProof() throws Exception {
    HttpResponse<String> response = domain.send(domain.tokenRequest("bound", bound));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).string("error")).isEqualTo("invalid_request");
    assertThat(domain.send(domain.tokenRequest("bound", bound).header("DPoP", good())).statusCode())
        .isEqualTo(200);
  }
}
