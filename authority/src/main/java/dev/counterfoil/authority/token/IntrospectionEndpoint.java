package dev.counterfoil.authority.token;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.people.Usernames;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Token introspection (RFC 7662), for services that cannot embed the verifier. A client may ask
 * that is registered to do so, and about tokens for its own audiences; about every other token it
 * hears that it is not active.
 *
 * @param usernames of who signs in; null where nobody does
 */
public record IntrospectionEndpoint(
    ClientAuthenticator authenticator,
    IssuedTokens tokens,
    URI uri,
    ClientAddress addresses,
    @Nullable Usernames usernames,
    AuthorityAudit audit)
    implements AuthorityAudit.Action {
  private static final byte[] INACTIVE = "{\"active\":false}".getBytes(StandardCharsets.US_ASCII);

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Form form = FormRequests.form(request);
    ClientAuthenticator.Authenticated asking =
        authenticator.authenticate(FormRequests.header(request, HeaderNames.AUTHORIZATION), form);
    asked.by(asking);
    Client caller = asking.client();
    RequestContext context =
        RequestContext.of("POST", uri, addresses.of(request)).withResource(caller.id());
    if (!caller.registration().mayIntrospect()) {
      form.value("token").ifPresent(token -> tokens.inspect(token, context));
      throw new RequestRefusedException(
          OAuthError.of(
              OAuthError.Code.ACCESS_DENIED, "the client is not registered to introspect tokens"));
    }
    String token =
        form.value("token")
            .orElseThrow(
                () -> new RequestRefusedException(OAuthError.invalidRequest("token is missing")));
    Optional<Verified> verified =
        tokens
            .find(token, context)
            .filter(found -> found.audiences().stream().anyMatch(caller::mayHaveAudience));
    // What is told about a token is on the record before it is told.
    if (verified.isPresent()) {
      asked.with(verified.get());
      audit.record(asked.draft(Operation.TOKEN_INTROSPECT));
    } else {
      audit.record(
          asked
              .draft(Operation.TOKEN_INTROSPECT_REFUSE)
              .refused("inactive", "it is no token of this issuer that holds and is the client's"));
    }
    HttpAnswers.json(response, verified.map(this::active).orElse(INACTIVE));
  }

  /** A program's subject; of a person what the token's scope lets be known, as at userinfo. */
  private @Nullable String username(Verified token) {
    Optional<String> username =
        usernames == null ? Optional.empty() : usernames.of(token.subject());
    if (username.isEmpty()) {
      return token.subject();
    }
    return token.scopes().contains("profile") ? username.get() : null;
  }

  private byte[] active(Verified token) {
    JsonObject.Builder answer =
        JsonObject.builder()
            .put("active", true)
            .put("username", username(token))
            .put("sub", token.subject())
            .put("client_id", token.clientId().orElse(null))
            .put("tenant", token.tenant())
            .put("iss", token.issuer())
            .put("jti", token.tokenId().toString())
            .put("iat", token.issuedAt().getEpochSecond())
            .put("exp", token.expiresAt().getEpochSecond())
            .put("token_type", token.boundTo().isPresent() ? "DPoP" : "Bearer");
    if (token.claims().get("scope") instanceof String scope) {
      answer.put("scope", scope);
    }
    if (token.audiences().size() == 1) {
      answer.put("aud", token.audiences().getFirst());
    } else {
      answer.put("aud", token.audiences());
    }
    // RFC 9449 6.2, RFC 8705 3.2: whoever asks checks the proof by this.
    if (token.claims().get("cnf") instanceof JsonObject confirmation) {
      answer.put("cnf", confirmation);
    }
    return answer.build().toString().getBytes(StandardCharsets.UTF_8);
  }
}
