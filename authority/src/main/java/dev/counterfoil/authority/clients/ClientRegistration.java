package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an operator says about a client. Whatever is not listed, the client may not do.
 *
 * @param clientId its {@code client_id}: 1 to 128 of letters, digits and {@code . _ ~ : @ / -}
 * @param name for people, up to 200 characters
 * @param tenant the tenant that all its tokens are for
 * @param subject the {@code sub} of its tokens: its own id, or the account that it serves
 * @param method how it proves itself
 * @param jwks its public keys (RFC 7517 5), for private_key_jwt and nothing else
 * @param audiences services that it may have tokens for, up to 64; none for a client that only
 *     introspects
 * @param scopes scope values that it may have, up to 64
 * @param dpopRequired whether its tokens must be bound to a key (RFC 9449 5.2)
 * @param mayIntrospect whether it may introspect tokens for its own audiences (RFC 7662)
 * @param tokenLife life of its tokens; empty for the domain's
 * @param tokenAlgorithm JOSE name of the algorithm that its tokens are signed with, for services
 *     that lag behind a change; empty for the signer's choice
 * @param concessions what it may do that new clients may not, for private_key_jwt and nothing else
 * @param signIn what it may that signs people in
 */
public record ClientRegistration(
    String clientId,
    String name,
    String tenant,
    String subject,
    AuthenticationMethod method,
    Optional<JsonObject> jwks,
    List<String> audiences,
    List<String> scopes,
    boolean dpopRequired,
    boolean mayIntrospect,
    Optional<Duration> tokenLife,
    Optional<String> tokenAlgorithm,
    Set<Concession> concessions,
    SignInTerms signIn) {
  /** The scope that it takes. */
  public static final String RECORD_SCOPE = "counterfoil:record";

  /** How scopes begin by which tokens reach what is the operator's. */
  public static final String OPERATOR_SCOPES = "counterfoil:";

  /** By this scope a client administers. */
  public static final String ADMIN_SCOPE = "counterfoil:admin";

  /** By this scope a client reads what administrators read. */
  public static final String ADMIN_READ_SCOPE = "counterfoil:admin-read";

  /** By this scope the response process takes access away, and does nothing else. */
  public static final String RESPOND_SCOPE = "counterfoil:respond";

  /** By this scope the disclosure process tells streams of notices, and does nothing else. */
  public static final String NOTICE_SCOPE = "counterfoil:tell-notices";

  private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9._~:@/-]{1,128}");

  /** Named after the members of OpenID Connect Registration 2 that are about other tokens. */
  private static final String TOKEN_ALGORITHM = "access_token_signed_response_alg";

  private static final String CONCESSIONS = "concessions";

  /** RFC 6749 3.3. */
  private static final Pattern SCOPE_VALUE =
      Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,128}");

  private static final String[] MEMBERS =
      Stream.concat(
              Stream.of(
                  "client_id",
                  "client_name",
                  "tenant",
                  "subject",
                  "token_endpoint_auth_method",
                  "jwks",
                  "audiences",
                  "scopes",
                  "dpop_bound_access_tokens",
                  "may_introspect",
                  "token_life_s",
                  TOKEN_ALGORITHM,
                  CONCESSIONS),
              SignInTerms.MEMBERS.stream())
          .toArray(String[]::new);

  private static final int NAMES_MAX = 64;
  private static final int TEXT_MAX = 200;
  private static final int AUDIENCE_MAX = 512;
  private static final Duration LIFE_MAX = Duration.ofDays(1);

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public ClientRegistration {
    audiences = List.copyOf(audiences);
    scopes = List.copyOf(scopes);
    concessions =
        concessions.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(concessions));
    require(CLIENT_ID.matcher(clientId).matches(), "client id is 1 to 128 of A-Z a-z 0-9 ._~:@/-");
    require(isText(name), "name has 1 to 200 characters and no control characters");
    require(isText(tenant), "tenant has 1 to 200 characters and no control characters");
    require(isText(subject), "subject has 1 to 200 characters and no control characters");
    require(
        jwks.isPresent() == (method == AuthenticationMethod.PRIVATE_KEY_JWT),
        "private_key_jwt wants jwks, and the other methods have none");
    require(
        concessions.isEmpty() || method == AuthenticationMethod.PRIVATE_KEY_JWT,
        "a concession is about assertions, which clients with keys alone have");
    require(
        audiences.size() <= NAMES_MAX && audiences.size() == new HashSet<>(audiences).size(),
        "at most 64 audiences, none twice");
    require(
        audiences.stream().allMatch(a -> isText(a) || isLongUri(a)),
        "an audience is a text of 1 to 200 characters or a URL of up to 512");
    require(
        scopes.size() <= NAMES_MAX && scopes.size() == new HashSet<>(scopes).size(),
        "at most 64 scopes, none twice");
    require(
        scopes.stream().allMatch(scope -> SCOPE_VALUE.matcher(scope).matches()),
        "a scope value has 1 to 128 characters of RFC 6749 3.3");
    // Whoever guesses its secret could have his forgeries recorded.
    require(
        !scopes.contains(RECORD_SCOPE) || method == AuthenticationMethod.PRIVATE_KEY_JWT,
        "scope " + RECORD_SCOPE + " wants private_key_jwt");
    // People who sign in with such a client would be administrators, and so would thieves of a
    // secret.
    require(
        (!scopes.contains(ADMIN_SCOPE)
                && !scopes.contains(ADMIN_READ_SCOPE)
                && !scopes.contains(RESPOND_SCOPE)
                && !scopes.contains(NOTICE_SCOPE))
            || (method == AuthenticationMethod.PRIVATE_KEY_JWT && !signIn.any()),
        "a scope of administrators wants private_key_jwt, and a client that signs nobody in");
    require(
        String.join(" ", scopes).length() <= TokenGrant.SCOPE_MAX,
        "scopes have together at most " + TokenGrant.SCOPE_MAX + " characters");
    require(
        method != AuthenticationMethod.NONE
            || (signIn.any()
                && !signIn.grantTypes().contains(GrantType.CLIENT_CREDENTIALS)
                && !signIn.nonceInsteadOfPkce()
                && !mayIntrospect),
        "a client that proves itself by nothing signs people in, with PKCE, and does nothing for"
            + " itself");
    require(
        tokenLife.isEmpty()
            || (tokenLife.get().compareTo(Duration.ofSeconds(1)) >= 0
                && tokenLife.get().compareTo(LIFE_MAX) <= 0),
        "token life is 1 second to 1 day");
    require(
        tokenAlgorithm.isEmpty() || isAlgorithm(tokenAlgorithm.get()),
        "the algorithm of its tokens is one that keys are of: ES256, RS256, EdDSA or ML-DSA-44");
  }

  /** Whether its tokens reach what is the operator's. */
  public boolean isOfOperator() {
    return scopes.stream().anyMatch(scope -> scope.startsWith(OPERATOR_SCOPES));
  }

  /** Changes with everything that it says: the first 128 bits of its digest, in hexadecimal. */
  public String version() {
    return Hash.sha256(toJson().canonicalBytes()).hex().substring(0, 32);
  }

  private static boolean isAlgorithm(String name) {
    try {
      PublicJwk.Algorithm.ofJose(name);
      return true;
    } catch (FormatException e) {
      return false;
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  private static boolean isText(String text) {
    return !text.isBlank()
        && text.length() <= TEXT_MAX
        && text.chars().noneMatch(Character::isISOControl);
  }

  private static boolean isLongUri(String text) {
    try {
      return text.length() <= AUDIENCE_MAX && new URI(text).isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** A client with a secret, acting for itself, for bearer tokens of the domain's usual life. */
  public static ClientRegistration withSecret(
      String clientId, String tenant, List<String> audiences, List<String> scopes) {
    return of(
        clientId,
        tenant,
        AuthenticationMethod.CLIENT_SECRET_BASIC,
        Optional.empty(),
        audiences,
        scopes,
        SignInTerms.NONE);
  }

  /** A client that can keep no secret: an application on a device, or in a browser. */
  public static ClientRegistration withoutSecret(
      String clientId,
      String tenant,
      List<String> audiences,
      List<String> scopes,
      SignInTerms terms) {
    return of(
        clientId, tenant, AuthenticationMethod.NONE, Optional.empty(), audiences, scopes, terms);
  }

  /** A client with keys of its own, acting for itself. */
  public static ClientRegistration withKeys(
      String clientId,
      String tenant,
      JsonObject jwks,
      List<String> audiences,
      List<String> scopes) {
    return of(
        clientId,
        tenant,
        AuthenticationMethod.PRIVATE_KEY_JWT,
        Optional.of(jwks),
        audiences,
        scopes,
        SignInTerms.NONE);
  }

  private static ClientRegistration of(
      String clientId,
      String tenant,
      AuthenticationMethod method,
      Optional<JsonObject> jwks,
      List<String> audiences,
      List<String> scopes,
      SignInTerms signIn) {
    return new ClientRegistration(
        clientId,
        clientId,
        tenant,
        clientId,
        method,
        jwks,
        audiences,
        scopes,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        signIn);
  }

  /** The same, acting for a subject: a service account of a mailbox, for example. */
  public ClientRegistration actingFor(String otherSubject) {
    return with(otherSubject, dpopRequired, mayIntrospect, tokenAlgorithm, concessions, signIn);
  }

  /** The same, allowed to introspect tokens for its audiences. */
  public ClientRegistration introspecting() {
    return with(subject, dpopRequired, true, tokenAlgorithm, concessions, signIn);
  }

  /** The same, whose tokens must be bound to a key. */
  public ClientRegistration dpopBound() {
    return with(subject, true, mayIntrospect, tokenAlgorithm, concessions, signIn);
  }

  /** The same, whose tokens are signed with one algorithm. */
  public ClientRegistration signedWith(String algorithm) {
    return with(subject, dpopRequired, mayIntrospect, Optional.of(algorithm), concessions, signIn);
  }

  /** The same, which may do what new clients may not. */
  public ClientRegistration conceding(Concession... granted) {
    return with(subject, dpopRequired, mayIntrospect, tokenAlgorithm, Set.of(granted), signIn);
  }

  /** The same, which signs people in. */
  public ClientRegistration signingIn(SignInTerms terms) {
    return with(subject, dpopRequired, mayIntrospect, tokenAlgorithm, concessions, terms);
  }

  private ClientRegistration with(
      String newSubject,
      boolean bound,
      boolean introspects,
      Optional<String> algorithm,
      Set<Concession> granted,
      SignInTerms terms) {
    return new ClientRegistration(
        clientId,
        name,
        tenant,
        newSubject,
        method,
        jwks,
        audiences,
        scopes,
        bound,
        introspects,
        tokenLife,
        algorithm,
        granted,
        terms);
  }

  /** The names of the members of the JSON form. */
  public static List<String> members() {
    return List.of(MEMBERS);
  }

  /** The JSON form, with the member names of RFC 7591 2 where there are any. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("client_id", clientId)
            .put("client_name", name)
            .put("tenant", tenant)
            .put("subject", subject)
            .put("token_endpoint_auth_method", method.text())
            .put("jwks", jwks.orElse(null))
            .put("audiences", audiences)
            .put("scopes", scopes)
            .put("dpop_bound_access_tokens", dpopRequired)
            .put("may_introspect", mayIntrospect);
    tokenLife.ifPresent(life -> json.put("token_life_s", life.toSeconds()));
    tokenAlgorithm.ifPresent(algorithm -> json.put(TOKEN_ALGORITHM, algorithm));
    if (!concessions.isEmpty()) {
      json.put(CONCESSIONS, concessions.stream().map(Concession::text).toList());
    }
    signIn.put(json);
    return json.build();
  }

  /**
   * Reads the JSON form. Name and subject may be left out and are the client's id then; a member
   * that is not known is refused.
   */
  public static ClientRegistration parse(JsonObject json) throws FormatException {
    json.allowOnly(MEMBERS);
    String clientId = json.string("client_id");
    Optional<Long> lifeSeconds = json.optionalNumber("token_life_s");
    if (lifeSeconds.isPresent()
        && (lifeSeconds.get() < 1 || lifeSeconds.get() > LIFE_MAX.toSeconds())) {
      throw new FormatException("token life is 1 second to 1 day");
    }
    try {
      return new ClientRegistration(
          clientId,
          json.optionalString("client_name").orElse(clientId),
          json.string("tenant"),
          json.optionalString("subject").orElse(clientId),
          AuthenticationMethod.of(json.string("token_endpoint_auth_method")),
          json.optionalObject("jwks"),
          json.strings("audiences"),
          json.strings("scopes"),
          json.has("dpop_bound_access_tokens") && json.truth("dpop_bound_access_tokens"),
          json.has("may_introspect") && json.truth("may_introspect"),
          lifeSeconds.map(Duration::ofSeconds),
          json.optionalString(TOKEN_ALGORITHM),
          concessions(json),
          SignInTerms.parse(json));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Set<Concession> concessions(JsonObject json) throws FormatException {
    Set<Concession> concessions = EnumSet.noneOf(Concession.class);
    if (json.has(CONCESSIONS)) {
      for (String name : json.strings(CONCESSIONS)) {
        concessions.add(Concession.of(name));
      }
    }
    return concessions;
  }
}
