package dev.counterfoil.spring;

import com.nimbusds.jwt.JWTParser;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;

/**
 * Issuers whose tokens an application takes beside those of its policy while it migrates. Theirs
 * are checked by their key sets alone: an attacker with such a key gets in.
 */
final class OtherIssuers {
  private static final System.Logger LOG = System.getLogger(OtherIssuers.class.getName());

  private static final Set<String> TYPES = Set.of("JWT", "at+jwt");

  private final Map<String, JwtDecoder> known = new LinkedHashMap<>();

  /**
   * Makes decoders; none reads anything before its first token.
   *
   * @param own the policy's issuer, whose tokens only the verifier judges
   * @param clockSkew how far an {@code nbf} may lie in the future; {@code exp} is kept to the
   *     second
   */
  OtherIssuers(
      List<CounterfoilProperties.OtherIssuer> listed,
      String own,
      Duration clockSkew,
      InstantSource clock) {
    for (CounterfoilProperties.OtherIssuer other : listed) {
      if (other.issuer().equals(own)) {
        throw new StartProblem(
            "counterfoil.other-issuers lists " + own + ", which is the issuer of the policy.",
            "Remove it from the list: its tokens are for the verifier alone.");
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "Tokens of {0} pass by its key set alone: an attacker with its key gets in, and nobody"
              + " hears of it. Remove it from counterfoil.other-issuers once it is recorded.",
          other.issuer());
      known.put(other.issuer(), decoder(other, clockSkew, clock));
    }
  }

  private static JwtDecoder decoder(
      CounterfoilProperties.OtherIssuer other, Duration clockSkew, InstantSource clock) {
    return new SupplierJwtDecoder(
        () -> {
          String keys = other.jwkSetUri();
          NimbusJwtDecoder decoder =
              (keys == null
                      ? NimbusJwtDecoder.withIssuerLocation(other.issuer())
                      : NimbusJwtDecoder.withJwkSetUri(keys)
                          .jwsAlgorithms(all -> all.addAll(List.of(SignatureAlgorithm.values()))))
                  .validateType(false)
                  .build();
          decoder.setJwtValidator(
              new DelegatingOAuth2TokenValidator<>(
                  new JwtTimestampValidator(clockSkew),
                  new JwtClaimValidator<Instant>(
                      JwtClaimNames.EXP, end -> end == null || clock.instant().isBefore(end)),
                  new JwtIssuerValidator(other.issuer()),
                  new JwtClaimValidator<List<String>>(
                      JwtClaimNames.AUD, aud -> aud != null && aud.contains(other.audience())),
                  OtherIssuers::type));
          return decoder;
        });
  }

  /** An ID token or a logout token of the same issuer is no access token. */
  private static OAuth2TokenValidatorResult type(Jwt token) {
    Object type = token.getHeaders().get("typ");
    return type == null || TYPES.contains(type.toString())
        ? OAuth2TokenValidatorResult.success()
        : OAuth2TokenValidatorResult.failure(
            new OAuth2Error("invalid_token", "the token is of another type", null));
  }

  /**
   * The decoder of the issuer that a token names; null where it is none of these, or cannot be
   * read. Nobody has vouched for the name yet: it says who is to judge.
   */
  @Nullable JwtDecoder of(String token) {
    if (known.isEmpty()) {
      return null;
    }
    try {
      String issuer = JWTParser.parse(token).getJWTClaimsSet().getIssuer();
      return issuer == null ? null : known.get(issuer);
    } catch (ParseException | RuntimeException e) {
      return null;
    }
  }
}
