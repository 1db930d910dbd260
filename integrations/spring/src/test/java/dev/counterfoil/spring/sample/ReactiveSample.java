package dev.counterfoil.spring.sample;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** A service on WebFlux as its developer writes it. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ReactiveSample {
  @Bean
  RouterFunction<ServerResponse> inbox() {
    return RouterFunctions.route()
        .GET(
            "/inbox",
            request ->
                request
                    .principal()
                    .cast(JwtAuthenticationToken.class)
                    .map(JwtAuthenticationToken::getToken)
                    .flatMap(token -> ServerResponse.ok().bodyValue(text(token))))
        .build();
  }

  private static String text(Jwt token) {
    return token.getSubject() + " of " + token.getClaimAsString("tenant");
  }
}
