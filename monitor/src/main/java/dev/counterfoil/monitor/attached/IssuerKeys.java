package dev.counterfoil.monitor.attached;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The signing keys that another issuer publishes (RFC 7517 5), found by its metadata (OpenID
 * Connect Discovery 1.0 4, RFC 8414 3).
 *
 * @param from where the set was read
 * @param keys those that can be stated, in the set's order
 * @param others why each other key of the set cannot, as plain text
 */
public record IssuerKeys(URI from, List<Published> keys, List<String> others) {
  private static final int DOCUMENT_BYTES_MAX = 256 * 1024;
  private static final int DOCUMENT_VALUES_MAX = 4_096;
  private static final int KEYS_MAX = 100;
  private static final int NAME_CHARACTERS_MAX = 256;

  /** Most characters of what an issuer says, in a message. */
  private static final int SAID_CHARACTERS_MAX = 400;

  private static final String OPENID = "/.well-known/openid-configuration";
  private static final String OAUTH = "/.well-known/oauth-authorization-server";

  /** Members of a JWK that make the key; others describe it. */
  private static final List<String> MATERIAL = List.of("kty", "crv", "x", "y", "n", "e", "pub");

  private static final String POST_QUANTUM = "AKP";

  /**
   * A key that can be stated.
   *
   * @param name the {@code kid} in the issuer's tokens, which the issuer chooses: plain text
   */
  public record Published(String name, PublicJwk jwk) {}

  public IssuerKeys {
    keys = List.copyOf(keys);
    others = List.copyOf(others);
  }

  /**
   * Reads the keys of an issuer.
   *
   * @param issuer its URL, letter for letter as tokens name it
   * @throws IOException when they cannot be had, or what was read is not this issuer's
   */
  public static IssuerKeys read(ReadSide network, String issuer) throws IOException {
    URI url = URI.create(issuer);
    String path = withoutSlash(url.getRawPath());
    JsonObject metadata;
    try {
      metadata = object(network, url.resolve(path + OPENID));
    } catch (IOException first) {
      try {
        metadata = object(network, url.resolve(OAUTH + path));
      } catch (IOException second) {
        second.addSuppressed(first);
        throw second;
      }
    }
    try {
      // RFC 8414 3.3: else any host could name itself as the place of another's keys.
      if (!metadata.string("issuer").equals(issuer)) {
        throw new IOException(
            "the metadata of "
                + issuer
                + " is of another issuer: "
                + PlainText.of(metadata.string("issuer"), SAID_CHARACTERS_MAX));
      }
      URI jwks = SecureUrl.require("jwks_uri", URI.create(metadata.string("jwks_uri")));
      // Else another host would choose what this one asks of its own services.
      if (SecureUrl.isThisHost(jwks) && !SecureUrl.isThisHost(url)) {
        throw new IOException(
            "the metadata of " + issuer + " gives a jwks_uri on this host: " + plain(jwks));
      }
      return parse(jwks, object(network, jwks));
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException("the metadata of " + issuer + " is damaged: " + said(e), e);
    }
  }

  /** What an exception says, which may quote the issuer's words. */
  private static String said(Exception e) {
    return PlainText.of(String.valueOf(e.getMessage()), SAID_CHARACTERS_MAX);
  }

  private static String plain(URI uri) {
    return PlainText.of(uri.toString(), SAID_CHARACTERS_MAX);
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static JsonObject object(ReadSide network, URI from) throws IOException {
    try {
      return StrictJson.object(
          network.get(from, DOCUMENT_BYTES_MAX), DOCUMENT_BYTES_MAX, DOCUMENT_VALUES_MAX);
    } catch (FormatException e) {
      throw new IOException(plain(from) + " is not the JSON that was expected: " + said(e), e);
    }
  }

  /** Takes a set apart. */
  static IssuerKeys parse(URI from, JsonObject set) throws FormatException {
    List<Published> keys = new ArrayList<>();
    List<String> others = new ArrayList<>();
    List<JsonObject> published = set.objects("keys");
    if (published.size() > KEYS_MAX) {
      throw new FormatException("the set has more than " + KEYS_MAX + " keys");
    }
    for (JsonObject jwk : published) {
      for (String member : PublicJwk.PRIVATE_MEMBERS) {
        if (jwk.has(member)) {
          throw new FormatException("the set publishes a private key, with the member " + member);
        }
      }
      String name = jwk.optionalString("kid").orElse("(without kid)");
      if (jwk.optionalString("use").filter(use -> !use.equals("sig")).isPresent()) {
        continue;
      }
      Optional<String> refused = Optional.empty();
      try {
        PublicJwk key = PublicJwk.parse(material(jwk));
        refused = objection(jwk, key);
        if (refused.isEmpty()) {
          keys.add(new Published(jwk.optionalString("kid").orElse(key.thumbprint()), key));
        }
      } catch (FormatException e) {
        refused = Optional.of(String.valueOf(e.getMessage()));
      }
      String plainName = PlainText.of(name, NAME_CHARACTERS_MAX);
      refused.ifPresent(
          why -> others.add(plainName + ": " + PlainText.of(why, SAID_CHARACTERS_MAX)));
    }
    return new IssuerKeys(from, keys, others);
  }

  private static Optional<String> objection(JsonObject jwk, PublicJwk key) throws FormatException {
    String signs = key.algorithm().jose();
    Optional<String> said = jwk.optionalString("alg");
    if (said.isPresent() && !said.get().equals(signs) && !isOtherName(said.get(), signs)) {
      return Optional.of("signs with " + said.get() + "; a key of its kind is stated for " + signs);
    }
    String kid = jwk.optionalString("kid").orElse("");
    if (kid.length() > NAME_CHARACTERS_MAX) {
      return Optional.of("its kid is longer than " + NAME_CHARACTERS_MAX + " characters");
    }
    return PlainText.of(kid).equals(kid)
        ? Optional.empty()
        : Optional.of("its kid has characters that a terminal does not show as they are");
  }

  /** RFC 9864 2.2. */
  private static boolean isOtherName(String said, String signs) {
    return said.equals("Ed25519") && signs.equals(PublicJwk.Algorithm.EDDSA.jose());
  }

  /** The members of a JWK that make the key. */
  public static JsonObject material(JsonObject jwk) throws FormatException {
    JsonObject.Builder key = JsonObject.builder();
    for (String member : MATERIAL) {
      if (jwk.has(member)) {
        key.put(member, jwk.string(member));
      }
    }
    if (jwk.string("kty").equals(POST_QUANTUM)) {
      key.put("alg", jwk.string("alg"));
    }
    return key.build();
  }
}
