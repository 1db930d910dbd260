package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
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
  private final @Nullable String origin;
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

  /**
   * Makes it.
   *
   * @param origin scheme and host of the application as its clients see them; null where each
   *     request's own are believed
   */
  TokenDecoding(
      Verifier verifier,
      Expectations expectations,
      OtherIssuers others,
      @Nullable String origin,
      Results results) {
    this.verifier = verifier;
    this.expectations = expectations;
    this.others = others;
    this.origin = origin;
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
    Decision decision = decide(token, origin == null ? request : at(origin, request));
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
    JwtDecoder other = others.of(token);
    if (other != null) {
      return decide(token, other, request);
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
    return new Decision(refused.code().text(), null, exception(refused));
  }

  private Decision decide(String token, JwtDecoder other, RequestContext request) {
    try {
      Jwt jwt = other.decode(token);
      Optional<Refused> unbound =
          verifier.bindingRefusal(token, confirmation(jwt), expectations, request);
      return unbound.isPresent()
          ? new Decision("other-issuer-refused", null, exception(unbound.get()))
          : new Decision("other-issuer", jwt, null);
    } catch (JwtException e) {
      return new Decision("other-issuer-refused", null, e);
    }
  }

  /** What is no text, or no object, is nothing that can be checked. */
  private static @Nullable JsonObject confirmation(Jwt jwt) {
    if (!jwt.hasClaim("cnf")) {
      return null;
    }
    JsonObject.Builder confirmation = JsonObject.builder();
    if (jwt.getClaims().get("cnf") instanceof Map<?, ?> members) {
      members.forEach(
          (name, value) ->
              confirmation.put(String.valueOf(name), value instanceof String text ? text : ""));
    }
    return confirmation.build();
  }

  private static JwtException exception(Refused refused) {
    String message = shown(refused.code().text() + ": " + refused.reason());
    return refused.code().isUndecided()
        ? new UndecidedException(message, Verifier.RETRY_AFTER)
        : new BadJwtException(message);
  }

  /**
   * The request as it is seen at this origin. The host that a request names is its sender's choice:
   * by it a proof for another service would pass here.
   */
  private static RequestContext at(String origin, RequestContext request) {
    String path = request.resource();
    URI uri = null;
    if (path != null && path.startsWith("/")) {
      try {
        uri = new URI(origin + path);
      } catch (URISyntaxException e) {
        // No proof is good for it.
      }
    }
    return new RequestContext(
        request.method(),
        uri,
        request.dpopProof(),
        request.certificateThumbprint(),
        request.stapledProof(),
        path,
        request.clientAddress());
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
