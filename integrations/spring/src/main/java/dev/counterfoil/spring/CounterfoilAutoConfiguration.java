package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.ReadSide;
import dev.counterfoil.verifier.ReportingClient;
import dev.counterfoil.verifier.SightingReporter;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;

/**
 * Makes an application a resource server that verifies tokens with the verifier. It does not start
 * without a policy, nor with a {@link JwtDecoder} or {@link OpaqueTokenIntrospector} beside the
 * verifier's decoder: what asks the context for one gets the verifier's, or nothing.
 */
@AutoConfiguration(
    beforeName = {
      // Of Spring Boot 4, then of 3.5: a name that is not there is passed over.
      "org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerAutoConfiguration",
      "org.springframework.boot.security.oauth2.server.resource.autoconfigure.web.OAuth2ResourceServerWebSecurityAutoConfiguration",
      "org.springframework.boot.autoconfigure.security.oauth2.resource.servlet.OAuth2ResourceServerAutoConfiguration"
    })
@EnableConfigurationProperties(CounterfoilProperties.class)
public class CounterfoilAutoConfiguration {
  /** What Spring Security takes a token's claims from. */
  private static final List<Class<?>> WAYS =
      List.of(
          JwtDecoder.class,
          ReactiveJwtDecoder.class,
          OpaqueTokenIntrospector.class,
          ReactiveOpaqueTokenIntrospector.class);

  /** Told how each token fared. */
  interface Results extends Consumer<String> {}

  @Bean
  TrustPolicy counterfoilPolicy(CounterfoilProperties properties) throws IOException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(properties.policy()));
    } catch (FormatException e) {
      throw new IOException(properties.policy() + " is no trust policy: " + e.getMessage(), e);
    }
  }

  @Bean
  @ConditionalOnProperty("counterfoil.reporting.monitor")
  @ConditionalOnMissingBean
  SightingReporter counterfoilReporter(CounterfoilProperties properties, TrustPolicy policy)
      throws IOException {
    CounterfoilProperties.Reporting to = Objects.requireNonNull(properties.reporting());
    return SightingReporter.start(
        new ReportingClient(
            to.monitor(), to.audience(), to.instance(), to.clientId(), to.clientKey()),
        policy.issuer(),
        InstantSource.system(),
        new SecureRandom());
  }

  @Bean
  @ConditionalOnMissingBean
  Verifier counterfoilVerifier(
      CounterfoilProperties properties,
      TrustPolicy policy,
      ObjectProvider<SightingReporter> reporter,
      ObjectProvider<ReadSide> network) {
    VerifierBuilder builder = Verifier.builder(policy).stapling(properties.stapling());
    if (properties.letsForgedTokensIn()) {
      SightingReporter told = reporter.getIfAvailable();
      if (told == null) {
        throw new IllegalArgumentException(
            "counterfoil: lets-forged-tokens-in wants reporting: nobody would hear of a forged"
                + " token");
      }
      builder.reportedOnly(told);
    } else {
      reporter.ifAvailable(builder::sightings);
    }
    URI neighbour = properties.streamNeighbour();
    if (properties.streamOwnTokens()) {
      builder.streamOf(properties.audience());
    } else if (properties.stream() || neighbour != null) {
      builder.stream();
    }
    if (neighbour != null) {
      builder.leavesFrom(neighbour);
    }
    network.ifAvailable(builder::network);
    return builder.build();
  }

  @Bean
  @Primary
  CounterfoilJwtDecoder counterfoilJwtDecoder(
      Verifier verifier, CounterfoilProperties properties, ObjectProvider<Results> results) {
    return new CounterfoilJwtDecoder(
        verifier, properties.expectations(), results.getIfAvailable(() -> result -> {}));
  }

  /**
   * Another decoder would let in what its own issuer's key has signed, issued or not; an
   * introspector what its server calls active.
   */
  @Bean
  static SmartInitializingSingleton counterfoilOnlyDecoder(ListableBeanFactory beans) {
    return () -> {
      List<String> others = new ArrayList<>();
      for (Class<?> way : WAYS) {
        BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, way)
            .forEach(
                (name, bean) -> {
                  if (!(bean instanceof CounterfoilJwtDecoder)) {
                    others.add(name);
                  }
                });
      }
      if (!others.isEmpty()) {
        throw new IllegalStateException(
            "counterfoil: tokens that were never issued could pass by the beans "
                + others
                + ": remove them, or give one to the filter chain that needs it without"
                + " making a bean of it");
      }
    };
  }

  /** Where the application has no filter chain of its own. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  @ConditionalOnMissingBean(SecurityFilterChain.class)
  static class WebConfiguration {
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

  /** Where the application counts. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "io.micrometer.core.instrument.MeterRegistry")
  static class MetricsConfiguration {
    @Bean
    Results counterfoilResults(ObjectProvider<MeterRegistry> registry) {
      return result ->
          registry.ifAvailable(
              meters -> meters.counter("counterfoil.verifications", "result", result).increment());
    }
  }
}
