package dev.counterfoil.authority.token;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.claims;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenEndpointTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private String secret;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    secret =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                    "app", "acme", List.of(AUDIENCE), List.of("mail.read", "mail.send")))
            .orElseThrow();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  @Test
  void aClientGetsAToken() throws Exception {
    HttpResponse<String> response = domain.send(domain.tokenRequest("app", secret));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonObject body = json(response);
    assertThat(body.string("token_type")).isEqualTo("Bearer");
    assertThat(body.number("expires_in")).isEqualTo(600);
    assertThat(body.string("scope")).isEqualTo("mail.read mail.send");
    JsonObject claims = claims(body.string("access_token"));
    assertThat(claims.string("aud")).isEqualTo(AUDIENCE);
    assertThat(claims.string("tenant")).isEqualTo("acme");
    assertThat(claims.string("sub")).isEqualTo("app");
    assertThat(domain.signer.requests().getFirst().ground().kind())
        .isEqualTo("client_secret_basic");
    assertThat(domain.signer.requests().getFirst().clientAddress()).isEqualTo("127.0.0.1");
  }

  @Test
  void theSignerChoosesTheAlgorithmUnlessTheClientIsRegisteredWithOne() throws Exception {
    String lagging =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                        "lagging", "acme", List.of(AUDIENCE), List.of("mail.read"))
                    .signedWith("RS256"))
            .orElseThrow();

    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
    assertThat(domain.send(domain.tokenRequest("lagging", lagging)).statusCode()).isEqualTo(200);

    assertThat(domain.signer.requests().getFirst().algorithm()).isNull();
    assertThat(domain.signer.requests().getLast().algorithm()).isEqualTo("RS256");
  }

  @Test
  void aClientThatAsksForItGetsTheProofThatItsTokenWasIssued() throws Exception {
    HttpResponse<String> without = domain.send(domain.tokenRequest("app", secret));
    assertThat(json(without).has("counterfoil_proof")).isFalse();
    String proof = "";
    String token = "";
    // On a machine that is busy the checkpoint may be later than a client waits.
    for (int i = 0; proof.isEmpty() && i < 60; i++) {
      JsonObject body = json(domain.send(proofRequest("true")));
      token = body.string("access_token");
      proof = body.has("counterfoil_proof") ? body.string("counterfoil_proof") : "";
    }
    TlogProof read = TlogProof.parse(Base64Url.decode(proof));
    assertThat(read.index()).isEqualTo(TokenId.parse(claims(token).string("jti")).position());
    Leaf leaf =
        Leaf.of(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    assertThat(read.verify(leaf, domain.logKey).size()).isGreaterThan(read.index());
    assertThat(domain.send(proofRequest("yes")).statusCode()).isEqualTo(400);
  }

  private HttpRequest.Builder proofRequest(String value) {
    return domain
        .form("/token", "grant_type", "client_credentials", "counterfoil_proof", value)
        .header("Authorization", RunningDomain.basic("app", secret));
  }

  @Test
  void aClientIsRegisteredWithNoAlgorithmThatKeysAreNotOf() {
    ClientRegistration app =
        ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of("mail.read"));

    assertThatIllegalArgumentException().isThrownBy(() -> app.signedWith("HS256"));
    assertThat(app.signedWith("ML-DSA-44").tokenAlgorithm()).contains("ML-DSA-44");
  }
}
