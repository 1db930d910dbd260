package dev.counterfoil.cli.keycloak;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.authority.clients.RedirectUris;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Clients of a realm export. */
final class KeycloakClients {
  private static final int JWKS_BYTES_MAX = 64 * 1024;

  /** Those that Keycloak has for itself. */
  private static final Set<String> BUILT_IN =
      Set.of(
          "account",
          "account-console",
          "admin-cli",
          "broker",
          "realm-management",
          "security-admin-console");

  /** What Keycloak gives each client, and what is about the person alone here. */
  private static final Set<String> STANDARD_SCOPES =
      Set.of(
          "acr",
          "address",
          "basic",
          "email",
          "microprofile-jwt",
          "offline_access",
          "openid",
          "organization",
          "phone",
          "profile",
          "role_list",
          "roles",
          "saml_organization",
          "service_account",
          "web-origins");

  private final String tenant;
  private final KeycloakNotes notes;
  private final Map<String, JsonObject> scopes = new HashMap<>();

  KeycloakClients(String tenant, JsonObject realm, KeycloakNotes notes) throws FormatException {
    this.tenant = tenant;
    this.notes = notes;
    for (JsonObject scope : KeycloakRealm.list(realm, "clientScopes")) {
      scopes.put(scope.string("name"), scope);
    }
  }

  /** What is registered about a client here; empty when it is not taken. */
  Optional<ClientRegistration> registration(JsonObject client) throws FormatException {
    String id = client.string("clientId");
    if (BUILT_IN.contains(id)) {
      return Optional.empty();
    }
    if (!client.optionalString("protocol").orElse("openid-connect").equals("openid-connect")) {
      notes.add("clients of another protocol, such as SAML", id);
      return Optional.empty();
    }
    if (is(client, "bearerOnly")) {
      notes.add("services, which are no clients here: name them as audiences of clients", id);
      return Optional.empty();
    }
    Optional<AuthenticationMethod> method = method(client);
    if (method.isEmpty()) {
      notes.add(
          "clients that prove themselves by what there is not here: register their keys with"
              + " counterfoil client add --jwks",
          id);
      return Optional.empty();
    }
    Optional<SignInTerms> terms = terms(client, method.get());
    if (terms.isEmpty()) {
      notes.add(
          "clients without a service account, of which no redirect URI is left: add them with"
              + " counterfoil client add",
          id);
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ClientRegistration(
              id,
              client.optionalString("name").filter(name -> !name.isBlank()).orElse(id),
              tenant,
              id,
              method.get(),
              method.get() == AuthenticationMethod.PRIVATE_KEY_JWT
                  ? Optional.of(jwks(client))
                  : Optional.empty(),
              audiences(client),
              ownScopes(client),
              isSet(client, "dpop.bound.access.tokens"),
              false,
              life(client),
              Optional.empty(),
              Set.of(),
              terms.get()));
    } catch (IllegalArgumentException e) {
      notes.add("clients that break a rule here (" + e.getMessage() + ")", id);
      return Optional.empty();
    }
  }

  private static boolean is(JsonObject client, String name) throws FormatException {
    return client.has(name) && client.truth(name);
  }

  private static Optional<String> attribute(JsonObject client, String name) throws FormatException {
    Optional<JsonObject> attributes = client.optionalObject("attributes");
    return attributes.isEmpty() ? Optional.empty() : attributes.get().optionalString(name);
  }

  private static boolean isSet(JsonObject client, String name) throws FormatException {
    return attribute(client, name).equals(Optional.of("true"));
  }

  private Optional<AuthenticationMethod> method(JsonObject client) throws FormatException {
    if (is(client, "publicClient")) {
      return Optional.of(AuthenticationMethod.NONE);
    }
    return switch (client.optionalString("clientAuthenticatorType").orElse("client-secret")) {
      case "client-secret" -> {
        notes.add("secrets of clients: each gets a new one", client.string("clientId"));
        yield Optional.of(AuthenticationMethod.CLIENT_SECRET_BASIC);
      }
      case "client-jwt" ->
          attribute(client, "jwks.string").isPresent()
              ? Optional.of(AuthenticationMethod.PRIVATE_KEY_JWT)
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static JsonObject jwks(JsonObject client) throws FormatException {
    return StrictJson.object(
        attribute(client, "jwks.string").orElse("").getBytes(StandardCharsets.UTF_8),
        JWKS_BYTES_MAX);
  }

  private Optional<SignInTerms> terms(JsonObject client, AuthenticationMethod method)
      throws FormatException {
    String id = client.string("clientId");
    List<String> redirects =
        is(client, "standardFlowEnabled") || !client.has("standardFlowEnabled")
            ? registrable(client, KeycloakRealm.names(client, "redirectUris"))
            : List.of();
    Set<GrantType> types = EnumSet.noneOf(GrantType.class);
    if (!redirects.isEmpty()) {
      types.add(GrantType.AUTHORIZATION_CODE);
      if (!attribute(client, "use.refresh.tokens").equals(Optional.of("false"))) {
        types.add(GrantType.REFRESH_TOKEN);
      }
      if (!attribute(client, "pkce.code.challenge.method").equals(Optional.of("S256"))) {
        notes.say(
            id
                + " has to send PKCE with S256 here. If its library has none, set"
                + " nonce_instead_of_pkce for it.");
      }
    }
    if (is(client, "serviceAccountsEnabled") && method != AuthenticationMethod.NONE) {
      types.add(GrantType.CLIENT_CREDENTIALS);
    }
    if (is(client, "implicitFlowEnabled") || is(client, "directAccessGrantsEnabled")) {
      notes.add("the implicit flow and password grants, which OAuth 2.1 has no more", id);
    }
    if (types.isEmpty()) {
      return Optional.empty();
    }
    if (redirects.isEmpty()) {
      return Optional.of(SignInTerms.NONE);
    }
    Optional<String> algorithm =
        attribute(client, "id.token.signed.response.alg")
            .filter(SignInTerms.ID_TOKEN_ALGORITHMS::contains);
    return Optional.of(
        new SignInTerms(
            types,
            redirects,
            afterLogout(client, redirects),
            algorithm,
            false,
            new ProtocolTerms(
                logout(client),
                logout(client).isPresent() && isSet(client, "backchannel.logout.session.required"),
                isSet(client, "require.pushed.authorization.requests"),
                Optional.empty(),
                saysGroups(client) ? GroupsClaim.ALWAYS : GroupsClaim.NEVER)));
  }

  private Optional<String> logout(JsonObject client) throws FormatException {
    Optional<String> uri =
        attribute(client, "backchannel.logout.url").filter(url -> !url.isEmpty());
    if (uri.isPresent() && !RedirectUris.isReachableByServer(uri.get())) {
      notes.add("addresses for back-channel logout that are not on https", uri.get());
      return Optional.empty();
    }
    return uri;
  }

  private List<String> afterLogout(JsonObject client, List<String> redirects)
      throws FormatException {
    String all = attribute(client, "post.logout.redirect.uris").orElse("-");
    return switch (all) {
      case "-", "" -> List.of();
      case "+" -> redirects;
      default -> registrable(client, List.of(all.split("##", -1)));
    };
  }

  private List<String> registrable(JsonObject client, List<String> uris) throws FormatException {
    String root = client.optionalString("rootUrl").orElse("");
    Set<String> taken = new LinkedHashSet<>();
    for (String uri : uris) {
      String whole = uri.startsWith("/") ? root + uri : uri;
      if (whole.contains("*") || !RedirectUris.isRegistrable(whole)) {
        notes.add(
            "redirect URIs that are not one address, on https or of one device: write down each",
            whole);
      } else {
        taken.add(whole);
      }
    }
    return List.copyOf(taken);
  }

  /** The mappers of a client and of the scopes that it always has. */
  private List<JsonObject> mappers(JsonObject client) throws FormatException {
    List<JsonObject> mappers = new ArrayList<>(KeycloakRealm.list(client, "protocolMappers"));
    for (String name : KeycloakRealm.names(client, "defaultClientScopes")) {
      if (scopes.containsKey(name)) {
        mappers.addAll(KeycloakRealm.list(scopes.get(name), "protocolMappers"));
      }
    }
    return mappers;
  }

  private boolean saysGroups(JsonObject client) throws FormatException {
    for (JsonObject mapper : mappers(client)) {
      if (mapper.string("protocolMapper").equals("oidc-group-membership-mapper")) {
        return true;
      }
    }
    return false;
  }

  private List<String> audiences(JsonObject client) throws FormatException {
    Set<String> audiences = new LinkedHashSet<>();
    for (JsonObject mapper : mappers(client)) {
      Optional<JsonObject> config = mapper.optionalObject("config");
      if (mapper.string("protocolMapper").equals("oidc-audience-mapper") && config.isPresent()) {
        for (String name : List.of("included.client.audience", "included.custom.audience")) {
          config
              .get()
              .optionalString(name)
              .filter(audience -> !audience.isBlank())
              .ifPresent(audiences::add);
        }
      }
    }
    if (audiences.isEmpty()) {
      notes.say(
          client.string("clientId")
              + " names no audience. Add those that its access tokens are for, as audiences.");
    }
    return List.copyOf(audiences);
  }

  private static List<String> ownScopes(JsonObject client) throws FormatException {
    Set<String> own = new LinkedHashSet<>();
    for (String kind : List.of("defaultClientScopes", "optionalClientScopes")) {
      for (String name : KeycloakRealm.names(client, kind)) {
        if (!STANDARD_SCOPES.contains(name)) {
          own.add(name);
        }
      }
    }
    return List.copyOf(own);
  }

  private static Optional<Duration> life(JsonObject client) throws FormatException {
    Optional<String> text =
        attribute(client, "access.token.lifespan")
            .filter(value -> value.matches("[1-9][0-9]{0,4}"));
    return text.map(value -> Duration.ofSeconds(Long.parseLong(value)));
  }
}
