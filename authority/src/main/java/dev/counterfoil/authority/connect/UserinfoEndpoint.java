package dev.counterfoil.authority.connect;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.BearerScope;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Who a person is, for a client that has an access token of theirs (OpenID Connect Core 5.3).
 *
 * @param saysGroups whether a client may know the groups of people
 */
public record UserinfoEndpoint(
    BearerScope openid,
    Directory people,
    Predicate<String> saysGroups,
    SignedUserinfo signed,
    URI uri,
    AuthorityAudit audit)
    implements AuthorityAudit.Action {
  /** Where it lies. */
  public static final String PATH = "/userinfo";

  /** What there is to tell. */
  public static final List<String> CLAIMS =
      List.of("sub", "name", "preferred_username", "email", "email_verified", PersonTokens.GROUPS);

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = openid.require(request, uri, posted(request));
    asked.with(token);
    Person person =
        people
            .bySubject(token.subject())
            .filter(one -> !one.disabled())
            .orElseThrow(
                () ->
                    new RequestRefusedException(
                        OAuthError.of(
                            OAuthError.Code.INVALID_TOKEN,
                            "the token is in the name of nobody who may sign in")));
    audit.record(asked.draft(Operation.USERINFO_READ).entity("person", person.subject()));
    JsonObject claims = claims(person, claims(token.scopes()));
    if (token.scopes().contains(PersonTokens.GROUPS)
        && saysGroups.test(token.clientId().orElse(""))) {
      claims = claims.with(PersonTokens.GROUPS, people.groups().of(person.subject()));
    }
    Optional<String> jwt = signed.of(token, claims);
    if (jwt.isPresent()) {
      response
          .header(HeaderNames.CACHE_CONTROL, "no-store")
          .header(HeaderNames.CONTENT_TYPE, "application/jwt")
          .send(jwt.get().getBytes(StandardCharsets.US_ASCII));
      return;
    }
    HttpAnswers.json(
        response, claims.with("sub", person.subject()).toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The token in the body (RFC 6750 2.2), where there is one. */
  private static Optional<String> posted(ServerRequest request) throws RequestRefusedException {
    if (!request.prologue().method().equals(Method.POST)
        || FormRequests.header(request, HeaderNames.AUTHORIZATION).isPresent()) {
      return Optional.empty();
    }
    Form form = FormRequests.form(request);
    return form.value("access_token");
  }

  /** The claims that the scope of a token gives (OpenID Connect Core 5.4). Pure. */
  static Set<String> claims(Set<String> scopes) {
    return CLAIMS.stream()
        .filter(claim -> ClaimsRequest.scopeOf(claim).filter(scopes::contains).isPresent())
        .collect(Collectors.toSet());
  }

  /** What there is of these of a person, without {@code sub}. Pure. */
  static JsonObject claims(Person person, Set<String> names) {
    JsonObject.Builder claims = JsonObject.builder();
    if (names.contains("name")) {
      claims.put("name", person.name());
    }
    if (names.contains("preferred_username")) {
      claims.put("preferred_username", person.username());
    }
    if (names.contains("email")) {
      claims.put("email", person.email().orElse(null));
    }
    if (names.contains("email_verified") && person.email().isPresent()) {
      claims.put("email_verified", person.emailVerified());
    }
    return claims.build();
  }
}
