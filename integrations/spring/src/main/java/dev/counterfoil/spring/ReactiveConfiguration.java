package dev.counterfoil.spring;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;

/** What an application on WebFlux gets beside the decoder, a gateway among them. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class ReactiveConfiguration {
  @Bean
  ReactiveRequests counterfoilReactiveRequests() {
    return new ReactiveRequests();
  }

  /** Where the application has no filter chain of its own. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(SecurityWebFilterChain.class)
  static class ChainConfiguration {
    /** Every request wants a token. */
    @Bean
    SecurityWebFilterChain counterfoilWebFilterChain(ServerHttpSecurity http) {
      return http.authorizeExchange(exchanges -> exchanges.anyExchange().authenticated())
          .oauth2ResourceServer(
              server ->
                  server
                      .jwt(Customizer.withDefaults())
                      .bearerTokenConverter(new BoundTokenConverter()))
          .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
          .csrf(ServerHttpSecurity.CsrfSpec::disable)
          .build();
    }
  }
}
