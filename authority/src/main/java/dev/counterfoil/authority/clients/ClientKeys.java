package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.JwsAlgorithm;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.SignedJwt;
import dev.counterfoil.format.weakkeys.WeakRsa;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The public keys of a client that signs its assertions: EC P-256 (ES256), RSA of 2048 to 4096 bits
 * with the exponent 65537 (PS256, and RS256 as a concession) and Ed25519 (EdDSA). Each key verifies
 * what it is for, whatever a header says.
 */
public final class ClientKeys {
  /** Most keys of a client. */
  public static final int KEYS_MAX = 10;

  /**
   * The algorithms of assertions, by their JOSE names. RS256 is none of them (FAPI 2.0 5.4.1): a
   * client may have it as a {@link Concession}.
   */
  public static final List<String> ALGORITHMS =
      List.of(
          JwsAlgorithm.ES256.jose(),
          JwsAlgorithm.PS256.jose(),
          JwsAlgorithm.EDDSA.jose(),
          JwsAlgorithm.ED25519.jose());

  /**
   * A key.
   *
   * @param algorithm the one that its JWK names; empty where it names none
   */
  private record ClientKey(
      PublicJwk jwk, Optional<String> kid, Optional<JwsAlgorithm> algorithm, String thumbprint) {
    /** Whether a header means this key: by its name, or by its RFC 7638 thumbprint. */
    boolean isNamed(Optional<String> by) {
      return by.isEmpty() || by.equals(kid) || by.get().equals(thumbprint);
    }

    boolean mayUse(JwsAlgorithm used) {
      return used.isOf(jwk)
          && (algorithm.isEmpty()
              || algorithm.get() == used
              // Two names of one algorithm (RFC 9864 2.2).
              || (algorithm.get().isOf(jwk) && jwk instanceof PublicJwk.Ed25519));
    }
  }

  private final List<ClientKey> keys;

  private ClientKeys(List<ClientKey> keys) {
    this.keys = List.copyOf(keys);
  }

  static ClientKeys none() {
    return new ClientKeys(List.of());
  }

  /**
   * Reads a JWK set; a private key in it, a key of another kind, and one under which others sign,
   * is refused.
   */
  public static ClientKeys parse(JsonObject jwks) throws FormatException {
    List<JsonObject> set = jwks.objects("keys");
    if (set.isEmpty() || set.size() > KEYS_MAX) {
      throw new FormatException("jwks has 1 to " + KEYS_MAX + " keys");
    }
    List<ClientKey> keys = new ArrayList<>();
    for (JsonObject jwk : set) {
      keys.add(clientKey(jwk));
    }
    ClientKeys read = new ClientKeys(keys);
    for (BigInteger modulus : read.moduli()) {
      if (WeakRsa.sharesFactor(modulus, read.moduli())) {
        throw new FormatException("two keys of jwks share a prime: anybody can compute both");
      }
    }
    return read;
  }

  private static ClientKey clientKey(JsonObject jwk) throws FormatException {
    PublicJwk key = PublicJwk.read(key(jwk));
    Optional<String> name = jwk.optionalString("alg");
    Optional<JwsAlgorithm> algorithm = name.flatMap(JwsAlgorithm::ofJose);
    if (!(key instanceof PublicJwk.Es256
        || key instanceof PublicJwk.Rs256
        || key instanceof PublicJwk.Ed25519)) {
      throw new FormatException(
          "a key of jwks is none of EC P-256, RSA of 2048 to 4096 bits, Ed25519");
    }
    if (name.isPresent() && (algorithm.isEmpty() || !algorithm.get().isOf(key))) {
      throw new FormatException("a key of jwks names another algorithm than its own");
    }
    return new ClientKey(key, jwk.optionalString("kid"), algorithm, key.thumbprint());
  }

  /** Without the algorithm of its signatures, of which an RSA key has two. */
  private static JsonObject key(JsonObject jwk) throws FormatException {
    return jwk.string("kty").equals("AKP") ? jwk : jwk.without("alg");
  }

  /** Refuses keys whose private halves everybody knows, or finds at once. */
  void requireSecretHalves() throws FormatException {
    for (ClientKey key : keys) {
      key.jwk.requireSecretHalf();
      key.jwk.requireUnguessable();
    }
  }

  /** The RSA moduli among them. */
  List<BigInteger> moduli() {
    return keys.stream()
        .flatMap(
            key ->
                key.jwk instanceof PublicJwk.Rs256 rsa
                    ? Optional.of(rsa.modulus()).stream()
                    : Optional.<BigInteger>empty().stream())
        .toList();
  }

  /** Of each key (RFC 7638). */
  List<String> thumbprints() {
    return keys.stream().map(ClientKey::thumbprint).toList();
  }

  /** The thumbprint of the key that signed a JWT, with an algorithm that the client may use. */
  Optional<String> signerOf(SignedJwt jwt, Set<Concession> concessions) throws FormatException {
    JwsAlgorithm algorithm = jwt.algorithm();
    if (algorithm == JwsAlgorithm.RS256 && !concessions.contains(Concession.RS256)) {
      return Optional.empty();
    }
    Optional<String> kid = jwt.header().optionalString("kid");
    for (ClientKey key : keys) {
      if (key.isNamed(kid) && key.mayUse(algorithm) && jwt.isSignedBy(key.jwk)) {
        return Optional.of(key.thumbprint);
      }
    }
    return Optional.empty();
  }
}
