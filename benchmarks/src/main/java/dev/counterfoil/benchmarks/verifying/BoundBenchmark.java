package dev.counterfoil.benchmarks.verifying;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.jwk.ECKey;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.verifying.BenchedVerifier.Signed;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Tokens bound to a client's key, each seen for the first time with a proof of its own (RFC 9449):
 * two signatures to check. A proof is good once, so an iteration is a fixed number of them, made
 * before it.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH opens it before a benchmark
public class BoundBenchmark {
  @Param("")
  public String run;

  /** Proofs of an iteration. Ten iterations stay below what one key may use in a minute. */
  static final int PROOFS = 4000;

  private static final URI INBOX = URI.create("https://mail.example/inbox");
  private static final Expectations BOUND =
      Expectations.audience(CounterfoilServer.AUDIENCE).accessToken().anyTenant().dpopRequired();

  /** A token with the head of its client's proofs and the key that signs them. */
  private record Bound(String token, Signed signed, String ath, String head, PrivateKey key) {}

  private final List<Bound> bound = new ArrayList<>();
  private final List<RequestContext> requests = new ArrayList<>();
  private Verifier verifier;
  private Signature raw;
  private long made;

  /** Reads tokens and keys, and starts a verifier that remembers no token. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    Path folder = Path.of(run);
    for (String line : Files.readAllLines(folder.resolve(BenchedVerifier.BOUND))) {
      int space = line.indexOf(' ');
      String token = line.substring(0, space);
      ECKey key = ECKey.parse(line.substring(space + 1));
      JsonObject head =
          JsonObject.builder()
              .put("typ", "dpop+jwt")
              .put("alg", "ES256")
              .put("jwk", PublicJwk.es256(key.toECPublicKey()).toJson())
              .build();
      bound.add(
          new Bound(
              token,
              new Signed(token),
              Hash.sha256(token.getBytes(StandardCharsets.US_ASCII)).base64Url(),
              Base64Url.encode(head.canonicalBytes()),
              key.toECPrivateKey()));
    }
    raw = BenchedVerifier.raw(bound.getFirst().token, folder.resolve(BenchedVerifier.KEYS));
    verifier =
        BenchedVerifier.open(
            folder.resolve(BenchedVerifier.POLICY), 1, BenchedVerifier.Proof.TILES);
  }

  /** Makes the proofs. */
  @Setup(Level.Iteration)
  public void prove() throws GeneralSecurityException {
    requests.clear();
    Signature signer = Signature.getInstance(Floors.ES256, AmazonCorrettoCryptoProvider.INSTANCE);
    long now = Instant.now().getEpochSecond();
    for (int i = 0; i < PROOFS; i++) {
      Bound one = bound.get(i % bound.size());
      JsonObject claims =
          JsonObject.builder()
              .put("jti", "0123456789abcdef-" + made++)
              .put("htm", "GET")
              .put("htu", INBOX.toString())
              .put("iat", now)
              .put("ath", one.ath)
              .build();
      String input = one.head + "." + Base64Url.encode(claims.canonicalBytes());
      signer.initSign(one.key);
      signer.update(input.getBytes(StandardCharsets.US_ASCII));
      requests.add(
          RequestContext.of("GET", INBOX, "192.0.2.7")
              .withDpop(input + "." + Base64Url.encode(signer.sign())));
    }
  }

  /** Ends it. */
  @TearDown(Level.Trial)
  public void close() {
    verifier.close();
  }

  /** The token's signature alone, as the first sight of a bearer token is compared with. */
  @Benchmark
  @OperationsPerInvocation(PROOFS)
  public void rawSignatures(Blackhole hole) throws Exception {
    for (int i = 0; i < PROOFS; i++) {
      Bound one = bound.get(i % bound.size());
      one.signed.check(raw);
      hole.consume(one);
    }
  }

  /** Token and proof. */
  @Benchmark
  @OperationsPerInvocation(PROOFS)
  public void boundFirstSight(Blackhole hole) {
    for (int i = 0; i < PROOFS; i++) {
      Verification verification =
          verifier.verify(bound.get(i % bound.size()).token, BOUND, requests.get(i));
      hole.consume(BenchedVerifier.require(verification));
    }
  }
}
