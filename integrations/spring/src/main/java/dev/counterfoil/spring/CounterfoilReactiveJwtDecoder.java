package dev.counterfoil.spring;

import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** {@link TokenDecoding} for WebFlux: on threads that may wait, since a fresh token does. */
final class CounterfoilReactiveJwtDecoder implements ReactiveJwtDecoder {
  private final TokenDecoding decoding;

  CounterfoilReactiveJwtDecoder(TokenDecoding decoding) {
    this.decoding = decoding;
  }

  @Override
  public Mono<Jwt> decode(String token) {
    return Mono.deferContextual(
        context ->
            Mono.fromCallable(() -> decoding.decode(token, ReactiveRequests.current(context)))
                .subscribeOn(Schedulers.boundedElastic()));
  }
}
