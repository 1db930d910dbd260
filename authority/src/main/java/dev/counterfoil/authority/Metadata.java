package dev.counterfoil.authority;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientKeys;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.authority.connect.AuthorizationEndpoint;
import dev.counterfoil.authority.connect.LogoutEndpoint;
import dev.counterfoil.authority.connect.PushedRequestEndpoint;
import dev.counterfoil.authority.connect.SignedUserinfo;
import dev.counterfoil.authority.connect.UserinfoEndpoint;
import dev.counterfoil.authority.connect.logout.LogoutTokens;
import dev.counterfoil.authority.logs.StatusListEndpoint;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.signin.sessions.Session;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The metadata of RFC 8414 and OpenID Connect Discovery 3: only what is true. Where nobody signs in
 * there is no authorization endpoint, so that there is no response type: RFC 8414 3.2 has members
 * without elements left out, also the one that section 2 asks for.
 */
final class Metadata {
  private static final List<String> METHODS =
      List.of(
          AuthenticationMethod.CLIENT_SECRET_BASIC.text(),
          AuthenticationMethod.CLIENT_SECRET_POST.text(),
          AuthenticationMethod.PRIVATE_KEY_JWT.text());

  private Metadata() {}

  /**
   * The metadata of a domain, which is an OpenID provider where people sign in.
   *
   * @param types of tokens for which there are keys now
   */
  static byte[] of(AuthorityConfiguration.Domain domain, Predicate<String> types) {
    return bytes(
        // OpenID Federation 1.0, 5.2.1.
        all(domain, types).put("signed_jwks_uri", domain.url(DomainRoutes.SIGNED_JWKS).toString()));
  }

  /**
   * The same for who signs people in. Of signed keys it says nothing: mod_auth_openidc (2.4.17)
   * takes them in place of {@code jwks_uri} wherever they are named, and then cannot read them.
   */
  static byte[] ofOpenIdProvider(AuthorityConfiguration.Domain domain, Predicate<String> types) {
    return bytes(all(domain, types));
  }

  private static byte[] bytes(JsonObject.Builder json) {
    return json.build().toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonObject.Builder all(
      AuthorityConfiguration.Domain domain, Predicate<String> types) {
    boolean signsIn = domain.people().isPresent();
    JsonObject.Builder json = JsonObject.builder();
    if (signsIn) {
      putSignIn(json, domain, types);
    }
    List<String> grantTypes =
        signsIn
            ? Stream.of(GrantType.values()).map(GrantType::text).toList()
            : List.of(GrantType.CLIENT_CREDENTIALS.text());
    List<String> withPublic =
        signsIn
            ? Stream.concat(METHODS.stream(), Stream.of(AuthenticationMethod.NONE.text())).toList()
            : METHODS;
    return json.put("issuer", domain.issuer().toString())
        .put("token_endpoint", domain.url("/token").toString())
        .put("jwks_uri", domain.url(DomainRoutes.JWKS).toString())
        // OpenID Federation 1.0, 5.1.1.
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
        .put("grant_types_supported", grantTypes)
        .put("token_endpoint_auth_methods_supported", withPublic)
        .put("token_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("introspection_endpoint_auth_methods_supported", METHODS)
        .put("introspection_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("revocation_endpoint_auth_methods_supported", withPublic)
        .put("revocation_endpoint_auth_signing_alg_values_supported", ClientKeys.ALGORITHMS)
        .put("dpop_signing_alg_values_supported", DpopProofs.ALGORITHMS)
        .put("counterfoil_key_log_uri", KeyLog.url(domain.issuer().toString()).toString())
        .put(
            "counterfoil_sightings_uri",
            domain
                .monitorUrl()
                .filter(url -> isForOthers(domain.issuer(), url))
                .map(url -> url + "/sightings")
                .orElse(null));
  }

  private static void putSignIn(
      JsonObject.Builder json, AuthorityConfiguration.Domain domain, Predicate<String> types) {
    boolean tellsLogouts = types.test(LogoutTokens.TYPE);
    json.put("authorization_endpoint", domain.url(AuthorizationEndpoint.PATH).toString())
        .put("userinfo_endpoint", domain.url(UserinfoEndpoint.PATH).toString())
        // OpenID Connect RP-Initiated Logout 2.1.
        .put("end_session_endpoint", domain.url(LogoutEndpoint.PATH).toString())
        // RFC 9126 5; a client may be registered to have to.
        .put(
            "pushed_authorization_request_endpoint",
            domain.url(PushedRequestEndpoint.PATH).toString())
        .put("require_pushed_authorization_requests", false)
        .put("response_types_supported", List.of("code"))
        .put("response_modes_supported", List.of("query", "form_post"))
        .put("code_challenge_methods_supported", List.of("S256"))
        // RFC 9207 3.
        .put("authorization_response_iss_parameter_supported", true)
        .put("scopes_supported", AuthorizationEndpoint.SCOPES)
        .put("subject_types_supported", List.of("public"))
        .put("id_token_signing_alg_values_supported", SignInTerms.ID_TOKEN_ALGORITHMS)
        .put("claims_supported", UserinfoEndpoint.CLAIMS)
        .put(
            "acr_values_supported",
            List.of(Session.PHISHING_RESISTANT, Session.TWO_FACTORS, Session.PASSWORD))
        .put("prompt_values_supported", List.of("none", "login", "consent", "select_account"))
        // OpenID Connect Back-Channel Logout 1.0, 2.1.
        .put("backchannel_logout_supported", tellsLogouts)
        .put("backchannel_logout_session_supported", tellsLogouts)
        .put(
            "userinfo_signing_alg_values_supported",
            types.test(SignedUserinfo.TYPE)
                ? Stream.concat(SignInTerms.ID_TOKEN_ALGORITHMS.stream(), Stream.of("none"))
                    .toList()
                : List.of("none"))
        .put("claims_parameter_supported", true)
        .put("request_parameter_supported", false)
        .put("request_uri_parameter_supported", false);
  }

  /** An address inside this machine is none for those who reach the issuer over https. */
  private static boolean isForOthers(URI issuer, URI url) {
    return !"https".equals(issuer.getScheme()) || "https".equals(url.getScheme());
  }
}
