package dev.counterfoil.benchmarks.verifying;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.StreamState;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;

/** A verifier as benchmarks use it: of a throwaway installation, ready. */
public final class BenchedVerifier {
  /** Where tokens are proved. */
  enum Proof {
    /** By tiles of the log, which are fetched once. */
    TILES,
    /** By a proof that the authority gives for each token. */
    ONLINE,
    /** By a proof that the client sends. */
    STAPLED,
    /** By every leaf, received as it is recorded. */
    STREAM,
    /** By tiles, and let in all the same where there are none. */
    REPORT
  }

  /** Files in the folder of a run: the policy, tokens, tokens with keys, the issuer's JWKS. */
  static final String POLICY = "data/domains/bench/policy.txt";

  static final String TOKENS = "tokens.txt";
  static final String BOUND = "bound.txt";
  static final String KEYS = "jwks.json";

  static final Expectations BEARER =
      Expectations.audience(CounterfoilServer.AUDIENCE).accessToken().anyTenant().bearerAllowed();

  private static final Duration FETCH_MAX = Duration.ofSeconds(5);
  private static final int ATTEMPTS_MAX = 10_000;
  private static final int TILES = 1024;

  private BenchedVerifier() {}

  /**
   * Starts one and waits until it has the keys.
   *
   * @param tokensMax verified tokens that it remembers
   */
  static Verifier open(Path policy, int tokensMax, Proof proof)
      throws IOException, FormatException, InterruptedException {
    VerifierBuilder builder =
        Verifier.builder(TrustPolicy.parse(Files.readAllBytes(policy)))
            .limits(VerifierLimits.defaults().withMemory(tokensMax, TILES))
            .network(network(proof));
    Verifier verifier =
        switch (proof) {
          case TILES, ONLINE -> builder.build();
          case STAPLED -> builder.stapling(Stapling.REQUIRED).build();
          case STREAM -> builder.stream().build();
          case REPORT -> builder.reportedOnly(SightingSink.none()).build();
        };
    for (int i = 0; !isReady(verifier, proof) && i < ATTEMPTS_MAX; i++) {
      Thread.sleep(1);
    }
    return verifier;
  }

  private static boolean isReady(Verifier verifier, Proof proof) {
    return verifier.isReady()
        && (proof != Proof.STREAM
            || (!verifier.streams().isEmpty()
                && verifier.streams().stream().allMatch(StreamState::isRunning)));
  }

  private static ReadSide network(Proof proof) {
    ReadSide http = HttpReadSide.create(FETCH_MAX);
    if (proof != Proof.ONLINE) {
      return http;
    }
    return (uri, bytesMax) -> {
      if (uri.getPath().contains("/tile/") && !uri.getPath().contains("/logs/keys/")) {
        throw new FileNotFoundException("status 404");
      }
      return http.get(uri, bytesMax);
    };
  }

  static Verification require(Verification verification) {
    if (!verification.isVerified()) {
      throw new IllegalStateException("an honest token is refused: " + verification);
    }
    return verification;
  }

  /** Throws for a token that the verifier which services embed refuses. */
  public static void requireIssued(Path policy, List<String> tokens)
      throws IOException, FormatException, InterruptedException {
    try (Verifier verifier = open(policy, tokens.size() + 1, Proof.TILES)) {
      tokens.forEach(token -> require(verifier.verify(token, BEARER)));
    }
  }

  /**
   * ES256 with AWS-LC and nothing around it, with the key of a token.
   *
   * @param keys file with the issuer's JWKS
   */
  static Signature raw(String token, Path keys)
      throws IOException, ParseException, JOSEException, GeneralSecurityException {
    String kid = SignedJWT.parse(token).getHeader().getKeyID();
    byte[] spki =
        JWKSet.parse(Files.readString(keys))
            .getKeyByKeyId(kid)
            .toECKey()
            .toECPublicKey()
            .getEncoded();
    Signature check = Signature.getInstance(Floors.ES256, AmazonCorrettoCryptoProvider.INSTANCE);
    check.initVerify(
        KeyFactory.getInstance("EC", AmazonCorrettoCryptoProvider.INSTANCE)
            .generatePublic(new X509EncodedKeySpec(spki)));
    return check;
  }

  /** A token's parts for a raw check. */
  static final class Signed {
    private final byte[] input;
    private final byte[] signature;

    Signed(String token) throws ParseException {
      SignedJWT jwt = SignedJWT.parse(token);
      input = jwt.getSigningInput();
      signature = jwt.getSignature().decode();
    }

    void check(Signature raw) throws GeneralSecurityException {
      raw.update(input);
      if (!raw.verify(signature)) {
        throw new IllegalStateException("an honest token's signature is not good");
      }
    }
  }
}
