package dev.counterfoil.spring;

import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.StapledProof;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Of WebFlux: has the request where a token is decoded, and answers 503 with {@code Retry-After}
 * where nobody can tell now whether the token is good.
 */
final class ReactiveRequests implements WebFilter, Ordered {
  @Override
  public int getOrder() {
    // Before Spring Security's chains, which Spring Boot gives -100.
    return -110;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    return chain
        .filter(exchange)
        .onErrorResume(AuthenticationServiceException.class, e -> undecided(exchange, e))
        .contextWrite(context -> context.put(ReactiveRequests.class, exchange.getRequest()));
  }

  private static Mono<Void> undecided(
      ServerWebExchange exchange, AuthenticationServiceException failure) {
    UndecidedException undecided = UndecidedException.in(failure);
    ServerHttpResponse response = exchange.getResponse();
    if (undecided == null || !response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE)) {
      return Mono.error(failure);
    }
    response.getHeaders().set(HttpHeaders.RETRY_AFTER, undecided.retryAfter());
    response.getHeaders().setCacheControl("no-store");
    return response.setComplete();
  }

  /** The request that is being served; none where this filter does not stand before it. */
  static RequestContext current(ContextView context) {
    return context
        .<ServerHttpRequest>getOrEmpty(ReactiveRequests.class)
        .map(ReactiveRequests::request)
        .orElseGet(RequestContext::none);
  }

  private static RequestContext request(ServerHttpRequest request) {
    InetSocketAddress client = request.getRemoteAddress();
    List<String> stapled = values(request, StapledProof.HEADER);
    RequestContext context =
        new RequestContext(
            request.getMethod().name(),
            request.getURI(),
            null,
            null,
            stapled.isEmpty() ? null : String.join(",", stapled),
            request.getPath().value(),
            client == null || client.getAddress() == null
                ? null
                : client.getAddress().getHostAddress());
    List<String> proofs = values(request, "DPoP");
    if (isDpop(request) && proofs.size() == 1) {
      context = context.withDpop(proofs.get(0));
    }
    SslInfo tls = request.getSslInfo();
    X509Certificate @Nullable [] chain = tls == null ? null : tls.getPeerCertificates();
    return chain == null || chain.length == 0 ? context : context.withCertificate(chain[0]);
  }

  private static List<String> values(ServerHttpRequest request, String header) {
    return request.getHeaders().getOrEmpty(header);
  }

  /** Whether the token comes as one that is bound to a key (RFC 9449 7.1). */
  static boolean isDpop(ServerHttpRequest request) {
    String authorization = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith("dpop ");
  }
}
