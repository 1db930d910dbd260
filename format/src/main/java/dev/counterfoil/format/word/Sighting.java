package dev.counterfoil.format.word;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A report that a token was presented somewhere. It never carries a token that has a counterfoil:
 * the digest of its signing input identifies it. For a token that was refused although its
 * signature is good, the evidence holds signing input and signature.
 *
 * @param seenAt when, to the millisecond
 * @param outcome {@code accepted}, or the code of the refusal
 * @param grade what the match can rest on
 * @param token what is known of the token
 * @param use what it was presented for
 * @param count how often, for sightings that were aggregated
 * @param evidence signing input and signature ({@code header.payload.signature}) of a token that
 *     must have no counterfoil
 * @param signed whether the reporter found the signature to be good under the key that the token
 *     names, and refused the token, or let it in though nothing shows that it was issued; the
 *     evidence shows it where there is any
 */
public record Sighting(
    Instant seenAt,
    String outcome,
    Grade grade,
    Token token,
    Use use,
    long count,
    @Nullable String evidence,
    boolean signed) {
  /** The outcome of a token that a service let in. */
  public static final String ACCEPTED = "accepted";

  /** The outcome of a token that is good but for a record, which its issuer does not keep. */
  public static final String UNRECORDED = "unrecorded";

  /** Longest text of a member, in characters; none of them a control character. */
  public static final int TEXT_MAX = 1024;

  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

  /** What stands in a compact serialization (RFC 7515 7.1). */
  private static final Pattern COMPACT = Pattern.compile("[A-Za-z0-9_.-]*");

  /** Longest evidence, in characters of base64url and dots. */
  public static final int EVIDENCE_MAX = 16 * 1024;

  /** What a match can rest on; only {@link #DIGEST} promises that no forgery escapes. */
  public enum Grade {
    /** The digest of the whole signing input. */
    DIGEST,
    /** Claims without the digest: a forger who copies an honest token's claims can hide. */
    CLAIMS,
    /** An identifier alone. */
    IDENTIFIER
  }

  public Sighting {
    if (count < 1 || (grade == Grade.DIGEST && token.digest == null)) {
      throw new IllegalArgumentException("a sighting has a count, and of grade DIGEST a digest");
    }
  }

  /**
   * What a sighting says of its token, each as far as it is known.
   *
   * @param digest SHA-256 of the signing input
   * @param kid the key named by the token
   * @param issuer the {@code iss}
   * @param tenant the {@code tenant}
   * @param subject the {@code sub}
   * @param clientId the {@code client_id}
   * @param tokenId the {@code jti} as it stands in the token
   * @param issuedAt the {@code iat}, epoch seconds
   * @param expiresAt the {@code exp}, epoch seconds
   */
  public record Token(
      @Nullable Hash digest,
      @Nullable String kid,
      @Nullable String issuer,
      @Nullable String tenant,
      @Nullable String subject,
      @Nullable String clientId,
      @Nullable String tokenId,
      @Nullable Long issuedAt,
      @Nullable Long expiresAt) {
    /** One of which nothing but these is known. */
    public static Token of(@Nullable Hash digest, @Nullable String kid, @Nullable String issuer) {
      return new Token(digest, kid, issuer, null, null, null, null, null, null);
    }
  }

  /**
   * What a token was presented for.
   *
   * @param service who saw it: the audience's name for itself
   * @param resource what was asked for
   * @param action what was done
   * @param clientAddress where from
   */
  public record Use(
      String service,
      @Nullable String resource,
      @Nullable String action,
      @Nullable String clientAddress) {
    /** Of a service that says no more. */
    public static Use at(String service) {
      return new Use(service, null, null, null);
    }
  }

  /** Whether the service let the token in. */
  public boolean isAccepted() {
    return outcome.equals(ACCEPTED);
  }

  /** Whether the token was good but for a record, which its issuer does not keep. */
  public boolean isUnrecorded() {
    return outcome.equals(UNRECORDED);
  }

  /** The JSON of a sighting; what is unknown is left out. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("seen_at_ms", seenAt.toEpochMilli())
            .put("outcome", outcome)
            .put("grade", grade.name().toLowerCase(java.util.Locale.ROOT))
            .put("digest", token.digest == null ? null : token.digest.base64Url())
            .put("kid", token.kid)
            .put("iss", token.issuer)
            .put("tenant", token.tenant)
            .put("sub", token.subject)
            .put("client_id", token.clientId)
            .put("jti", token.tokenId);
    if (token.issuedAt != null) {
      json.put("iat", token.issuedAt);
    }
    if (token.expiresAt != null) {
      json.put("exp", token.expiresAt);
    }
    if (signed) {
      json.put("signed", true);
    }
    return json.put("service", use.service)
        .put("resource", use.resource)
        .put("action", use.action)
        .put("client_address", use.clientAddress)
        .put("count", count)
        .put("evidence", evidence)
        .build();
  }

  /** Reads a sighting. */
  public static Sighting parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "seen_at_ms",
        "outcome",
        "grade",
        "digest",
        "kid",
        "iss",
        "tenant",
        "sub",
        "client_id",
        "jti",
        "iat",
        "exp",
        "service",
        "resource",
        "action",
        "client_address",
        "count",
        "evidence",
        "signed");
    Optional<String> digest = json.optionalString("digest");
    long seenAt = json.number("seen_at_ms");
    if (seenAt < 0 || seenAt > 100_000_000_000_000L) {
      throw new FormatException("member seen_at_ms is out of range");
    }
    try {
      return new Sighting(
          Instant.ofEpochMilli(seenAt),
          text(json, "outcome", TEXT_MAX).orElseThrow(() -> missing("outcome")),
          Grade.valueOf(json.string("grade").toUpperCase(java.util.Locale.ROOT)),
          new Token(
              digest.isPresent() ? Hash.parseBase64Url(digest.get()) : null,
              text(json, "kid", TEXT_MAX).orElse(null),
              text(json, "iss", TEXT_MAX).orElse(null),
              text(json, "tenant", TEXT_MAX).orElse(null),
              text(json, "sub", TEXT_MAX).orElse(null),
              text(json, "client_id", TEXT_MAX).orElse(null),
              text(json, "jti", TEXT_MAX).orElse(null),
              json.optionalNumber("iat").orElse(null),
              json.optionalNumber("exp").orElse(null)),
          new Use(
              text(json, "service", TEXT_MAX).orElseThrow(() -> missing("service")),
              text(json, "resource", TEXT_MAX).orElse(null),
              text(json, "action", TEXT_MAX).orElse(null),
              text(json, "client_address", TEXT_MAX).orElse(null)),
          json.number("count"),
          evidence(json).orElse(null),
          json.has("signed") && json.truth("signed"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("sighting's grade or count is not one", e);
    }
  }

  private static Optional<String> text(JsonObject json, String name, int lengthMax)
      throws FormatException {
    Optional<String> text = json.optionalString(name);
    if (text.isPresent() && text.get().length() > lengthMax) {
      throw new FormatException("member " + name + " is too long");
    }
    // Each would be six characters of JSON, and none belongs into what people read.
    if (text.isPresent() && text.get().chars().anyMatch(Character::isISOControl)) {
      throw new FormatException("member " + name + " has control characters");
    }
    return text;
  }

  private static Optional<String> evidence(JsonObject json) throws FormatException {
    Optional<String> evidence = text(json, "evidence", EVIDENCE_MAX);
    if (evidence.isPresent() && !COMPACT.matcher(evidence.get()).matches()) {
      throw new FormatException("member evidence is not of base64url and dots");
    }
    return evidence;
  }

  /**
   * A text that a sighting takes: no longer, not cut inside a character, control characters
   * replaced. Whoever presents a token chooses its texts; one that the monitor refuses would take
   * every other sighting of its batch along.
   */
  public static @Nullable String fitting(@Nullable String text) {
    if (text == null) {
      return null;
    }
    int end = Math.min(text.length(), TEXT_MAX);
    if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return CONTROL.matcher(text.substring(0, end)).replaceAll("\uFFFD");
  }

  private static FormatException missing(String name) {
    return new FormatException("member " + name + " is missing");
  }

  /** Leaves the evidence out: it is a credential wherever nobody checks for a counterfoil. */
  @Override
  public String toString() {
    return "Sighting[service="
        + use.service
        + ", outcome="
        + outcome
        + ", jti="
        + token.tokenId
        + "]";
  }
}
