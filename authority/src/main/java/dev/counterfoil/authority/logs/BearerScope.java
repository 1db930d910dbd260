package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests that need an access token for this issuer as its audience, with a scope (RFC 6750). */
public record BearerScope(IssuedTokens tokens, ClientAddress addresses, String scope) {
  /**
   * The token of a request.
   *
   * @param uri what is asked for, without a query
   */
  public Verified require(ServerRequest request, URI uri)
      throws RequestRefusedException, InterruptedException {
    return require(request, uri, Optional.empty());
  }

  /**
   * The same, where the token may stand in the body.
   *
   * @param posted what stands there
   */
  public Verified require(ServerRequest request, URI uri, Optional<String> posted)
      throws RequestRefusedException, InterruptedException {
    return having(verified(request, uri, posted), List.of(scope));
  }

  private Verified verified(ServerRequest request, URI uri, Optional<String> posted)
      throws RequestRefusedException, InterruptedException {
    String authorization =
        posted
            .map(token -> "Bearer " + token)
            .or(() -> request.headers().first(HeaderNames.AUTHORIZATION))
            .orElseThrow(this::unauthorized);
    var _ = FormRequests.header(request, HeaderNames.AUTHORIZATION);
    int space = authorization.indexOf(' ');
    String scheme = space < 0 ? "" : authorization.substring(0, space);
    if (!scheme.equalsIgnoreCase("Bearer") && !scheme.equalsIgnoreCase("DPoP")) {
      throw unauthorized();
    }
    @Nullable String proof = FormRequests.header(request, HttpAnswers.DPOP).orElse(null);
    RequestContext context =
        RequestContext.of(request.prologue().method().text(), uri, addresses.of(request))
            .withDpop(proof);
    return tokens
        .forThisAuthority(authorization.substring(space + 1).strip(), context)
        .orElseThrow(this::unauthorized);
  }

  /** The same for a token that has the scope, or another one that lets its client do more. */
  public Verified requireOr(ServerRequest request, URI uri, String wider)
      throws RequestRefusedException, InterruptedException {
    return having(verified(request, uri, Optional.empty()), List.of(scope, wider));
  }

  private static Verified having(Verified token, List<String> oneOf)
      throws RequestRefusedException {
    if (oneOf.stream().noneMatch(token.scopes()::contains)) {
      throw new RequestRefusedException(
          OAuthError.of(
              OAuthError.Code.INSUFFICIENT_SCOPE,
              "the token has no scope " + String.join(" or ", oneOf)));
    }
    return token;
  }

  private RequestRefusedException unauthorized() {
    return new RequestRefusedException(
        OAuthError.of(
            OAuthError.Code.INVALID_TOKEN,
            "send an access token for this issuer as its audience, with scope " + scope));
  }
}
