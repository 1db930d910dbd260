package dev.counterfoil.benchmarks.issuing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts one load after another on a token endpoint, and lets no figure count anything but tokens.
 */
final class TokenLoad {
  /** Assertions made ahead for a load, a second of it: more than any server here takes. */
  private static final int ASSERTIONS_PER_SECOND = 20_000;

  /** How the client authenticates: its name in an authorization server's metadata, and script. */
  enum Method {
    /** A secret in the Authorization header (RFC 6749 2.3.1). */
    CLIENT_SECRET_BASIC("basic.lua"),
    /** A signed assertion, each used once (RFC 7523 2.2). */
    PRIVATE_KEY_JWT("assertions.lua");

    private final String script;

    Method(String script) {
      this.script = script;
    }
  }

  /**
   * One load, measured and checked.
   *
   * @param sampled tokens that were taken during the load and verified
   * @param processorMicros processor time for one token, by process of the server's
   */
  record Outcome(Wrk.Figures figures, List<String> sampled, Map<String, Double> processorMicros) {}

  private final Server server;
  private final Path folder;

  /**
   * On a server that runs.
   *
   * @param folder for credentials and logs
   */
  TokenLoad(Server server, Path folder) {
    this.server = server;
    this.folder = folder;
  }

  /** Loads it without measuring, until its code is compiled and its caches are full. */
  void warmUp(Method method, int connections, int seconds) throws Exception {
    Path own = Files.createTempDirectory(folder, "warm-up");
    // One token before thousands: a refusal is shown with the server's reason.
    switch (method) {
      case CLIENT_SECRET_BASIC -> server.token();
      case PRIVATE_KEY_JWT -> {
        Path one = own.resolve("one.txt");
        Assertions.write(one, server, 1);
        server.token(Files.readString(one).strip());
      }
    }
    load(own, method, connections, seconds, () -> {});
  }

  /** Loads it and measures. */
  Outcome measure(Method method, int connections, int seconds) throws Exception {
    Path own = Files.createTempDirectory(folder, "load");
    List<String> sampled = new ArrayList<>();
    Map<String, Double> before = Resident.processorSeconds(server.child().all());
    Wrk.Figures figures =
        load(own, method, connections, seconds, () -> sampled.add(server.token()));
    Map<String, Double> after = Resident.processorSeconds(server.child().all());
    if (figures.errors() > 0 || figures.requests() == 0) {
      throw new IllegalStateException(
          server.name() + ": answers that are no tokens make this run void: " + figures);
    }
    if (method == Method.PRIVATE_KEY_JWT
        && figures.requests() + connections >= (long) seconds * ASSERTIONS_PER_SECOND) {
      throw new IllegalStateException("The assertions ran out: the rate would be wrong.");
    }
    check(sampled);
    return new Outcome(figures, sampled, Resident.microsForOne(before, after, figures.requests()));
  }

  private Wrk.Figures load(
      Path own, Method method, int connections, int seconds, Wrk.Meanwhile meanwhile)
      throws IOException, InterruptedException, JOSEException, GeneralSecurityException {
    Path credentials = own.resolve("credentials.txt");
    switch (method) {
      case CLIENT_SECRET_BASIC ->
          Files.writeString(RunFolder.secret(credentials), server.client().authorization());
      case PRIVATE_KEY_JWT ->
          Assertions.write(credentials, server, seconds * ASSERTIONS_PER_SECOND);
    }
    Path form = Files.writeString(own.resolve("form.txt"), Server.FORM);
    return Wrk.run(
        own,
        server.tokenEndpoint(),
        connections,
        Duration.ofSeconds(seconds),
        method.script,
        List.of(credentials.toString(), form.toString()),
        meanwhile);
  }

  /** Signature, algorithm, issuer, end, and that no two share an id. */
  private void check(List<String> tokens)
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
              && claims.getExpirationTime().toInstant().isAfter(Instant.now()),
          "it has expired");
      require(ids.add(claims.getJWTID()), "two have one id");
    }
  }

  private void require(boolean held, String failure) {
    if (!held) {
      throw new IllegalStateException(
          "A token of " + server.name() + " is not as it should be: " + failure);
    }
  }
}
