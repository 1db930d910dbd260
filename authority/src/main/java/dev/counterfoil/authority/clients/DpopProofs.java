package dev.counterfoil.authority.clients;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.verifier.dpop.DpopReader;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Checks proofs of possession at the token endpoint (RFC 9449 4.3, 5). */
public final class DpopProofs {
  /** Longest proof accepted, in characters. */
  static final int LENGTH_MAX = 4 * 1024;

  /** Algorithms of proofs, by their JOSE names: what every verifier of a bound token takes too. */
  public static final List<String> ALGORITHMS = DpopReader.ALGORITHMS;

  /** Longest {@code jti} of a proof, in characters. */
  static final int ID_MAX = DpopReader.JTI_MAX;

  private static final Duration AGE_MAX = Duration.ofSeconds(60);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final DpopReader reader = new DpopReader();
  private final URI tokenEndpoint;
  private final UsedOnce used;
  private final InstantSource clock;
  private final IssueTimes times;

  /**
   * @param tokenEndpoint the {@code htu}
   * @param used remembers proofs and nothing else
   */
  public DpopProofs(URI tokenEndpoint, UsedOnce used, InstantSource clock, IssueTimes times) {
    this.tokenEndpoint = tokenEndpoint;
    this.used = used;
    this.clock = clock;
    this.times = times;
  }

  /** Checks a client's proof and gives the thumbprint of its key for {@code cnf.jkt}. */
  public String check(String clientId, String proof) throws RequestRefusedException {
    if (proof.length() > LENGTH_MAX) {
      throw refused("proof is longer than " + LENGTH_MAX + " characters");
    }
    DpopReader.Proof read;
    try {
      read = reader.read(proof, "POST", tokenEndpoint);
    } catch (FormatException e) {
      throw refused(e.getMessage() + ": want a fresh proof for POST to the token endpoint");
    }
    if (times.isBeforeStart(read.issuedAt())) {
      throw refused("proof is older than this server: make a new one");
    }
    if (times.isTooFarAhead(read.issuedAt())) {
      throw refused("proof's iat lies ahead: set the client's clock");
    }
    Instant until = read.issuedAt().plus(AGE_MAX).plusSeconds(1);
    if (!clock.instant().isBefore(until)) {
      throw refused("proof is older than " + AGE_MAX.toSeconds() + " seconds: make a new one");
    }
    useOnce(clientId, read, until);
    return read.thumbprint();
  }

  private void useOnce(String clientId, DpopReader.Proof proof, Instant until)
      throws RequestRefusedException {
    switch (used.use(clientId, proof.jti(), proof.issuedAt(), until)) {
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
      case AHEAD_FULL ->
          throw new RequestRefusedException(
              new OAuthError(
                  OAuthError.Code.QUOTA,
                  "the client sent too many proofs whose iat lies ahead: set its clock",
                  RETRY_AFTER));
    }
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.INVALID_DPOP_PROOF, description));
  }
}
