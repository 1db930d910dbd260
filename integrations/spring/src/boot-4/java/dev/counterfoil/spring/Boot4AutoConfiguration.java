package dev.counterfoil.spring;

import dev.counterfoil.verifier.Verifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;

/** What is another in Spring Boot 4 and Spring Security 7 than in those before. */
@AutoConfiguration(before = CounterfoilAutoConfiguration.class)
public class Boot4AutoConfiguration {
  /** Spring Security 7 reads DPoP proofs only where a chain asks for it. */
  @Bean
  DpopSwitch counterfoilDpop() {
    return server -> server.dPoP(Customizer.withDefaults());
  }

  /** Where the application is watched. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class HealthConfiguration {
    @Bean
    Boot4Health counterfoilHealthIndicator(Verifier verifier) {
      return new Boot4Health(verifier);
    }
  }
}
