package dev.counterfoil.benchmarks;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tokens asked for one at a time while the load runs, and checked when it is over: the proof that
 * what the load generator counted are tokens.
 */
final class TokenSample {
  /** Pause between two: few enough to leave the processors to the load. */
  static final Duration PAUSE = Duration.ofMillis(50);

  private final Server server;
  private final List<String> tokens = new ArrayList<>();

  TokenSample(Server server) {
    this.server = server;
  }

  /** Asks for one. */
  void take() throws IOException, InterruptedException {
    HttpResponse<String> answer = Http.token(server);
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(
          server.name() + " refused a token: " + answer.statusCode() + " " + answer.body());
    }
    tokens.add(JsonMapper.shared().readTree(answer.body()).path("access_token").asString());
  }

  List<String> tokens() {
    return List.copyOf(tokens);
  }

  /**
   * Checks signature, algorithm, issuer, end and that no two share an id.
   *
   * @return how many there were, all good
   */
  int check(InstantSource clock)
      throws IOException, InterruptedException, ParseException, JOSEException {
    JWKSet keys = JWKSet.parse(Http.get(server.jwks()).body());
    Set<String> ids = new HashSet<>();
    for (String token : tokens) {
      SignedJWT jwt = SignedJWT.parse(token);
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      JWK key = keys.getKeyByKeyId(jwt.getHeader().getKeyID());
      require(key != null, "its key is not in the JWKS");
      require(JWSAlgorithm.ES256.equals(jwt.getHeader().getAlgorithm()), "it is not ES256");
      require(jwt.verify(new ECDSAVerifier(key.toECKey())), "its signature is wrong");
      require(server.issuer().equals(claims.getIssuer()), "its issuer is " + claims.getIssuer());
      require(
          claims.getExpirationTime() != null
              && claims.getExpirationTime().toInstant().isAfter(clock.instant()),
          "it has expired");
      require(ids.add(claims.getJWTID()), "two have one id");
    }
    return tokens.size();
  }

  private void require(boolean held, String failure) {
    if (!held) {
      throw new IllegalStateException("A token of " + server.name() + " is no good: " + failure);
    }
  }
}
