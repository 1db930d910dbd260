package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Stapling;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application says of its tokens, under {@code counterfoil}.
 *
 * @param policy the trust policy: a file's path, or a location such as {@code
 *     classpath:policy.txt}, {@code file:/etc/counterfoil/policy.txt} or {@code base64:...}
 * @param audience the application's name as tokens have it in {@code aud}
 * @param tenants tenants whose tokens it honours
 * @param anyTenant whether it honours those of every tenant, and keeps their data apart; then
 *     {@code tenants} is empty
 * @param binding what tokens must be bound to
 * @param origin scheme and host of the application as its clients see them, such as {@code
 *     https://mail.example}, against which DPoP proofs are checked; without it against the host
 *     that each request names
 * @param stapling what is done with the proof of issuing that a client sends with its token
 * @param letsForgedTokensIn whether tokens that were never issued pass and are reported only, so
 *     that whoever stole a key gets in; wants {@code reporting}
 * @param stream whether the application receives every leaf of its issuer's logs, 32 bytes a token,
 *     instead of fetching tiles as tokens come; for a busy one
 * @param streamOwnTokens whether it receives the leaves of its own audience only; the issuer has to
 *     name it in {@code audience-streams}
 * @param streamNeighbour a neighbour on this host that shares its leaves, such as a guard
 * @param clockSkew how far the {@code iat} or {@code nbf} of a token may lie in the future; {@code
 *     exp} is kept to the second
 * @param otherIssuers issuers whose tokens the application takes beside, by their key sets alone,
 *     while it migrates; an attacker with such an issuer's key gets in
 * @param attachedIssuers issuers that keep their own {@code iss} and keys and record their tokens,
 *     whose tokens the application takes, too; the {@code iss} tells whose a {@code sub} is
 * @param reporting where sightings go; without it a forged token is refused and nobody hears of it
 */
@ConfigurationProperties("counterfoil")
public record CounterfoilProperties(
    String policy,
    String audience,
    @DefaultValue List<String> tenants,
    @DefaultValue("false") boolean anyTenant,
    @DefaultValue("bearer-allowed") Expectations.Binding binding,
    @Nullable URI origin,
    @DefaultValue("ignored") Stapling stapling,
    @DefaultValue("false") boolean letsForgedTokensIn,
    @DefaultValue("false") boolean stream,
    @DefaultValue("false") boolean streamOwnTokens,
    @Nullable URI streamNeighbour,
    @DefaultValue("30s") Duration clockSkew,
    @DefaultValue List<OtherIssuer> otherIssuers,
    @DefaultValue List<String> attachedIssuers,
    @Nullable Reporting reporting) {

  /**
   * Where sightings go.
   *
   * @param monitor its URL
   * @param instance the name of this process, unlike that of any other of the same client
   * @param clientId the application's client identifier at the issuer
   * @param clientKey the path of the file with its private JWK (EC, P-256). A text, since Spring
   *     takes a relative {@code Path} for a resource of the application, and refuses {@code ..}
   * @param audience of the access tokens with which it reports
   */
  public record Reporting(
      URI monitor,
      String instance,
      String clientId,
      String clientKey,
      @DefaultValue("counterfoil-monitor") String audience) {
    public Reporting {
      if (monitor == null || instance == null || clientId == null || clientKey == null) {
        throw new IllegalArgumentException(
            "counterfoil: reporting wants monitor, instance, client-id and client-key");
      }
    }
  }

  /**
   * An issuer beside the policy's.
   *
   * @param issuer as its tokens have it in {@code iss}
   * @param audience the application's name as its tokens have it in {@code aud}
   * @param jwkSetUri where its keys are; without it its metadata says so
   */
  public record OtherIssuer(String issuer, String audience, @Nullable String jwkSetUri) {
    public OtherIssuer {
      if (issuer == null || issuer.isBlank() || audience == null || audience.isBlank()) {
        throw new IllegalArgumentException("counterfoil: other-issuers want issuer and audience");
      }
    }
  }

  public CounterfoilProperties {
    if (policy == null || policy.isBlank() || audience == null || audience.isBlank()) {
      throw new IllegalArgumentException("counterfoil: say policy and audience");
    }
    if (streamOwnTokens && streamNeighbour != null) {
      throw new IllegalArgumentException(
          "counterfoil: a neighbour has every leaf: say stream-own-tokens or stream-neighbour");
    }
    if (origin != null
        && (!("https".equals(origin.getScheme()) || "http".equals(origin.getScheme()))
            || origin.getHost() == null
            || origin.getRawUserInfo() != null
            || !origin.getRawPath().isEmpty()
            || origin.getRawQuery() != null
            || origin.getRawFragment() != null)) {
      throw new IllegalArgumentException(
          "counterfoil: origin is scheme and host alone, such as https://mail.example");
    }
    if (clockSkew.isNegative()) {
      throw new IllegalArgumentException("counterfoil: clock-skew is not negative");
    }
    otherIssuers = List.copyOf(otherIssuers);
    attachedIssuers = List.copyOf(attachedIssuers);
    for (OtherIssuer other : otherIssuers) {
      if (attachedIssuers.contains(other.issuer())) {
        throw new IllegalArgumentException(
            "counterfoil: "
                + other.issuer()
                + " is listed under attached-issuers and under other-issuers, where its record is not"
                + " asked for");
      }
    }
    tenants = List.copyOf(tenants);
    if (tenants.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("counterfoil: a tenant has no name");
    }
    if (anyTenant != tenants.isEmpty()) {
      throw new IllegalArgumentException(
          "counterfoil: list tenants, or say any-tenant: true, and not both");
    }
  }

  /** The same for the verifier. */
  Expectations expectations() {
    Expectations.WithType expected = Expectations.audience(audience).accessToken();
    return (anyTenant
            ? expected.anyTenant()
            : expected.tenants(AllowList.of(tenants.toArray(String[]::new))))
        .binding(binding)
        .attachedIssuers(AllowList.of(attachedIssuers.toArray(String[]::new)));
  }
}
