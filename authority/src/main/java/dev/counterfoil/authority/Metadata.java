package dev.counterfoil.authority;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientKeys;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.logs.StatusListEndpoint;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The metadata of RFC 8414: only what is true. There is no authorization endpoint, so that there is
 * no response type: 3.2 has members without elements left out, also the one that section 2 asks
 * for. It is no OpenID provider, and has no metadata of one.
 */
final class Metadata {
  private static final List<String> METHODS =
      List.of(
          AuthenticationMethod.CLIENT_SECRET_BASIC.text(),
          AuthenticationMethod.CLIENT_SECRET_POST.text(),
          AuthenticationMethod.PRIVATE_KEY_JWT.text());

  private Metadata() {}

  static byte[] of(AuthorityConfiguration.Domain domain) {
    return JsonObject.builder()
        .put("issuer", domain.issuer().toString())
        .put("token_endpoint", domain.url("/token").toString())
        .put("jwks_uri", domain.url(DomainRoutes.JWKS).toString())
        // OpenID Federation 1.0, 5.2.1 and 5.1.1.
        .put("signed_jwks_uri", domain.url(DomainRoutes.SIGNED_JWKS).toString())
        .put(
            "federation_historical_keys_endpoint",
            domain.url(DomainRoutes.HISTORICAL_KEYS).toString())
        .put(
            "counterfoil_signature_only_jwks_uri",
            domain.url(DomainRoutes.SIGNATURE_ONLY_JWKS).toString())
        .put(
            "counterfoil_signature_only_signed_jwks_uri",
            domain.url(DomainRoutes.SIGNED_SIGNATURE_ONLY_JWKS).toString())
        .put("counterfoil_status_list_jwks_uri", domain.url(StatusListEndpoint.JWKS).toString())
        // Of the events that end tokens; of group-revoked no position is known
        // (spec/status-list.md).
        .put("counterfoil_status_list_events", List.of("token-revoked"))
        .put("introspection_endpoint", domain.url("/introspect").toString())
        .put("revocation_endpoint", domain.url("/revoke").toString())
        .put("grant_types_supported", List.of(GrantType.CLIENT_CREDENTIALS.text()))
        .put("token_endpoint_auth_methods_supported", METHODS)
        .put("token_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("introspection_endpoint_auth_methods_supported", METHODS)
        .put("introspection_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("revocation_endpoint_auth_methods_supported", METHODS)
        .put("revocation_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("dpop_signing_alg_values_supported", DpopProofs.ALGORITHMS)
        .put("counterfoil_key_log_uri", KeyLog.url(domain.issuer().toString()).toString())
        .put(
            "counterfoil_sightings_uri",
            domain
                .monitorUrl()
                .filter(url -> isForOthers(domain.issuer(), url))
                .map(url -> url + "/sightings")
                .orElse(null))
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** An address inside this machine is none for those who reach the issuer over https. */
  private static boolean isForOthers(URI issuer, URI url) {
    return !"https".equals(issuer.getScheme()) || "https".equals(url.getScheme());
  }
}
