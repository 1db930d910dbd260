package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.tree.Leaf;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A token before it is signed; every part of it can be made wrong. */
public final class TokenDraft {
  private final Map<String, Object> header = new LinkedHashMap<>();
  private final Map<String, Object> claims = new LinkedHashMap<>();

  public TokenDraft() {}

  public TokenDraft header(String name, Object value) {
    header.put(name, value);
    return this;
  }

  public TokenDraft claim(String name, Object value) {
    claims.put(name, value);
    return this;
  }

  public TokenDraft without(String name) {
    claims.remove(name);
    return this;
  }

  public TokenDraft times(Instant issuedAt, Instant expiresAt) {
    return claim("iat", issuedAt.getEpochSecond()).claim("exp", expiresAt.getEpochSecond());
  }

  /** Gives it a token identifier; the commitment is of no consequence to a verifier. */
  public TokenDraft at(String log, long position) {
    Hash commitment = Hash.sha256((log + position).getBytes(StandardCharsets.UTF_8));
    return claim("jti", log + "." + position + "." + commitment.base64Url());
  }

  public String headerText() {
    return json(header).toString();
  }

  public String claimsText() {
    return json(claims).toString();
  }

  public String signingInput() {
    return encoded(headerText()) + "." + encoded(claimsText());
  }

  public Leaf leaf() {
    return Leaf.of(signingInput().getBytes(StandardCharsets.US_ASCII));
  }

  public String signed(TestKeys.TokenKey key) {
    return signed(signingInput(), key);
  }

  static String signed(String signingInput, TestKeys.TokenKey key) {
    byte[] signature = key.signature(signingInput.getBytes(StandardCharsets.US_ASCII));
    return signingInput + "." + Base64Url.encode(signature);
  }

  static String encoded(String text) {
    return Base64Url.encode(text.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject json(Map<String, Object> members) {
    JsonObject.Builder builder = JsonObject.builder();
    members.forEach(
        (name, value) -> {
          if (value instanceof String text) {
            builder.put(name, text);
          } else if (value instanceof Number number) {
            builder.put(name, number.longValue());
          } else if (value instanceof Boolean truth) {
            builder.put(name, truth);
          } else if (value instanceof List<?> list) {
            builder.put(name, list);
          } else if (value instanceof JsonObject object) {
            builder.put(name, object);
          } else {
            throw new IllegalArgumentException("no JSON for " + value.getClass());
          }
        });
    return builder.build();
  }
}
