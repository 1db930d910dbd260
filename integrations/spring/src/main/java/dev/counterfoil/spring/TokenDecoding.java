package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * The way from a token to its claims, by the verifier: signature, key scope, times, proof of
 * possession, and that the token was issued. Tokens of other issuers that the application lists go
 * to {@link OtherIssuers}.
 */
final class TokenDecoding {
  /** The claim under which an application finds the name of the token for its audit records. */
  static final String AUDIT_ID = "counterfoil_audit_id";

  private final Verifier verifier;
  private final Expectations expectations;
  private final OtherIssuers others;
  private final Results results;

  /** Told how each token fared. */
  @FunctionalInterface
  interface Results {
    /**
     * Counts one.
     *
     * @param result "verified", "unrecorded", "other-issuer" or the code of its refusal
     * @param took how long the request waited for it
     */
    void decided(String result, Duration took);
  }

  TokenDecoding(
      Verifier verifier, Expectations expectations, OtherIssuers others, Results results) {
    this.verifier = verifier;
    this.expectations = expectations;
    this.others = others;
    this.results = results;
  }

  /**
   * Verifies a token that came with a request.
   *
   * @throws BadJwtException when it is not valid: Spring Security answers 401
   * @throws UndecidedException when nobody can tell now
   * @throws JwtException when another issuer's keys cannot be had: Spring Security answers 500
   */
  Jwt decode(String token, RequestContext request) {
    long began = System.nanoTime();
    Decision decision = decide(token, request);
    results.decided(decision.result(), Duration.ofNanos(System.nanoTime() - began));
    JwtException refusal = decision.refusal();
    if (refusal != null) {
      throw refusal;
    }
    return Objects.requireNonNull(decision.jwt());
  }

  /**
   * What became of a token.
   *
   * @param jwt its claims; null where it is refused
   * @param refusal why it is; null where it is not
   */
  private record Decision(String result, @Nullable Jwt jwt, @Nullable JwtException refusal) {}

  private Decision decide(String token, RequestContext request) {
    OtherIssuers.Known other = others.of(token);
    if (other != null) {
      try {
        return new Decision("other-issuer", other.decode(token), null);
      } catch (JwtException e) {
        return new Decision("other-issuer-refused", null, e);
      }
    }
    Verification verification = verifier.verify(token, expectations, request);
    if (verification instanceof Verified verified) {
      return new Decision("verified", jwt(token, verified), null);
    }
    if (verification instanceof Unrecorded) {
      return new Decision(
          "unrecorded",
          null,
          new BadJwtException("unrecorded: the token's issuer keeps no record of it"));
    }
    Refused refused = (Refused) verification;
    String code = refused.code().text();
    String message = shown(code + ": " + refused.reason());
    return new Decision(
        code,
        null,
        refused.code().isUndecided()
            ? new UndecidedException(message, Verifier.RETRY_AFTER)
            : new BadJwtException(message));
  }

  /**
   * What an {@code error_description} may hold (RFC 6750 3): else Spring Security leaves it out.
   */
  private static String shown(String message) {
    return message.replaceAll("[^ !#-\\[\\]-~]", "'");
  }

  private static Jwt jwt(String token, Verified verified) {
    Map<String, Object> claims = new LinkedHashMap<>(members(verified.claims()));
    claims.put("aud", verified.audiences());
    claims.put("iat", verified.issuedAt());
    claims.put("exp", verified.expiresAt());
    claims.put(AUDIT_ID, verified.auditId());
    return new Jwt(
        token,
        verified.issuedAt(),
        verified.expiresAt(),
        Map.of("kid", verified.keyId(), "typ", Expectations.ACCESS_TOKEN),
        claims);
  }

  private static Map<String, Object> members(JsonObject object) {
    Map<String, Object> members = new LinkedHashMap<>();
    for (String name : object.names()) {
      Object value = plain(object.get(name));
      if (value != null) {
        members.put(name, value);
      }
    }
    return members;
  }

  /** A value of Java's own; null for JSON's. */
  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof JsonObject inner) {
      return members(inner);
    }
    if (value instanceof List<?> list) {
      List<Object> plain = new ArrayList<>();
      for (Object element : list) {
        Object one = plain(element);
        if (one != null) {
          plain.add(one);
        }
      }
      return Collections.unmodifiableList(plain);
    }
    return value instanceof String || value instanceof Number || value instanceof Boolean
        ? value
        : null;
  }
}
