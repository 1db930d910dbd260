package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Spring Security's way to a token's claims, by the verifier: signature, key scope, times, proof of
 * possession, and that the token was issued.
 */
final class CounterfoilJwtDecoder implements JwtDecoder {
  /** The claim under which an application finds the name of the token for its audit records. */
  static final String AUDIT_ID = "counterfoil_audit_id";

  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private final Verifier verifier;
  private final Expectations expectations;
  private final Consumer<String> results;

  /**
   * Makes a decoder.
   *
   * @param results told how each token fared: "verified", "unrecorded" or the code of its refusal
   */
  CounterfoilJwtDecoder(Verifier verifier, Expectations expectations, Consumer<String> results) {
    this.verifier = verifier;
    this.expectations = expectations;
    this.results = results;
  }

  /**
   * Verifies a token.
   *
   * @throws BadJwtException when it is no good: Spring Security answers 401
   * @throws JwtException when nobody can tell: Spring Security answers 500
   */
  @Override
  public Jwt decode(String token) {
    Verification verification = verifier.verify(token, expectations, request());
    if (verification instanceof Verified verified) {
      results.accept("verified");
      return jwt(token, verified);
    }
    if (verification instanceof Unrecorded) {
      results.accept("unrecorded");
      throw new BadJwtException("unrecorded: the token's issuer keeps no record of it");
    }
    Refused refused = (Refused) verification;
    results.accept(refused.code().text());
    String message = shown(refused.code().text() + ": " + refused.reason());
    throw refused.code().isUndecided() ? new JwtException(message) : new BadJwtException(message);
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

  /** The request that is being served on this thread. */
  private static RequestContext request() {
    return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes served
        ? request(served.getRequest())
        : RequestContext.none();
  }

  private static RequestContext request(HttpServletRequest request) {
    RequestContext context =
        new RequestContext(
            request.getMethod(),
            uri(request),
            null,
            null,
            stapledProof(request),
            request.getRequestURI(),
            request.getRemoteAddr());
    // A bound token that comes as a bearer token is refused, whatever stands beside it (RFC 9449
    // 7.2).
    String authorization = request.getHeader("Authorization");
    List<String> proofs = Collections.list(request.getHeaders("DPoP"));
    if (authorization != null
        && authorization.toLowerCase(Locale.ROOT).startsWith("dpop ")
        && proofs.size() == 1) {
      context = context.withDpop(proofs.get(0));
    }
    return request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
        ? context.withCertificate(chain[0])
        : context;
  }

  /** Of two, neither is one: what cannot be read is refused where a proof is read at all. */
  private static @Nullable String stapledProof(HttpServletRequest request) {
    List<String> proofs = Collections.list(request.getHeaders(StapledProof.HEADER));
    return proofs.isEmpty() ? null : String.join(",", proofs);
  }

  /** As the client sees it; null, so that no proof is good for it, where it is no URI. */
  private static @Nullable URI uri(HttpServletRequest request) {
    try {
      return new URI(request.getRequestURL().toString());
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
