package dev.counterfoil.format;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The root's word that a registrar's statement key may state token keys of one trust domain, within
 * bounds.
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param statementKey the registrar's Ed25519 key
 * @param tenants tenants that stated keys may serve
 * @param audiences audiences that stated keys may serve
 * @param tokenTypes token types that stated keys may sign
 * @param lifeMax longest token life that stated keys may give
 * @param notBefore start of the window
 * @param notAfter end of the window, exclusive; at most 30 days after its start
 */
public record Delegation(
    String domain,
    String issuer,
    PublicJwk statementKey,
    AllowList tenants,
    AllowList audiences,
    AllowList tokenTypes,
    Duration lifeMax,
    Instant notBefore,
    Instant notAfter) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-delegation+jwt";

  /** Longest window. */
  public static final Duration WINDOW_MAX = Duration.ofDays(30);

  public Delegation {
    if (!notBefore.isBefore(notAfter)
        || Duration.between(notBefore, notAfter).compareTo(WINDOW_MAX) > 0) {
      throw new IllegalArgumentException("a delegation's window is at most 30 days");
    }
  }

  /** Signs it with the root key. */
  public String sign(StatementSigner root) throws GeneralSecurityException {
    return SignedStatement.sign(TYPE, toJson(), root);
  }

  /** Verifies a delegation by the root key. Whether its window holds is the caller's to ask. */
  public static Delegation verify(String jws, PublicJwk root) throws FormatException {
    return parse(SignedStatement.verify(TYPE, jws, root));
  }

  /** Whether the window holds at an instant. */
  public boolean holdsAt(Instant instant) {
    return !instant.isBefore(notBefore) && instant.isBefore(notAfter);
  }

  /** What keeps a key statement from standing under this delegation; empty when it may stand. */
  public Optional<String> objection(KeyStatement key) {
    if (!key.domain().equals(domain) || !key.issuer().equals(issuer)) {
      return Optional.of("key is of another domain or issuer");
    }
    if (!tenants.contains(key.tenants())) {
      return Optional.of("key serves tenants beyond the delegation");
    }
    if (!audiences.contains(key.audiences())) {
      return Optional.of("key serves audiences beyond the delegation");
    }
    if (!tokenTypes.contains(key.tokenTypes())) {
      return Optional.of("key signs token types beyond the delegation");
    }
    if (key.lifeMax().compareTo(lifeMax) > 0) {
      return Optional.of("key gives lives beyond the delegation");
    }
    return Optional.empty();
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("domain", domain)
        .put("issuer", issuer)
        .put("statement_key", statementKey.toJson())
        .put("tenants", tenants.toJson())
        .put("audiences", audiences.toJson())
        .put("token_types", tokenTypes.toJson())
        .put("life_max_s", lifeMax.toSeconds())
        .put("not_before", notBefore.getEpochSecond())
        .put("not_after", notAfter.getEpochSecond())
        .build();
  }

  private static Delegation parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v",
        "domain",
        "issuer",
        "statement_key",
        "tenants",
        "audiences",
        "token_types",
        "life_max_s",
        "not_before",
        "not_after");
    KeyStatement.requireVersion(json);
    PublicJwk key = PublicJwk.parse(json.object("statement_key"));
    if (key.algorithm() != PublicJwk.Algorithm.EDDSA) {
      throw new FormatException("a statement key is an Ed25519 key");
    }
    try {
      return new Delegation(
          json.string("domain"),
          json.string("issuer"),
          key,
          AllowList.parse(json.strings("tenants")),
          AllowList.parse(json.strings("audiences")),
          AllowList.parse(json.strings("token_types")),
          KeyStatement.seconds(json, "life_max_s"),
          KeyStatement.instant(json, "not_before"),
          KeyStatement.instant(json, "not_after"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("delegation's window is out of bounds", e);
    }
  }
}
