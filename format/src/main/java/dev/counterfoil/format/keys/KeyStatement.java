package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.Spelled;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one token key is for: the registrar's word, which signer and verifier both enforce. What is
 * not stated is denied.
 *
 * @param jwk the public key; its thumbprint is the {@code kid}
 * @param domain trust domain
 * @param issuer the only {@code iss} it may sign
 * @param purpose what it is for, such as {@code access}: keys of one purpose follow each other
 * @param tenants tenants it may sign for
 * @param tokenTypes {@code typ} values it may sign, such as {@code at+jwt}
 * @param audiences audiences it may sign for
 * @param lifeMax longest {@code exp - iat}
 * @param activeFrom first {@code iat} it may sign
 * @param activeUntil end of its active window, exclusive
 * @param verifyUntil no {@code exp} of its tokens lies after this
 * @param successorLead how long before it signs a successor is stated at least, wherever this key
 *     is known from a cached JWKS; zero where nothing is promised
 * @param record how it is known that its tokens were issued
 * @param binding whether its tokens must be bound to a key of their client's
 * @param publication in which JWKS it stands
 * @param alias the {@code kid} by which tokens of another issuer name the key, where that is not
 *     its thumbprint; null when it is
 * @param custody how the private half is held, such as {@code software}
 * @param assurance what that supports
 */
public record KeyStatement(
    PublicJwk jwk,
    String domain,
    String issuer,
    String purpose,
    AllowList tenants,
    AllowList tokenTypes,
    AllowList audiences,
    Duration lifeMax,
    Instant activeFrom,
    Instant activeUntil,
    Instant verifyUntil,
    Duration successorLead,
    RecordForm record,
    Binding binding,
    Publication publication,
    @Nullable String alias,
    String custody,
    Assurance assurance) {
  /** The purpose of access tokens' keys, and of a statement that names no other. */
  public static final String ACCESS = "access";

  private static final Pattern PURPOSE = Pattern.compile("[a-z][a-z0-9-]{0,31}");

  /** Most characters of an alias. */
  private static final int ALIAS_CHARACTERS_MAX = 256;

  /** Most characters of a custody's name. */
  private static final int CUSTODY_CHARACTERS_MAX = 64;

  /**
   * Keys that follow each other: each takes over from the one before.
   *
   * @param purpose what they are for
   * @param algorithm what they sign with
   */
  public record Ring(String purpose, PublicJwk.Algorithm algorithm) {
    /** Such as {@code access/ES256}. */
    @Override
    public String toString() {
      return purpose + "/" + algorithm.jose();
    }
  }

  /** How a token lies outside a key's scope. */
  public enum Violation {
    ISSUER,
    TENANT,
    TOKEN_TYPE,
    AUDIENCE,
    BINDING,
    LIFE,
    ACTIVE_WINDOW,
    VERIFY_UNTIL
  }

  /** Whether tokens must be bound to a key of their client's. */
  public enum Binding implements Spelled {
    /** They may be bearer tokens. */
    NONE,
    /** Each carries a {@code cnf} claim (RFC 7800 3.1), which is checked. */
    REQUIRED
  }

  /** In which JWKS a key stands. A key stands in one of them. */
  public enum Publication implements Spelled {
    /** The issuer's ordinary one. */
    ORDINARY,
    /**
     * The one for audiences that check signatures and nothing else. A stolen key of theirs is
     * believed by nobody who looks for a record, nor the other way round.
     */
    SIGNATURE_ONLY
  }

  /** What a custody supports to be said of the private half. */
  public enum Assurance implements Spelled {
    /** Whoever is root on the signer's host can take it. */
    COPYABLE_BY_ROOT,
    /** A device made it and does not give it out. */
    NON_EXPORTABLE,
    /** Nothing is known: a key that somebody else made and holds. */
    UNKNOWN
  }

  public KeyStatement {
    if (!activeFrom.isBefore(activeUntil)
        || verifyUntil.isBefore(activeUntil)
        || lifeMax.isNegative()
        || lifeMax.isZero()
        || successorLead.isNegative()) {
      throw new IllegalArgumentException("key statement's times are out of order");
    }
    if (!PURPOSE.matcher(purpose).matches()) {
      throw new IllegalArgumentException("key statement's purpose is no name of one");
    }
    if (alias != null
        && (record instanceof RecordForm.Position
            || alias.isEmpty()
            || alias.length() > ALIAS_CHARACTERS_MAX
            || alias.equals(jwk.thumbprint()))) {
      throw new IllegalArgumentException(
          "key statement's alias is none: only another issuer's tokens name a key by it");
    }
    if (custody.isEmpty() || custody.length() > CUSTODY_CHARACTERS_MAX) {
      throw new IllegalArgumentException("key statement's custody has no name");
    }
  }

  /**
   * A statement to be filled in. What limits a key has no default: key, domain, issuer, tenants,
   * token types, audiences, times and record form must be given. The purpose is {@value #ACCESS},
   * tokens need no binding, publication is ordinary and nothing is known of the custody, unless it
   * is said otherwise.
   */
  public static KeyStatementBuilder builder(PublicJwk jwk) {
    return new KeyStatementBuilder(jwk);
  }

  /** The same statement, to be changed. */
  public KeyStatementBuilder toBuilder() {
    return new KeyStatementBuilder(jwk)
        .domain(domain)
        .issuer(issuer)
        .purpose(purpose)
        .tenants(tenants)
        .tokenTypes(tokenTypes)
        .audiences(audiences)
        .lifeMax(lifeMax)
        .active(activeFrom, activeUntil)
        .verifyUntil(verifyUntil)
        .successorLead(successorLead)
        .record(record)
        .binding(binding)
        .publication(publication)
        .alias(alias)
        .custody(custody, assurance);
  }

  /** The key's identifier: its RFC 7638 thumbprint. */
  public String kid() {
    return jwk.thumbprint();
  }

  /** Whether a token's {@code kid} could be of this key and of another one. */
  public boolean sharesNameWith(KeyStatement other) {
    return kid().equals(other.alias)
        || (alias != null && (alias.equals(other.kid()) || alias.equals(other.alias)));
  }

  /** Whether a text is the name of a purpose. */
  public static boolean isPurpose(String name) {
    return PURPOSE.matcher(name).matches();
  }

  /** The keys that it follows, and that follow it. */
  public Ring ring() {
    return new Ring(purpose, jwk.algorithm());
  }

  /**
   * Whether another issuer composes its tokens: this authority's signers record by position and
   * nothing else.
   */
  public boolean isForeign() {
    return !(record instanceof RecordForm.Position);
  }

  /** Short name of the log that records its tokens; empty where nobody records them. */
  public Optional<String> log() {
    return record.logName();
  }

  /**
   * The first rule of this key's scope that a token breaks; empty when none. Pure: the same
   * question is asked by the signer before it signs and by the verifier before it trusts.
   *
   * @param tokenType the {@code typ}
   * @param tokenIssuer the {@code iss}
   * @param tenant the {@code tenant}
   * @param tokenAudiences every {@code aud}
   * @param bound whether it carries a {@code cnf}
   * @param issuedAt the {@code iat}
   * @param expiresAt the {@code exp}
   */
  public Optional<Violation> violation(
      String tokenType,
      String tokenIssuer,
      String tenant,
      Iterable<String> tokenAudiences,
      boolean bound,
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
    if (binding == Binding.REQUIRED && !bound) {
      return Optional.of(Violation.BINDING);
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
        .put("purpose", purpose)
        .put("tenants", tenants.toJson())
        .put("token_types", tokenTypes.toJson())
        .put("audiences", audiences.toJson())
        .put("life_max_s", lifeMax.toSeconds())
        .put("active_from", activeFrom.getEpochSecond())
        .put("active_until", activeUntil.getEpochSecond())
        .put("verify_until", verifyUntil.getEpochSecond())
        .put("successor_lead_s", successorLead.toSeconds())
        .put("record", record.toJson())
        .put("binding", binding.text())
        .put("publication", publication.text())
        .put("alias", alias)
        .put("custody", custody)
        .put("assurance", assurance.text())
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
        "purpose",
        "tenants",
        "token_types",
        "audiences",
        "life_max_s",
        "active_from",
        "active_until",
        "verify_until",
        "successor_lead_s",
        "record",
        "binding",
        "publication",
        "alias",
        "custody",
        "assurance");
    requireVersion(json);
    PublicJwk jwk = PublicJwk.parse(json.object("jwk"));
    if (!json.object("jwk").equals(jwk.toJson())) {
      throw new FormatException("JWK of a statement has other members than its key's");
    }
    if (!json.string("kid").equals(jwk.thumbprint())
        || !json.string("alg").equals(jwk.algorithm().jose())) {
      throw new FormatException("kid or alg does not fit the key");
    }
    try {
      return new KeyStatement(
          jwk,
          json.string("domain"),
          json.string("issuer"),
          json.string("purpose"),
          AllowList.parse(json.strings("tenants")),
          AllowList.parse(json.strings("token_types")),
          AllowList.parse(json.strings("audiences")),
          seconds(json, "life_max_s"),
          instant(json, "active_from"),
          instant(json, "active_until"),
          instant(json, "verify_until"),
          seconds(json, "successor_lead_s"),
          RecordForm.parse(json.object("record")),
          named(json, "binding", Binding.values(), Binding::text),
          named(json, "publication", Publication.values(), Publication::text),
          json.optionalString("alias").orElse(null),
          json.string("custody"),
          named(json, "assurance", Assurance.values(), Assurance::text));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private static <T> T named(JsonObject json, String member, T[] values, Function<T, String> text)
      throws FormatException {
    String said = json.string(member);
    for (T value : values) {
      if (text.apply(value).equals(said)) {
        return value;
      }
    }
    throw new FormatException("member " + member + " has another value");
  }

  public static void requireVersion(JsonObject json) throws FormatException {
    if (json.number("v") != 1) {
      throw new FormatException("version is not supported");
    }
  }

  /** A member that is a time, in seconds since 1970. */
  public static Instant instant(JsonObject json, String name) throws FormatException {
    return Instant.ofEpochSecond(bounded(json, name));
  }

  public static Duration seconds(JsonObject json, String name) throws FormatException {
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
