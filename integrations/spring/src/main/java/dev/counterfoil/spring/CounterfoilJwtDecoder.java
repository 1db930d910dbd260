package dev.counterfoil.spring;

import dev.counterfoil.verifier.RequestContext;
import java.util.function.Supplier;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** {@link TokenDecoding} for an application that serves each request on a thread, or none. */
final class CounterfoilJwtDecoder implements JwtDecoder {
  private final TokenDecoding decoding;
  private final Supplier<RequestContext> request;

  /**
   * Makes a decoder.
   *
   * @param request the one that is being served on this thread
   */
  CounterfoilJwtDecoder(TokenDecoding decoding, Supplier<RequestContext> request) {
    this.decoding = decoding;
    this.request = request;
  }

  @Override
  public Jwt decode(String token) {
    return decoding.decode(token, request.get());
  }
}
