package dev.counterfoil.format;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What one token key is for: the registrar's word, which signer and verifier both enforce. What is
 * not stated is denied.
 *
 * @param jwk the public key; its thumbprint is the {@code kid}
 * @param domain trust domain
 * @param issuer the only {@code iss} it may sign
 * @param tenants tenants it may sign for
 * @param tokenTypes {@code typ} values it may sign, such as {@code at+jwt}
 * @param audiences audiences it may sign for
 * @param lifeMax longest {@code exp - iat}
 * @param activeFrom first {@code iat} it may sign
 * @param activeUntil end of its active window, exclusive
 * @param verifyUntil no {@code exp} of its tokens lies after this
 * @param log short name of the one log that records its tokens by position
 * @param custody how the private half is held, such as {@code software}
 */
public record KeyStatement(
    PublicJwk jwk,
    String domain,
    String issuer,
    AllowList tenants,
    AllowList tokenTypes,
    AllowList audiences,
    Duration lifeMax,
    Instant activeFrom,
    Instant activeUntil,
    Instant verifyUntil,
    String log,
    String custody) {

  /** How a token lies outside a key's scope. */
  public enum Violation {
    ISSUER,
    TENANT,
    TOKEN_TYPE,
    AUDIENCE,
    LIFE,
    ACTIVE_WINDOW,
    VERIFY_UNTIL
  }

  public KeyStatement {
    if (!activeFrom.isBefore(activeUntil)
        || verifyUntil.isBefore(activeUntil)
        || lifeMax.isNegative()
        || lifeMax.isZero()
        || !TokenId.isLogName(log)) {
      throw new IllegalArgumentException("key statement's times or log are out of order");
    }
  }

  /** The key's identifier: its RFC 7638 thumbprint. */
  public String kid() {
    return jwk.thumbprint();
  }

  /**
   * The first rule of this key's scope that a token breaks; empty when none. Pure: the same
   * question is asked by the signer before it signs and by the verifier before it trusts.
   *
   * @param tokenType the {@code typ}
   * @param tokenIssuer the {@code iss}
   * @param tenant the {@code tenant}
   * @param tokenAudiences every {@code aud}
   * @param issuedAt the {@code iat}
   * @param expiresAt the {@code exp}
   */
  public Optional<Violation> violation(
      String tokenType,
      String tokenIssuer,
      String tenant,
      Iterable<String> tokenAudiences,
      Instant issuedAt,
      Instant expiresAt) {
    if (!tokenIssuer.equals(issuer)) {
      return Optional.of(Violation.ISSUER);
    }
    if (!tenants.allows(tenant)) {
      return Optional.of(Violation.TENANT);
    }
    if (!tokenTypes.allows(tokenType)) {
      return Optional.of(Violation.TOKEN_TYPE);
    }
    for (String audience : tokenAudiences) {
      if (!audiences.allows(audience)) {
        return Optional.of(Violation.AUDIENCE);
      }
    }
    if (!expiresAt.isAfter(issuedAt) || expiresAt.isAfter(issuedAt.plus(lifeMax))) {
      return Optional.of(Violation.LIFE);
    }
    if (issuedAt.isBefore(activeFrom) || !issuedAt.isBefore(activeUntil)) {
      return Optional.of(Violation.ACTIVE_WINDOW);
    }
    return expiresAt.isAfter(verifyUntil) ? Optional.of(Violation.VERIFY_UNTIL) : Optional.empty();
  }

  /** The JSON of a statement. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("kid", kid())
        .put("alg", jwk.algorithm().jose())
        .put("jwk", jwk.toJson())
        .put("domain", domain)
        .put("issuer", issuer)
        .put("tenants", tenants.toJson())
        .put("token_types", tokenTypes.toJson())
        .put("audiences", audiences.toJson())
        .put("life_max_s", lifeMax.toSeconds())
        .put("active_from", activeFrom.getEpochSecond())
        .put("active_until", activeUntil.getEpochSecond())
        .put("verify_until", verifyUntil.getEpochSecond())
        .put("record", JsonObject.builder().put("form", "position").put("log", log).build())
        .put("custody", custody)
        .build();
  }

  /** Reads a statement; an unknown member is refused, since it may be a restriction. */
  public static KeyStatement parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v",
        "kid",
        "alg",
        "jwk",
        "domain",
        "issuer",
        "tenants",
        "token_types",
        "audiences",
        "life_max_s",
        "active_from",
        "active_until",
        "verify_until",
        "record",
        "custody");
    requireVersion(json);
    PublicJwk jwk = PublicJwk.parse(json.object("jwk"));
    if (!json.object("jwk").equals(jwk.toJson())) {
      throw new FormatException("JWK of a statement has other members than its key's");
    }
    if (!json.string("kid").equals(jwk.thumbprint())
        || !json.string("alg").equals(jwk.algorithm().jose())) {
      throw new FormatException("kid or alg does not fit the key");
    }
    JsonObject record = json.object("record");
    record.allowOnly("form", "log");
    if (!record.string("form").equals("position")) {
      throw new FormatException("record form is not supported");
    }
    try {
      return new KeyStatement(
          jwk,
          json.string("domain"),
          json.string("issuer"),
          AllowList.parse(json.strings("tenants")),
          AllowList.parse(json.strings("token_types")),
          AllowList.parse(json.strings("audiences")),
          seconds(json, "life_max_s"),
          instant(json, "active_from"),
          instant(json, "active_until"),
          instant(json, "verify_until"),
          record.string("log"),
          json.string("custody"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("key statement's times or log are out of order", e);
    }
  }

  static void requireVersion(JsonObject json) throws FormatException {
    if (json.number("v") != 1) {
      throw new FormatException("version is not supported");
    }
  }

  /** A member that is a time, in seconds since 1970. */
  public static Instant instant(JsonObject json, String name) throws FormatException {
    return Instant.ofEpochSecond(bounded(json, name));
  }

  static Duration seconds(JsonObject json, String name) throws FormatException {
    return Duration.ofSeconds(bounded(json, name));
  }

  private static long bounded(JsonObject json, String name) throws FormatException {
    long value = json.number(name);
    // Year 5138: far enough for every date, and no arithmetic on it overflows.
    if (value < 0 || value > 100_000_000_000L) {
      throw new FormatException("member " + name + " is out of range");
    }
    return value;
  }
}
