package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.RedirectUris;
import dev.counterfoil.authority.clients.TokenGrant;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a client asks of a person (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1), checked.
 *
 * @param client who asks
 * @param answer where and how the answer goes
 * @param scopes what it would have
 * @param audiences of the access tokens
 * @param challenge of PKCE, always S256
 * @param nonce for the ID token
 * @param prompts what the person is to see
 * @param maxAge how old the sign-in may be
 * @param loginHint who is expected
 * @param idTokenHint a token of who is expected
 * @param acr how well the person has to prove who they are, one of these; none for any
 * @param claims what is asked for singly
 * @param key thumbprint of the key that the code is bound to (RFC 9449 10)
 * @param locale of the pages
 */
record AuthorizationRequest(
    Client client,
    ClientAnswer answer,
    Set<String> scopes,
    List<String> audiences,
    Optional<String> challenge,
    Optional<String> nonce,
    Set<Prompt> prompts,
    Optional<Duration> maxAge,
    Optional<String> loginHint,
    Optional<String> idTokenHint,
    Set<String> acr,
    ClaimsRequest claims,
    Optional<String> key,
    Locale locale) {
  static final String OPENID = "openid";
  static final String OFFLINE_ACCESS = "offline_access";

  /** What clients of people may ask without being registered for it: about the person alone. */
  static final List<String> STANDARD_SCOPES = List.of(OPENID, "profile", "email", OFFLINE_ACCESS);

  /** Of OpenID Connect Core 5.4; there is nothing to tell. */
  private static final Set<String> EMPTY_SCOPES = Set.of("address", "phone");

  /** Long enough for what libraries put in; it comes back in a URL. */
  static final int STATE_MAX = 1024;

  static final int NONCE_MAX = 512;
  private static final int HINT_MAX = 256;
  private static final Pattern S256 = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
  private static final Pattern SCOPES = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E ]*");

  /** OpenID Connect Core 3.1.2.1. */
  enum Prompt {
    NONE,
    LOGIN,
    CONSENT,
    SELECT_ACCOUNT
  }

  AuthorizationRequest {
    scopes = Set.copyOf(scopes);
    audiences = List.copyOf(audiences);
    prompts = Set.copyOf(prompts);
    acr = Set.copyOf(acr);
  }

  /** What is to be done with a request. */
  sealed interface Decision {
    /** A page for the person: the client cannot be told, since it is not known where it is. */
    record Page(String sentence) implements Decision {}

    /** The client is told. */
    record Refuse(ClientAnswer answer, String code, String description) implements Decision {}

    /** It can be asked. */
    record Ask(AuthorizationRequest request) implements Decision {}
  }

  /**
   * Decides. Pure.
   *
   * @param clients those that are registered and admitted
   * @param defaultAudiences the domain's, for clients that may have several and name none
   * @param issuer the audience of tokens of a client that has none
   * @param isPushed whether the client pushed it (RFC 9126)
   */
  static Decision decide(
      Form form,
      Function<String, Optional<Client>> clients,
      List<String> defaultAudiences,
      String issuer,
      boolean isPushed) {
    Optional<Client> found = form.value("client_id").flatMap(clients);
    if (found.isEmpty() || !found.get().mayUse(GrantType.AUTHORIZATION_CODE)) {
      return new Decision.Page("The application that sent you here is not registered.");
    }
    Client client = found.get();
    Optional<String> redirect = form.value("redirect_uri");
    if (redirect.isEmpty()
        || !RedirectUris.matches(client.registration().signIn().redirectUris(), redirect.get())) {
      return new Decision.Page(
          "The address to which you would be sent back is not registered for this application.");
    }
    Optional<String> state = form.value("state");
    if (state.filter(text -> text.length() > STATE_MAX).isPresent()
        || form.value("nonce").filter(text -> text.length() > NONCE_MAX).isPresent()) {
      return new Decision.Page("The application sent a state or nonce that is too long.");
    }
    Optional<String> mode = form.value("response_mode");
    if (mode.filter(text -> !Set.of("query", "form_post").contains(text)).isPresent()) {
      return new Decision.Page("The application asks for an answer in a way that there is not.");
    }
    if (form.value("response_type").isEmpty()) {
      return new Decision.Page("The application did not say what it asks for.");
    }
    ClientAnswer answer =
        new ClientAnswer(redirect.get(), state, mode.equals(Optional.of("form_post")));
    if (client.registration().signIn().protocol().pushedRequestsRequired() && !isPushed) {
      return new Decision.Refuse(
          answer, "invalid_request", "the client has to push its requests (RFC 9126)");
    }
    try {
      return new Decision.Ask(read(form, client, answer, defaultAudiences, issuer));
    } catch (RefusedRequestException e) {
      return new Decision.Refuse(answer, e.code, String.valueOf(e.getMessage()));
    } catch (RequestRefusedException e) {
      return new Decision.Refuse(answer, e.error().code().text(), e.error().description());
    }
  }

  private static AuthorizationRequest read(
      Form form, Client client, ClientAnswer answer, List<String> defaultAudiences, String issuer)
      throws RefusedRequestException, RequestRefusedException {
    refuseIf(form.value("request").isPresent(), "request_not_supported", "send plain parameters");
    refuseIf(
        form.value("request_uri").isPresent(),
        "request_uri_not_supported",
        "send plain parameters");
    refuseIf(
        form.value("registration").isPresent(),
        "registration_not_supported",
        "register with the operator");
    refuseIf(
        !form.value("response_type").equals(Optional.of("code")),
        "unsupported_response_type",
        "the one response_type is code");
    Optional<String> nonce = form.value("nonce");
    ClaimsRequest claims = claims(form);
    Set<String> scopes = scopes(form, client);
    if (scopes.contains(OPENID)) {
      scopes.addAll(claims.scopes());
    }
    return new AuthorizationRequest(
        client,
        answer,
        scopes,
        audiences(form, client, scopes, defaultAudiences, issuer),
        challenge(form, client, nonce.isPresent()),
        nonce,
        prompts(form),
        maxAge(form),
        form.value("login_hint").filter(hint -> hint.length() <= HINT_MAX),
        form.value("id_token_hint"),
        Set.copyOf(
            AuthenticationLevels.known(
                form.value("acr_values")
                    .map(all -> List.of(all.split(" ", -1)))
                    .orElse(List.of()))),
        claims,
        key(form),
        locale(form));
  }

  private static ClaimsRequest claims(Form form) throws RefusedRequestException {
    Optional<String> text = form.value("claims");
    if (text.isEmpty()) {
      return ClaimsRequest.NONE;
    }
    try {
      return ClaimsRequest.parse(text.get());
    } catch (FormatException e) {
      throw new RefusedRequestException(
          "invalid_request", "claims is no JSON object as in OpenID Connect Core 5.5, of 2 kB");
    }
  }

  private static Set<String> scopes(Form form, Client client) throws RefusedRequestException {
    Optional<String> asked = form.value("scope");
    GroupsClaim groups = client.registration().signIn().groups();
    Set<String> scopes = new LinkedHashSet<>();
    if (groups == GroupsClaim.ALWAYS) {
      // The person is asked for it, as for all else.
      scopes.add(PersonTokens.GROUPS);
    }
    if (asked.isEmpty()) {
      scopes.addAll(client.registration().scopes());
      return scopes;
    }
    refuseIf(
        asked.get().length() > TokenGrant.SCOPE_MAX || !SCOPES.matcher(asked.get()).matches(),
        "invalid_scope",
        "scope is too long or holds a character that there is none with");
    for (String value : asked.get().split(" ", -1)) {
      boolean isNothing =
          value.isEmpty()
              || EMPTY_SCOPES.contains(value)
              // OpenID Connect Core 11: ignored where there are no refresh tokens.
              || (value.equals(OFFLINE_ACCESS) && !client.mayUse(GrantType.REFRESH_TOKEN));
      if (isNothing) {
        continue;
      }
      boolean isOfPerson =
          STANDARD_SCOPES.contains(value)
              || (value.equals(PersonTokens.GROUPS) && groups != GroupsClaim.NEVER);
      refuseIf(
          !isOfPerson && !client.mayHaveScope(value),
          "invalid_scope",
          "the client is not registered for a scope that it asks for");
      scopes.add(value);
    }
    return scopes;
  }

  private static List<String> audiences(
      Form form, Client client, Set<String> scopes, List<String> defaultAudiences, String issuer)
      throws RequestRefusedException {
    List<String> resources = form.values("resource");
    List<String> named = form.values("audience");
    boolean hasNone =
        client.registration().audiences().isEmpty() && resources.isEmpty() && named.isEmpty();
    Set<String> audiences =
        new LinkedHashSet<>(
            hasNone ? List.of() : TokenGrant.audiences(client, resources, named, defaultAudiences));
    // Userinfo is a service as others are, and honours what names it.
    if (hasNone || scopes.contains(OPENID)) {
      audiences.add(issuer);
    }
    return List.copyOf(audiences);
  }

  private static Optional<String> challenge(Form form, Client client, boolean hasNonce)
      throws RefusedRequestException {
    Optional<String> challenge = form.value("code_challenge");
    Optional<String> method = form.value("code_challenge_method");
    if (challenge.isEmpty() && method.isEmpty()) {
      refuseIf(
          !(client.registration().signIn().nonceInsteadOfPkce() && hasNonce),
          "invalid_request",
          "code_challenge is missing: PKCE is required (RFC 7636)");
      return Optional.empty();
    }
    refuseIf(
        !method.equals(Optional.of("S256")),
        "invalid_request",
        "the one code_challenge_method is S256");
    refuseIf(
        challenge.filter(text -> S256.matcher(text).matches()).isEmpty(),
        "invalid_request",
        "code_challenge is no SHA-256 in base64url");
    return challenge;
  }

  private static Set<Prompt> prompts(Form form) throws RefusedRequestException {
    Set<Prompt> prompts = EnumSet.noneOf(Prompt.class);
    for (String text : form.value("prompt").map(all -> all.split(" ", -1)).orElse(new String[0])) {
      switch (text) {
        case "none" -> prompts.add(Prompt.NONE);
        case "login" -> prompts.add(Prompt.LOGIN);
        case "consent" -> prompts.add(Prompt.CONSENT);
        case "select_account" -> prompts.add(Prompt.SELECT_ACCOUNT);
        default ->
            throw new RefusedRequestException(
                "invalid_request", "prompt is none, login, consent or select_account");
      }
    }
    refuseIf(
        prompts.contains(Prompt.NONE) && prompts.size() > 1,
        "invalid_request",
        "prompt none goes with no other");
    return prompts;
  }

  private static Optional<Duration> maxAge(Form form) throws RefusedRequestException {
    Optional<String> text = form.value("max_age");
    refuseIf(
        text.filter(age -> !SECONDS.matcher(age).matches()).isPresent(),
        "invalid_request",
        "max_age is a number of seconds");
    return text.map(age -> Duration.ofSeconds(Long.parseLong(age)));
  }

  private static Optional<String> key(Form form) throws RefusedRequestException {
    Optional<String> key = form.value("dpop_jkt");
    refuseIf(
        key.filter(text -> !S256.matcher(text).matches()).isPresent(),
        "invalid_request",
        "dpop_jkt is no thumbprint of RFC 7638");
    return key;
  }

  private static Locale locale(Form form) {
    List<String> asked = new ArrayList<>();
    form.value("ui_locales").ifPresent(all -> asked.addAll(List.of(all.split(" ", -1))));
    return asked.stream()
        .map(Locale::forLanguageTag)
        .filter(locale -> !locale.getLanguage().isEmpty())
        .findFirst()
        .orElse(Locale.ROOT);
  }

  private static void refuseIf(boolean isWrong, String code, String description)
      throws RefusedRequestException {
    if (isWrong) {
      throw new RefusedRequestException(code, description);
    }
  }

  /** Carries a refusal to the one place that decides. */
  private static final class RefusedRequestException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String code;

    RefusedRequestException(String code, String description) {
      super(description, null, false, false);
      this.code = code;
    }
  }

  /** As a {@code scope} value, in one order. */
  String scope() {
    return String.join(" ", scopes.stream().sorted().toList());
  }
}
