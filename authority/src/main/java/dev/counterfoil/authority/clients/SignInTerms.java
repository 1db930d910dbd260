package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a client may that signs people in.
 *
 * @param grantTypes with what it may ask for tokens (RFC 7591 2)
 * @param redirectUris where codes go, up to 16 (RFC 9700 2.1): the same texts as in requests, ports
 *     of loopback addresses aside
 * @param postLogoutRedirectUris where the browser may go after a logout, up to 16
 * @param idTokenAlgorithm JOSE name of the algorithm of its ID tokens; empty for RS256, which is
 *     the default of OpenID Connect Registration 2
 * @param nonceInsteadOfPkce whether it may leave PKCE out when it sends a nonce (OAuth 2.1 7.5.1)
 * @param protocol what it uses beyond the code flow
 */
public record SignInTerms(
    Set<GrantType> grantTypes,
    List<String> redirectUris,
    List<String> postLogoutRedirectUris,
    Optional<String> idTokenAlgorithm,
    boolean nonceInsteadOfPkce,
    ProtocolTerms protocol) {
  /** Of a client that acts for itself alone. */
  public static final SignInTerms NONE =
      new SignInTerms(
          Set.of(GrantType.CLIENT_CREDENTIALS), List.of(), List.of(), Optional.empty(), false);

  private static final String GRANT_TYPES = "grant_types";
  private static final String REDIRECT_URIS = "redirect_uris";
  private static final String POST_LOGOUT_REDIRECT_URIS = "post_logout_redirect_uris";
  private static final String ID_TOKEN_ALGORITHM = "id_token_signed_response_alg";
  private static final String NONCE_INSTEAD_OF_PKCE = "nonce_instead_of_pkce";

  static final List<String> MEMBERS =
      Stream.concat(
              Stream.of(
                  GRANT_TYPES,
                  REDIRECT_URIS,
                  POST_LOGOUT_REDIRECT_URIS,
                  ID_TOKEN_ALGORITHM,
                  NONCE_INSTEAD_OF_PKCE),
              ProtocolTerms.MEMBERS.stream())
          .toList();

  /** Of ID tokens, the default first. */
  public static final List<String> ID_TOKEN_ALGORITHMS = List.of("RS256", "ES256");

  private static final int URIS_MAX = 16;

  /** Of a client that uses nothing beyond the code flow. */
  public SignInTerms(
      Set<GrantType> grantTypes,
      List<String> redirectUris,
      List<String> postLogoutRedirectUris,
      Optional<String> idTokenAlgorithm,
      boolean nonceInsteadOfPkce) {
    this(
        grantTypes,
        redirectUris,
        postLogoutRedirectUris,
        idTokenAlgorithm,
        nonceInsteadOfPkce,
        ProtocolTerms.NONE);
  }

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public SignInTerms {
    grantTypes =
        grantTypes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(grantTypes));
    redirectUris = List.copyOf(redirectUris);
    postLogoutRedirectUris = List.copyOf(postLogoutRedirectUris);
    require(!grantTypes.isEmpty(), "a client has at least one grant type");
    require(
        grantTypes.contains(GrantType.AUTHORIZATION_CODE) == !redirectUris.isEmpty(),
        "authorization_code goes with redirect URIs");
    require(
        !grantTypes.contains(GrantType.REFRESH_TOKEN)
            || grantTypes.contains(GrantType.AUTHORIZATION_CODE),
        "refresh_token goes with authorization_code");
    require(
        !redirectUris.isEmpty()
            || (postLogoutRedirectUris.isEmpty()
                && !nonceInsteadOfPkce
                && protocol.equals(ProtocolTerms.NONE)),
        "a client without redirect URIs signs nobody in");
    requireUris("redirect", redirectUris);
    requireUris("post-logout redirect", postLogoutRedirectUris);
    require(
        idTokenAlgorithm.isEmpty() || ID_TOKEN_ALGORITHMS.contains(idTokenAlgorithm.get()),
        "the algorithm of ID tokens is RS256 or ES256");
  }

  private static void requireUris(String kind, List<String> uris) {
    require(
        uris.size() <= URIS_MAX && uris.size() == new HashSet<>(uris).size(),
        "at most 16 " + kind + " URIs, none twice");
    for (String uri : uris) {
      require(
          RedirectUris.isRegistrable(uri),
          kind
              + " URI "
              + uri
              + " is none: use https, http on 127.0.0.1, [::1] or localhost, or a scheme of your"
              + " own with a dot; no fragment, no user, at most 512 characters");
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  /** The algorithm of its ID tokens. */
  public String algorithmOfIdTokens() {
    return idTokenAlgorithm.orElse(ID_TOKEN_ALGORITHMS.getFirst());
  }

  /** Whether it signs people in at all. */
  public boolean any() {
    return !redirectUris.isEmpty();
  }

  /** Adds what is not as by default. */
  void put(JsonObject.Builder json) {
    if (equals(NONE)) {
      return;
    }
    json.put(GRANT_TYPES, grantTypes.stream().map(GrantType::text).toList())
        .put(REDIRECT_URIS, redirectUris);
    if (!postLogoutRedirectUris.isEmpty()) {
      json.put(POST_LOGOUT_REDIRECT_URIS, postLogoutRedirectUris);
    }
    idTokenAlgorithm.ifPresent(algorithm -> json.put(ID_TOKEN_ALGORITHM, algorithm));
    if (nonceInsteadOfPkce) {
      json.put(NONCE_INSTEAD_OF_PKCE, true);
    }
    protocol.put(json);
  }

  /** When its tokens say which groups a person is in. */
  public GroupsClaim groups() {
    return protocol.groups();
  }

  /** The same with other terms beyond the code flow. */
  public SignInTerms using(ProtocolTerms other) {
    return new SignInTerms(
        grantTypes,
        redirectUris,
        postLogoutRedirectUris,
        idTokenAlgorithm,
        nonceInsteadOfPkce,
        other);
  }

  /** Reads the members; what is left out is as by default. */
  static SignInTerms parse(JsonObject json) throws FormatException {
    List<String> redirects = strings(json, REDIRECT_URIS);
    Set<GrantType> types = EnumSet.noneOf(GrantType.class);
    if (json.has(GRANT_TYPES)) {
      for (String name : json.strings(GRANT_TYPES)) {
        types.add(GrantType.of(name));
      }
    } else {
      types.add(redirects.isEmpty() ? GrantType.CLIENT_CREDENTIALS : GrantType.AUTHORIZATION_CODE);
    }
    return new SignInTerms(
        types,
        redirects,
        strings(json, POST_LOGOUT_REDIRECT_URIS),
        json.optionalString(ID_TOKEN_ALGORITHM),
        json.has(NONCE_INSTEAD_OF_PKCE) && json.truth(NONCE_INSTEAD_OF_PKCE),
        ProtocolTerms.parse(json));
  }

  private static List<String> strings(JsonObject json, String name) throws FormatException {
    return json.has(name) ? json.strings(name) : List.of();
  }
}
