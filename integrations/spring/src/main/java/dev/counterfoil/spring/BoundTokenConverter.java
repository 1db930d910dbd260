package dev.counterfoil.spring;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.server.authentication.ServerBearerTokenAuthenticationConverter;
import org.springframework.security.web.server.authentication.ServerAuthenticationConverter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Takes tokens of the scheme {@code DPoP} (RFC 9449 7.1) too, which Spring Security does not on
 * WebFlux. The verifier checks the proof.
 */
final class BoundTokenConverter implements ServerAuthenticationConverter {
  private static final int SCHEME_LENGTH = "DPoP ".length();

  private final ServerBearerTokenAuthenticationConverter bearer =
      new ServerBearerTokenAuthenticationConverter();

  @Override
  public Mono<Authentication> convert(ServerWebExchange exchange) {
    ServerHttpRequest request = exchange.getRequest();
    String authorization = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    return authorization != null && ReactiveRequests.isDpop(request)
        ? Mono.just(
            new BearerTokenAuthenticationToken(authorization.substring(SCHEME_LENGTH).strip()))
        : bearer.convert(exchange);
  }
}
