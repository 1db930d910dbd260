package dev.counterfoil.authority;

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
import dev.counterfoil.format.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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

  @Test
  void algorithmsThatNoVerifierTakes() throws Exception {
    RSAKey rsa = new RSAKeyGenerator(2048).generate();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256)
                .type(new JOSEObjectType("dpop+jwt"))
                .jwk(rsa.toPublicJWK())
                .build(),
            proofClaims().build());
    jwt.sign(new RSASSASigner(rsa));
    refused(request(jwt.serialize()));
  }

  @Test
  void aProofOfAClockThatIsALittleAheadWaitsForItsTime() throws Exception {
    Instant issued = Instant.now().plusSeconds(1);
    String proof =
        proof(proofClaims().issueTime(Date.from(issued)).build(), "dpop+jwt", key.toPublicJWK());

    assertThat(domain.send(request(proof)).statusCode()).isEqualTo(200);
    assertThat(Instant.now()).isAfterOrEqualTo(issued.truncatedTo(ChronoUnit.SECONDS));
    refused(request(proof));
    refusedWith(c -> c.issueTime(Date.from(Instant.now().plusSeconds(5))));
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
