package dev.counterfoil.assess.token;

import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.TokenFinding;
import dev.counterfoil.assess.key.KeyPeriod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the claims and the header of one sample token. Its signature and key are {@link
 * TokenKeyChecks}' business.
 */
public final class TokenChecks {
  private static final Duration LIFE_LONG = Duration.ofHours(1);
  private static final Duration LIFE_VERY_LONG = Duration.ofDays(1);

  /** Names under which issuers state a tenant. */
  private static final Set<String> TENANT_CLAIMS =
      Set.of(
          "tenant",
          "tid",
          "tenant_id",
          "tenantid",
          "org",
          "org_id",
          "organization",
          "organization_id",
          "hd",
          "zid");

  private static final Set<String> CLIENT_CLAIMS = Set.of("client_id", "azp", "appid", "cid");

  private final KeyPeriod period;
  private final AssessmentFindings findings;
  private final Set<String> issuerNames;

  public TokenChecks(Set<String> issuerNames, KeyPeriod period, AssessmentFindings findings) {
    this.issuerNames = issuerNames;
    this.period = period;
    this.findings = findings;
  }

  public void run(String label, ParsedToken.Signed token) {
    checkAlgorithm(label, token.header());
    checkIssuer(label, token.claims());
    checkTimes(label, token.claims());
    checkContent(label, token.claims());
    Optional<String> type = Json.text(token.header(), "typ");
    // "JWT" only says what the eye sees already.
    if (type.isEmpty() || type.get().equalsIgnoreCase("JWT")) {
      add(
          TokenFinding.TOKEN_TYPE_UNSTATED,
          label,
          type.map(value -> "typ is " + Printable.of(value)).orElse("no typ"));
    }
  }

  private void checkAlgorithm(String label, ObjectNode header) {
    String algorithm = Json.text(header, "alg").orElse("");
    // Some libraries compare without regard to case: so do attackers.
    if (algorithm.toLowerCase(Locale.ROOT).equals("none") || algorithm.isEmpty()) {
      add(
          TokenFinding.TOKEN_ALG_NONE,
          label,
          algorithm.isEmpty() ? "no alg" : "alg is " + Printable.of(algorithm));
    } else if (algorithm.startsWith("HS")) {
      add(TokenFinding.TOKEN_ALG_SYMMETRIC, label, "alg is " + Printable.of(algorithm));
    }
    if (Json.text(header, "kid").isEmpty()) {
      add(TokenFinding.TOKEN_KID_MISSING, label, "no kid in its header");
    }
  }

  private void checkIssuer(String label, ObjectNode claims) {
    Optional<String> issuer = Json.text(claims, "iss");
    if (issuer.isEmpty()) {
      add(TokenFinding.TOKEN_ISSUER_MISSING, label, "no iss");
    } else if (!issuerNames.contains(issuer.get())) {
      add(TokenFinding.TOKEN_ISSUER_UNKNOWN, label, "iss is " + Printable.of(issuer.get()));
    }
  }

  private void checkTimes(String label, ObjectNode claims) {
    OptionalLong issued = Json.number(claims, "iat");
    OptionalLong ends = Json.number(claims, "exp");
    if (issued.isEmpty()) {
      add(TokenFinding.TOKEN_START_MISSING, label, "no iat");
    }
    if (ends.isEmpty()) {
      add(TokenFinding.TOKEN_END_MISSING, label, "no exp");
      return;
    }
    OptionalLong begins = issued.isPresent() ? issued : Json.number(claims, "nbf");
    if (begins.isEmpty()) {
      return;
    }
    Duration life = Duration.ofSeconds(ends.getAsLong() - begins.getAsLong());
    if (life.compareTo(LIFE_VERY_LONG) > 0) {
      add(TokenFinding.TOKEN_LIFE_VERY_LONG, label, inWords(life));
    } else if (life.compareTo(LIFE_LONG) > 0) {
      add(TokenFinding.TOKEN_LIFE_LONG, label, inWords(life));
    }
  }

  private void checkContent(String label, ObjectNode claims) {
    List<String> audience = Json.texts(claims, "aud");
    if (audience.isEmpty()) {
      add(TokenFinding.TOKEN_AUDIENCE_MISSING, label, "no aud");
    } else if (audience.size() > 1) {
      add(
          TokenFinding.TOKEN_AUDIENCE_MANY,
          label,
          "aud is " + Printable.of(String.join(", ", audience)));
    }
    if (Json.text(claims, "jti").isEmpty()) {
      add(TokenFinding.TOKEN_ID_MISSING, label, "no jti");
    }
    if (!claims.has("cnf")) {
      add(TokenFinding.TOKEN_BEARER, label, "no cnf");
    }
    if (period == KeyPeriod.MANY_TENANTS && TENANT_CLAIMS.stream().noneMatch(claims::has)) {
      add(TokenFinding.TOKEN_TENANT_UNSTATED, label, "no claim such as tenant, tid or org_id");
    }
    List<String> missing =
        Stream.of(
                claims.has("sub") ? "" : "sub",
                CLIENT_CLAIMS.stream().anyMatch(claims::has) ? "" : "client_id")
            .filter(name -> !name.isEmpty())
            .toList();
    if (!missing.isEmpty()) {
      add(TokenFinding.TOKEN_ELEMENTS_MISSING, label, "no " + String.join(", no ", missing));
    }
  }

  /** How long the token lives, if it says. */
  public static Optional<Duration> life(ObjectNode claims) {
    OptionalLong issued = Json.number(claims, "iat");
    OptionalLong ends = Json.number(claims, "exp");
    return issued.isPresent() && ends.isPresent()
        ? Optional.of(Duration.ofSeconds(ends.getAsLong() - issued.getAsLong()))
        : Optional.empty();
  }

  public static Optional<Instant> instant(ObjectNode claims, String name) {
    OptionalLong seconds = Json.number(claims, name);
    return seconds.isPresent()
        ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong()))
        : Optional.empty();
  }

  public static String inWords(Duration life) {
    if (life.toDays() >= 2) {
      return "lives for " + life.toDays() + " days";
    }
    return life.toMinutes() >= 120
        ? "lives for " + life.toHours() + " hours"
        : "lives for " + life.toSeconds() + " s";
  }

  private void add(TokenFinding kind, String label, String detail) {
    findings.add(kind, label + ": " + detail);
  }
}
