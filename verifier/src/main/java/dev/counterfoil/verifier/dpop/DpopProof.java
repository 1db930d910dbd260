package dev.counterfoil.verifier.dpop;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Checks DPoP proofs (RFC 9449 4.3): that the client which sends a request holds a key, and made
 * the proof just now and for this once.
 */
public final class DpopProof {
  /** What was found. */
  public sealed interface Outcome permits Bound, Rejected, NonceWanted {}

  /**
   * The proof holds.
   *
   * @param thumbprint RFC 7638 thumbprint of the client's key, for {@code cnf.jkt}
   */
  public record Bound(String thumbprint) implements Outcome {}

  /**
   * The proof does not hold.
   *
   * @param reason safe to show
   */
  public record Rejected(String reason) implements Outcome {}

  /**
   * The proof would hold, and has not the nonce of now: the client makes it again with the one it
   * is given (RFC 9449 9). This one is not used up.
   */
  public record NonceWanted() implements Outcome {}

  private final DpopReader reader = new DpopReader();
  private final Duration window;
  private final Instant madeAt;
  private final UsedProofs used;
  private final Duration clocksApart;
  private final @Nullable DpopNonces nonces;

  /**
   * Makes a check that remembers the proofs it has seen.
   *
   * @param window how far a proof's {@code iat} may lie from now, before or after
   * @param proofsMax proofs remembered; when all of them are still in the window, others are
   *     rejected. One key fills an eighth of it at most.
   * @param madeAt now: proofs from before are rejected, since they may have been used before a
   *     restart
   */
  public DpopProof(Duration window, int proofsMax, Instant madeAt) {
    this(window, madeAt, new ReplayWindow(proofsMax), Duration.ZERO, null);
  }

  /**
   * @param clocksApart how far the clocks of those who share the store may lie apart: a proof that
   *     one of them takes for too old, another may take still
   */
  public DpopProof(
      Duration window,
      Instant madeAt,
      UsedProofs used,
      Duration clocksApart,
      @Nullable DpopNonces nonces) {
    this.window = window;
    this.madeAt = madeAt;
    this.used = used;
    this.clocksApart = clocksApart;
    this.nonces = nonces;
  }

  /**
   * Checks the proof of a request that carries an access token (RFC 9449 7.1).
   *
   * @param proof the {@code DPoP} header
   * @param method the request's method
   * @param uri the request's URI, as the client sees it
   * @param accessToken the token, which the proof must name by its hash
   * @param thumbprint the token's {@code cnf.jkt}
   */
  public Outcome check(
      String proof, String method, URI uri, String accessToken, String thumbprint, Instant now) {
    try {
      DpopReader.Proof read = reader.read(proof, method, uri);
      String holder = read.thumbprint();
      long issued = read.issuedAt().getEpochSecond();
      if (Math.abs(issued - now.getEpochSecond()) > window.toSeconds()) {
        throw new FormatException("proof is too old, or from the future");
      }
      // An iat has whole seconds: one of the second of the start may be of after the start.
      if (issued < madeAt.getEpochSecond()) {
        throw new FormatException("proof is older than this service's start: make a new one");
      }
      if (!accessTokenHash(accessToken).equals(read.tokenHash().orElse(""))) {
        throw new FormatException("proof is for another token");
      }
      if (!thumbprint.equals(holder)) {
        throw new FormatException("proof is by another key than the token is bound to");
      }
      if (nonces != null && !nonces.isGood(read.nonce().orElse(""), now)) {
        return new NonceWanted();
      }
      takeOnce(holder, read.jti(), issued, now);
      return new Bound(holder);
    } catch (FormatException e) {
      return new Rejected(String.valueOf(e.getMessage()));
    }
  }

  /** Remembers a proof for as long as its {@code iat} lets it count, also one that is ahead. */
  private void takeOnce(String thumbprint, String jti, long issued, Instant now)
      throws FormatException {
    Hash holder = Hash.sha256(thumbprint.getBytes(StandardCharsets.UTF_8));
    Hash proof = Hash.sha256((thumbprint + "." + jti).getBytes(StandardCharsets.UTF_8));
    Instant forgetAt = Instant.ofEpochSecond(issued).plus(window).plusSeconds(1).plus(clocksApart);
    switch (used.take(holder, proof, now, forgetAt)) {
      case FIRST -> {}
      case REPEATED -> throw new FormatException("proof was used before");
      case SHARE_FULL ->
          throw new FormatException("too many proofs of this key are in use: wait a minute");
      case FULL -> throw new FormatException("too many proofs are in use: wait a minute");
      case UNKNOWN -> throw new FormatException("whether the proof was used is not known");
    }
  }

  /** The {@code ath} of a token (RFC 9449 4.2). */
  public static String accessTokenHash(String accessToken) {
    return Hash.sha256(accessToken.getBytes(StandardCharsets.US_ASCII)).base64Url();
  }
}
