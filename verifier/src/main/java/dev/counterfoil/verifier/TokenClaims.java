package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The registered claims of a token (RFC 7519 4.1, RFC 9068 2.2), each of the type that it must
 * have. Not verified by being here.
 *
 * @param tenant the {@code tenant}; empty only where another issuer composed the token and its key
 *     is not known
 * @param audiences the {@code aud}; empty only where another issuer composed the token
 * @param tokenId the {@code jti}; null only where another issuer composed the token
 * @param group the handle by which it is revoked together with others; null where it has none, and
 *     where another issuer composed the token
 * @param binding what it is bound to
 */
record TokenClaims(
    String issuer,
    String subject,
    @Nullable String clientId,
    Set<String> scopes,
    String tenant,
    List<String> audiences,
    Instant issuedAt,
    Instant expiresAt,
    @Nullable Instant notBefore,
    @Nullable String tokenId,
    @Nullable GroupHandle group,
    TokenBinding binding,
    JsonObject all) {
  /** Most audiences in one token. */
  static final int AUDIENCES_MAX = 64;

  private static final int FEW_WORDS = 8;

  /** Year 5138: far enough for every date, and no arithmetic on it overflows. */
  private static final long EPOCH_SECOND_MAX = 100_000_000_000L;

  static TokenClaims read(JsonObject claims, String tokenType) throws FormatException {
    if (tokenType.equals(Expectations.ACCESS_TOKEN) && !claims.has("client_id")) {
      throw new FormatException("member client_id is missing");
    }
    return read(
        claims,
        claims.string("tenant"),
        audiences(claims),
        claims.optionalString("client_id").orElse(null),
        claims.string("jti"),
        claims.has(GroupHandle.CLAIM) ? GroupHandle.parse(claims.string(GroupHandle.CLAIM)) : null);
  }

  /**
   * The same of a token that another issuer composed: it may say no tenant, where its key serves
   * one only, no audience, and no identifier; and its client by {@code azp} (OpenID Connect Core
   * 2).
   *
   * @param key the key's statement; null when it is not known
   */
  static TokenClaims readForeign(JsonObject claims, @Nullable KeyStatement key)
      throws FormatException {
    String tenant;
    if (key == null) {
      tenant = claims.optionalString("tenant").orElse("");
    } else if (claims.has("tenant") || key.tenants().names().size() != 1) {
      tenant = claims.string("tenant");
    } else {
      tenant = key.tenants().names().iterator().next();
    }
    return read(
        claims,
        tenant,
        claims.has("aud") ? audiences(claims) : List.of(),
        claims.optionalString(claims.has("client_id") ? "client_id" : "azp").orElse(null),
        claims.optionalString("jti").orElse(null),
        null);
  }

  private static TokenClaims read(
      JsonObject claims,
      String tenant,
      List<String> audiences,
      @Nullable String clientId,
      @Nullable String tokenId,
      @Nullable GroupHandle group)
      throws FormatException {
    String scope = claims.optionalString("scope").orElse("");
    return new TokenClaims(
        claims.string("iss"),
        claims.string("sub"),
        clientId,
        words(scope),
        tenant,
        audiences,
        instant(claims, "iat"),
        instant(claims, "exp"),
        claims.has("nbf") ? instant(claims, "nbf") : null,
        tokenId,
        group,
        TokenBinding.of(claims.optionalObject("cnf").orElse(null)),
        claims);
  }

  /** Whether it says that it is bound to a key of its client's, in whatever way. */
  boolean isBound() {
    return binding.isBound();
  }

  private static Set<String> words(String scope) {
    if (scope.isEmpty()) {
      return Set.of();
    }
    List<String> words = List.of(scope.split(" ", -1));
    if (words.size() <= FEW_WORDS) {
      boolean distinct = true;
      for (int i = 1; i < words.size(); i++) {
        distinct &= words.indexOf(words.get(i)) == i;
      }
      if (distinct) {
        // No table is made first that would find those out that stand twice.
        return Set.of(words.toArray(String[]::new));
      }
    }
    return Set.copyOf(words);
  }

  private static List<String> audiences(JsonObject claims) throws FormatException {
    List<String> audiences =
        claims.get("aud") instanceof String one ? List.of(one) : claims.strings("aud");
    if (audiences.isEmpty() || audiences.size() > AUDIENCES_MAX) {
      throw new FormatException("member aud has no audience, or more than " + AUDIENCES_MAX);
    }
    return audiences;
  }

  private static Instant instant(JsonObject claims, String name) throws FormatException {
    long seconds = claims.number(name);
    if (seconds < 0 || seconds > EPOCH_SECOND_MAX) {
      throw new FormatException("member " + name + " is out of range");
    }
    return Instant.ofEpochSecond(seconds);
  }
}
