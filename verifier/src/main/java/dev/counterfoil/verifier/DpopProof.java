package dev.counterfoil.verifier;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks DPoP proofs (RFC 9449 4.3): that the client which sends a request holds a key. Takes keys
 * of ES256 and EdDSA.
 */
public final class DpopProof {
  /** Longest proof accepted, in characters. */
  public static final int LENGTH_MAX = 8 * 1024;

  /** Longest {@code jti} accepted, in characters. */
  public static final int JTI_MAX = 256;

  private static final String TYPE = "dpop+jwt";
  private static final Set<PublicJwk.Algorithm> ALGORITHMS =
      Set.of(PublicJwk.Algorithm.ES256, PublicJwk.Algorithm.EDDSA);

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

  private final SignatureCheck signatures;
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
    this(SignatureCheck.best(), window, madeAt, new ReplayWindow(proofsMax), Duration.ZERO, null);
  }

  /**
   * @param clocksApart how far the clocks of those who share the store may lie apart: a proof that
   *     one of them takes for too old, another may take still
   */
  DpopProof(
      SignatureCheck signatures,
      Duration window,
      Instant madeAt,
      UsedProofs used,
      Duration clocksApart,
      @Nullable DpopNonces nonces) {
    this.signatures = signatures;
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
    return check(proof, method, uri, now, accessToken, thumbprint);
  }

  /** Checks the proof of a token request (RFC 9449 5), which carries no access token. */
  public Outcome checkTokenRequest(String proof, String method, URI uri, Instant now) {
    return check(proof, method, uri, now, null, null);
  }

  private Outcome check(
      String proof,
      String method,
      URI uri,
      Instant now,
      @Nullable String accessToken,
      @Nullable String thumbprint) {
    try {
      String holder = signer(proof).thumbprint();
      JsonObject claims =
          StrictJson.object(Base64Url.decode(proof.split("\\.", -1)[1]), LENGTH_MAX);
      String jti = claims.string("jti");
      if (jti.isEmpty() || jti.length() > JTI_MAX) {
        throw new FormatException("jti is empty or too long");
      }
      if (!claims.string("htm").equals(method)) {
        throw new FormatException("proof is for another method");
      }
      if (!normal(URI.create(claims.string("htu"))).equals(normal(uri))) {
        throw new FormatException("proof is for another URI");
      }
      long issued = claims.number("iat");
      if (Math.abs(Math.subtractExact(issued, now.getEpochSecond())) > window.toSeconds()) {
        throw new FormatException("proof is too old, or from the future");
      }
      // An iat has whole seconds: one of the second of the start may be of after the start.
      if (issued < madeAt.getEpochSecond()) {
        throw new FormatException("proof is older than this service's start: make a new one");
      }
      if (accessToken != null && !claims.string("ath").equals(accessTokenHash(accessToken))) {
        throw new FormatException("proof is for another token");
      }
      if (thumbprint != null && !thumbprint.equals(holder)) {
        throw new FormatException("proof is by another key than the token is bound to");
      }
      if (nonces != null && !nonces.isGood(claims.optionalString("nonce").orElse(""), now)) {
        return new NonceWanted();
      }
      takeOnce(holder, jti, issued, now);
      return new Bound(holder);
    } catch (FormatException e) {
      return new Rejected(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException | ArithmeticException e) {
      return new Rejected("proof's htu or iat is malformed");
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

  /** The key in the proof's header, which has signed it. */
  private PublicJwk signer(String proof) throws FormatException {
    String[] parts = proof.length() > LENGTH_MAX ? new String[0] : proof.split("\\.", -1);
    if (parts.length != 3) {
      throw new FormatException("proof is too long, or not a compact JWS");
    }
    JsonObject header = StrictJson.object(Base64Url.decode(parts[0]), LENGTH_MAX);
    if (!header.string("typ").equals(TYPE) || header.has("crit") || header.has("b64")) {
      throw new FormatException("proof is of another type, or has extensions");
    }
    PublicJwk key = PublicJwk.parse(header.object("jwk"));
    if (!ALGORITHMS.contains(key.algorithm())) {
      throw new FormatException("proof's algorithm is not supported");
    }
    if (!header.string("alg").equals(key.algorithm().jose())) {
      throw new FormatException("proof's algorithm is not its key's");
    }
    byte[] input = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    // High-s is let through: clients sign with what they have, and jti is what makes a proof one.
    boolean good =
        signatures
            .refusal(signatures.key(key), input, Base64Url.decode(parts[2]))
            .map(code -> code == RefusalCode.SIGNATURE_HIGH_S)
            .orElse(true);
    if (!good) {
      throw new FormatException("proof's signature is not good");
    }
    return key;
  }

  /** The {@code ath} of a token (RFC 9449 4.2). */
  public static String accessTokenHash(String accessToken) {
    return Hash.sha256(accessToken.getBytes(StandardCharsets.US_ASCII)).base64Url();
  }

  /** A URI without query and fragment, in the normal form of RFC 3986 6.2.2 and 6.2.3. */
  static String normal(URI uri) {
    if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("not an absolute HTTP URI");
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    int standard = scheme.equals("https") ? 443 : 80;
    String port = uri.getPort() < 0 || uri.getPort() == standard ? "" : ":" + uri.getPort();
    String path = uri.normalize().getRawPath();
    return scheme
        + "://"
        + uri.getHost().toLowerCase(Locale.ROOT)
        + port
        + (path.isEmpty() ? "/" : path);
  }
}
