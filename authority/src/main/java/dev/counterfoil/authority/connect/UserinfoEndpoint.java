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

/**
 * Who a person is, for a client that has an access token of theirs (OpenID Connect Core 5.3).
 *
 * @param saysGroups whether a client may know the groups of people
 */
public record UserinfoEndpoint(
    BearerScope openid,
    Directory people,
    Predicate<String> saysGroups,
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
    JsonObject claims = claims(person, token.scopes());
    if (token.scopes().contains(PersonTokens.GROUPS)
        && saysGroups.test(token.clientId().orElse(""))) {
      claims = claims.with(PersonTokens.GROUPS, people.groups().of(person.subject()));
    }
    HttpAnswers.json(response, claims.toString().getBytes(StandardCharsets.UTF_8));
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

  /** What the scope of a token lets its client know (OpenID Connect Core 5.4). Pure. */
  static JsonObject claims(Person person, Set<String> scopes) {
    JsonObject.Builder claims = JsonObject.builder().put("sub", person.subject());
    if (scopes.contains("profile")) {
      claims.put("name", person.name()).put("preferred_username", person.username());
    }
    if (scopes.contains("email") && person.email().isPresent()) {
      claims.put("email", person.email().get()).put("email_verified", person.emailVerified());
    }
    return claims.build();
  }
}
