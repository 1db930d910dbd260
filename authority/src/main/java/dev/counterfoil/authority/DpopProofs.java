package dev.counterfoil.authority;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPProofUse;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPTokenRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import com.nimbusds.oauth2.sdk.util.singleuse.AlreadyUsedException;
import com.nimbusds.oauth2.sdk.util.singleuse.SingleUseChecker;
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

  /** Algorithms of proofs, by their JOSE names. */
  static final List<String> ALGORITHMS = List.of("ES256", "RS256");

  private static final Duration AGE_MAX = Duration.ofSeconds(60);
  private static final Duration SKEW = Duration.ofSeconds(10);

  private final DPoPTokenRequestVerifier verifier;
  private final InstantSource clock;
  private final Instant startedAt;

  /**
   * @param tokenEndpoint the {@code htu}
   * @param startedAt when this process began; proofs from before may have been used
   */
  DpopProofs(URI tokenEndpoint, ReplayGuard replays, InstantSource clock, Instant startedAt) {
    this.clock = clock;
    this.startedAt = startedAt;
    SingleUseChecker<DPoPProofUse> once =
        use -> {
          Instant until = clock.instant().plus(AGE_MAX).plus(SKEW).plus(SKEW);
          ReplayGuard.Use first =
              replays.use(use.getIssuer().getValue(), use.getJWTID().getValue(), until);
          if (first != ReplayGuard.Use.FIRST) {
            throw new AlreadyUsedException("proof was used before");
          }
        };
    this.verifier =
        new DPoPTokenRequestVerifier(
            Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256),
            tokenEndpoint,
            SKEW.toSeconds(),
            AGE_MAX.toSeconds(),
            once);
  }

  /** Checks a client's proof and gives the thumbprint of its key for {@code cnf.jkt}. */
  String check(String clientId, String proof) throws RequestRefusedException {
    if (proof.length() > LENGTH_MAX) {
      throw refused("proof is longer than " + LENGTH_MAX + " characters");
    }
    try {
      SignedJWT jwt = SignedJWT.parse(proof);
      @Nullable Date issued = jwt.getJWTClaimsSet().getIssueTime();
      if (issued == null || !issued.toInstant().isAfter(startedAt)) {
        throw refused("proof has no iat, or is older than this server: make a new one");
      }
      if (issued.toInstant().isAfter(clock.instant().plus(SKEW))) {
        throw refused("proof's iat lies ahead: set the client's clock");
      }
      return verifier.verify(new DPoPIssuer(clientId), jwt, null).getValue().toString();
    } catch (ParseException | InvalidDPoPProofException | JOSEException e) {
      throw refused("proof is not good: want a fresh one for POST to the token endpoint");
    } catch (IllegalArgumentException e) {
      // The library's values refuse what they cannot hold, such as an empty jti.
      throw refused("proof is malformed");
    }
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.INVALID_DPOP_PROOF, description));
  }
}
