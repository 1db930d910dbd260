package dev.counterfoil.verifier.dpop;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.JwsAlgorithm;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.SignedJwt;
import java.net.URI;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads DPoP proofs (RFC 9449 4.2, 4.3): that a key signed one for a request. Whether it is fresh
 * and was not used before is for who asks.
 */
public final class DpopReader {
  /** Longest proof accepted, in characters. */
  public static final int LENGTH_MAX = 8 * 1024;

  /** Longest {@code jti} accepted, in characters. */
  public static final int JTI_MAX = 256;

  private static final Set<JwsAlgorithm> TAKEN =
      EnumSet.of(JwsAlgorithm.ES256, JwsAlgorithm.PS256, JwsAlgorithm.EDDSA, JwsAlgorithm.ED25519);

  /** The algorithms of proofs, by their JOSE names. */
  public static final List<String> ALGORITHMS = TAKEN.stream().map(JwsAlgorithm::jose).toList();

  private static final String TYPE = "dpop+jwt";

  /**
   * A proof of a key for a request.
   *
   * @param thumbprint RFC 7638 thumbprint of the key
   * @param jti its name, not empty
   * @param issuedAt its {@code iat}
   * @param tokenHash its {@code ath}, the hash of the access token that it comes with
   * @param nonce the server's nonce
   */
  public record Proof(
      String thumbprint,
      String jti,
      Instant issuedAt,
      Optional<String> tokenHash,
      Optional<String> nonce) {}

  /** Makes a reader, which keeps nothing. */
  public DpopReader() {}

  /**
   * Reads a proof.
   *
   * @param proof the {@code DPoP} header
   * @param method the request's method
   * @param uri the request's URI, as the client sees it
   * @throws FormatException when it is none for this request; the message is safe to show
   */
  public Proof read(String proof, String method, URI uri) throws FormatException {
    SignedJwt jwt = SignedJwt.parse(proof, LENGTH_MAX, "alg", "typ", "jwk", "kid");
    if (!jwt.header().string("typ").equals(TYPE)) {
      throw new FormatException("proof is of another type");
    }
    if (!TAKEN.contains(jwt.algorithm())) {
      throw new FormatException("proof's algorithm is not supported");
    }
    JsonObject jwk = jwt.header().object("jwk");
    // An RSA key has two algorithms of which a JWK may name one: the header's.
    PublicJwk key = PublicJwk.read(jwk.without("alg"));
    String named = jwk.optionalString("alg").orElse(jwt.algorithm().jose());
    if (!jwt.algorithm().isOf(key) || !named.equals(jwt.algorithm().jose())) {
      throw new FormatException("proof's algorithm is not its key's");
    }
    if (!jwt.isSignedBy(key)) {
      throw new FormatException("proof's signature is not good");
    }
    String jti = jwt.claims().string("jti");
    if (jti.isEmpty() || jti.length() > JTI_MAX) {
      throw new FormatException("proof's jti is empty or too long");
    }
    if (!jwt.claims().string("htm").equals(method)) {
      throw new FormatException("proof is for another method");
    }
    if (!isSame(jwt.claims().string("htu"), uri)) {
      throw new FormatException("proof is for another URI");
    }
    return new Proof(
        key.thumbprint(),
        jti,
        jwt.time("iat"),
        jwt.claims().optionalString("ath"),
        jwt.claims().optionalString("nonce"));
  }

  private static boolean isSame(String htu, URI uri) throws FormatException {
    try {
      return normal(URI.create(htu)).equals(normal(uri));
    } catch (IllegalArgumentException e) {
      throw new FormatException("proof's htu is malformed", e);
    }
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
