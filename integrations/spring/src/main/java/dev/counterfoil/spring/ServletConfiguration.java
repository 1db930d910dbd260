package dev.counterfoil.spring;

import jakarta.servlet.DispatcherType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** What an application with servlets gets beside the decoder. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ServletConfiguration {
  @Bean
  UndecidedFilter counterfoilUndecidedFilter() {
    return new UndecidedFilter();
  }

  /** Where the application has no filter chain of its own. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(SecurityFilterChain.class)
  static class ChainConfiguration {
    /** Every request wants a token: Spring Boot's chain, with DPoP and without sessions. */
    @Bean
    SecurityFilterChain counterfoilFilterChain(HttpSecurity http, DpopSwitch dpop)
        throws Exception {
      return http.authorizeHttpRequests(
              requests ->
                  requests
                      // A request that failed is dispatched once more, to say so, and without its
                      // token: refused here, a 500 would become a 401.
                      .dispatcherTypeMatchers(DispatcherType.ERROR)
                      .permitAll()
                      .anyRequest()
                      .authenticated())
          .oauth2ResourceServer(server -> dpop.customize(server.jwt(Customizer.withDefaults())))
          .sessionManagement(
              sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
          // No browser sends a token in a header by itself: there is nothing to forge a request by.
          .csrf(AbstractHttpConfigurer::disable)
          .build();
    }
  }
}
