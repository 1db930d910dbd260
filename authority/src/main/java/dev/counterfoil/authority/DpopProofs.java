package dev.counterfoil.authority;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPTokenRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks proofs of possession at the token endpoint (RFC 9449 4.3, 5). */
final class DpopProofs {
  /** Longest proof accepted, in characters. */
  static final int LENGTH_MAX = 4 * 1024;

  /** Algorithms of proofs, by their JOSE names: what every verifier of a bound token takes too. */
  static final List<String> ALGORITHMS = List.of("ES256");

  /** Longest {@code jti} of a proof, in characters. */
  static final int ID_MAX = 256;

  private static final Duration AGE_MAX = Duration.ofSeconds(60);
  private static final Duration SKEW = Duration.ofSeconds(10);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final DPoPTokenRequestVerifier verifier;
  private final ReplayGuard replays;
  private final InstantSource clock;
  private final IssueTimes times;

  /**
   * @param tokenEndpoint the {@code htu}
   * @param replays remembers proofs and nothing else
   */
  DpopProofs(URI tokenEndpoint, ReplayGuard replays, InstantSource clock, IssueTimes times) {
    this.replays = replays;
    this.clock = clock;
    this.times = times;
    this.verifier =
        new DPoPTokenRequestVerifier(
            Set.of(JWSAlgorithm.ES256),
            tokenEndpoint,
            SKEW.toSeconds(),
            AGE_MAX.toSeconds(),
            null); // Whether it was used before is asked below, where the answer can say more.
  }

  /** Checks a client's proof and gives the thumbprint of its key for {@code cnf.jkt}. */
  String check(String clientId, String proof) throws RequestRefusedException, InterruptedException {
    if (proof.length() > LENGTH_MAX) {
      throw refused("proof is longer than " + LENGTH_MAX + " characters");
    }
    try {
      SignedJWT jwt = SignedJWT.parse(proof);
      @Nullable Date issued = jwt.getJWTClaimsSet().getIssueTime();
      if (issued == null || times.isBeforeStart(issued.toInstant())) {
        throw refused("proof has no iat, or is older than this server: make a new one");
      }
      if (times.isTooFarAhead(issued.toInstant())) {
        throw refused("proof's iat lies ahead: set the client's clock");
      }
      @Nullable String id = jwt.getJWTClaimsSet().getJWTID();
      if (id == null || id.isEmpty() || id.length() > ID_MAX) {
        throw refused("proof has no jti, or one of more than " + ID_MAX + " characters");
      }
      verifier.verify(new DPoPIssuer(clientId), jwt, null);
      String thumbprint = thumbprint(proof);
      useOnce(clientId, id);
      if (!times.awaitIssue(issued.toInstant())) {
        throw refused("proof's iat lies ahead: make a new one");
      }
      return thumbprint;
    } catch (FormatException | ParseException | InvalidDPoPProofException | JOSEException e) {
      throw refused("proof is not good: want a fresh one for POST to the token endpoint");
    } catch (IllegalArgumentException e) {
      // The library's values refuse what they cannot hold, such as an empty jti.
      throw refused("proof is malformed");
    }
  }

  /**
   * Of the proof's key (RFC 7638), by the one encoding that it has. The library hashes the key as
   * it is written and reads it leniently, so that one key could have many thumbprints, and a token
   * could be bound to one that no verifier computes.
   */
  private static String thumbprint(String proof) throws FormatException {
    byte[] header = Base64Url.decode(proof.substring(0, proof.indexOf('.')));
    return PublicJwk.parse(StrictJson.object(header, LENGTH_MAX).object("jwk")).thumbprint();
  }

  private void useOnce(String clientId, String id) throws RequestRefusedException {
    Instant until = clock.instant().plus(AGE_MAX).plus(SKEW).plus(SKEW);
    switch (replays.use(clientId, id, until)) {
      case FIRST -> {
        // Nobody used it before.
      }
      case REPEATED -> throw refused("proof was used before: make a new one");
      case FULL ->
          throw new RequestRefusedException(
              new OAuthError(
                  OAuthError.Code.QUOTA,
                  "the client sent too many proofs in a short time: ask less often",
                  RETRY_AFTER));
    }
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.INVALID_DPOP_PROOF, description));
  }
}
