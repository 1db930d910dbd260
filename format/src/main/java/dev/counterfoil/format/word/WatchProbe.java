package dev.counterfoil.format.word;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A forged token that is made to see whether the monitor finds it. It says so by its type, and it
 * brings its own key, which the key log does not state. So the mark hides no real forgery: a token
 * that names a stolen key names another key than its own, and one that names its own is refused by
 * every verifier as of an unknown key.
 */
public final class WatchProbe {
  /** The type of its header, which no key statement allows. */
  public static final String TYPE = "counterfoil-watch-probe+jwt";

  private static final String KEY = "probe_key";
  private static final Duration LIFE = Duration.ofMinutes(5);

  private WatchProbe() {}

  /**
   * The signing input of a probe.
   *
   * @param issuer of the domain whose monitor is watched
   * @param key that signs it, and nothing else
   * @param claimed the position that it claims, which another token has
   */
  public static String signingInput(
      String issuer, PublicJwk key, TokenId claimed, Instant issuedAt) {
    JsonObject header =
        JsonObject.builder()
            .put("alg", key.algorithm().jose())
            .put("kid", key.thumbprint())
            .put("typ", TYPE)
            .build();
    JsonObject claims =
        JsonObject.builder()
            .put("iss", issuer)
            .put("sub", "watch-probe")
            .put("jti", claimed.toString())
            .put("iat", issuedAt.getEpochSecond())
            .put("exp", issuedAt.plus(LIFE).getEpochSecond())
            .put(KEY, key.toJson())
            .build();
    return base64Url(header) + "." + base64Url(claims);
  }

  private static String base64Url(JsonObject json) {
    return Base64Url.encode(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The key that a token brings as a probe; empty of every other token. */
  public static Optional<PublicJwk> keyOf(CompactToken token) {
    if (!token.type().equals(TYPE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(PublicJwk.parse(token.claims().object(KEY)))
          .filter(key -> key.thumbprint().equals(token.kid()))
          .filter(key -> key.algorithm().jose().equals(token.algorithm()));
    } catch (FormatException e) {
      // It names the type and is none: judged like any token.
      return Optional.empty();
    }
  }
}
