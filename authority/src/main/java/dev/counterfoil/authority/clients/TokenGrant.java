package dev.counterfoil.authority.clients;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a client gets of what it asks for: never more than it is registered for, and never less than
 * it named. Pure.
 *
 * @param audiences the {@code aud}
 * @param scope the {@code scope}; empty for none
 * @param life of the token
 */
public record TokenGrant(List<String> audiences, String scope, Duration life) {
  /** Longest scope, in characters. */
  public static final int SCOPE_MAX = 4096;

  /**
   * Decides.
   *
   * @param defaultAudiences the domain's, for clients that may have several and name none
   * @param domainLife life of tokens of clients that have no other
   */
  public static TokenGrant decide(
      Client client, Form form, List<String> defaultAudiences, Duration domainLife)
      throws RequestRefusedException {
    Optional<String> grantType = form.value("grant_type");
    if (grantType.isEmpty()) {
      throw refused(OAuthError.Code.INVALID_REQUEST, "grant_type is missing");
    }
    if (!grantType.get().equals(GrantType.CLIENT_CREDENTIALS.text())) {
      throw refused(
          OAuthError.Code.UNSUPPORTED_GRANT_TYPE,
          "grant_type is client_credentials, authorization_code or refresh_token");
    }
    if (!client.mayUse(GrantType.CLIENT_CREDENTIALS)) {
      throw notFor(GrantType.CLIENT_CREDENTIALS);
    }
    if (client.registration().audiences().isEmpty()) {
      throw refused(
          OAuthError.Code.UNAUTHORIZED_CLIENT, "the client is registered for no audience");
    }
    return new TokenGrant(
        audiences(client, form.values("resource"), form.values("audience"), defaultAudiences),
        scope(client, form),
        client.registration().tokenLife().orElse(domainLife));
  }

  /** What a client hears that is not registered for a grant type. */
  public static RequestRefusedException notFor(GrantType type) {
    return refused(
        OAuthError.Code.UNAUTHORIZED_CLIENT,
        "the client is not registered for grant_type " + type.text());
  }

  /**
   * The audiences of a token.
   *
   * @param resources that the client named (RFC 8707)
   * @param named the same by their names
   */
  public static List<String> audiences(
      Client client, List<String> resources, List<String> named, List<String> defaultAudiences)
      throws RequestRefusedException {
    if (resources.isEmpty() && named.isEmpty()) {
      return defaultAudiences(client, defaultAudiences);
    }
    List<String> audiences = new ArrayList<>(resources.size() + named.size());
    for (String resource : resources) {
      if (!isResource(resource)) {
        throw refused(
            OAuthError.Code.INVALID_TARGET,
            "resource is not an absolute URI without a fragment (RFC 8707 2)");
      }
      add(audiences, resource, client);
    }
    for (String audience : named) {
      add(audiences, audience, client);
    }
    if (audiences.size() > IssueRequest.AUDIENCES_MAX) {
      throw refused(
          OAuthError.Code.INVALID_TARGET, "more than " + IssueRequest.AUDIENCES_MAX + " audiences");
    }
    return List.copyOf(audiences);
  }

  private static void add(List<String> audiences, String audience, Client client)
      throws RequestRefusedException {
    if (!client.mayHaveAudience(audience)) {
      throw refused(
          OAuthError.Code.INVALID_TARGET, "the client is not registered for this audience");
    }
    if (!audiences.contains(audience)) {
      audiences.add(audience);
    }
  }

  private static List<String> defaultAudiences(Client client, List<String> defaultAudiences)
      throws RequestRefusedException {
    if (client.registration().audiences().size() == 1) {
      return client.registration().audiences();
    }
    for (String audience : defaultAudiences) {
      if (client.mayHaveAudience(audience)) {
        return List.of(audience);
      }
    }
    throw refused(
        OAuthError.Code.INVALID_TARGET,
        "the client may have tokens for several audiences: name one with audience or resource");
  }

  private static String scope(Client client, Form form) throws RequestRefusedException {
    Optional<String> asked = form.value("scope");
    if (asked.isEmpty()) {
      return client.everyScope();
    }
    String scope = asked.get();
    if (scope.length() > SCOPE_MAX) {
      throw refused(OAuthError.Code.INVALID_SCOPE, "scope is too long");
    }
    if (client.mayHaveScope(scope)) {
      return scope;
    }
    List<String> granted = new ArrayList<>();
    for (String value : scope.split(" ", -1)) {
      // A value that is malformed is one that nobody is registered for.
      if (!client.mayHaveScope(value)) {
        throw refused(
            OAuthError.Code.INVALID_SCOPE, "the client is not registered for a scope it asks for");
      }
      if (!granted.contains(value)) {
        granted.add(value);
      }
    }
    return String.join(" ", granted);
  }

  private static boolean isResource(String resource) {
    try {
      URI uri = new URI(resource);
      return uri.isAbsolute() && uri.getRawFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static RequestRefusedException refused(OAuthError.Code code, String description) {
    return new RequestRefusedException(OAuthError.of(code, description));
  }
}
