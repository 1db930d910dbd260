package dev.counterfoil.spring;

import dev.counterfoil.verifier.Verifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is another in Spring Boot 3.5 and Spring Security 6.5 than in those after. */
@AutoConfiguration(before = CounterfoilAutoConfiguration.class)
public class Boot3AutoConfiguration {
  /** Spring Security 6.5 reads DPoP proofs in every chain that takes JWTs. */
  @Bean
  DpopSwitch counterfoilDpop() {
    return server -> {};
  }

  /** Where the application is watched. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
  static class HealthConfiguration {
    @Bean
    Boot3Health counterfoilHealthIndicator(Verifier verifier) {
      return new Boot3Health(verifier);
    }
  }
}
