package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * What ID tokens and access tokens say beside what the signer composes ({@code iss}, {@code sub},
 * {@code aud}, {@code iat}, {@code exp}, {@code jti}). Pure.
 */
public final class IdTokenClaims {
  private IdTokenClaims() {}

  /**
   * Of an ID token that comes with a code (OpenID Connect Core 2 and 3.1.3.6).
   *
   * @param accessToken that is answered with it
   */
  public static JsonObject of(Grant.Allowed allowed, String accessToken) {
    JsonObject.Builder claims =
        JsonObject.builder()
            .put("auth_time", allowed.authTime().getEpochSecond())
            .put("acr", allowed.acr())
            .put("amr", allowed.amr())
            .put("sid", allowed.session())
            // Both algorithms of ID tokens hash with SHA-256.
            .put("at_hash", halfHash(accessToken));
    allowed.nonce().ifPresent(nonce -> claims.put("nonce", nonce));
    JsonObject all = claims.build();
    for (String name : allowed.more().names()) {
      all = all.with(name, Objects.requireNonNull(allowed.more().get(name)));
    }
    return all;
  }

  /** Of an access token: how the person signed in (RFC 9068 2.2.1, RFC 9470 6.2). */
  public static JsonObject ofAccessToken(Grant.Allowed allowed) {
    return JsonObject.builder()
        .put("auth_time", allowed.authTime().getEpochSecond())
        .put("acr", allowed.acr())
        .put("amr", allowed.amr())
        .build();
  }

  private static String halfHash(String accessToken) {
    byte[] hash = Hash.sha256(accessToken.getBytes(StandardCharsets.US_ASCII)).bytes();
    return Base64Url.encode(Arrays.copyOf(hash, hash.length / 2));
  }
}
