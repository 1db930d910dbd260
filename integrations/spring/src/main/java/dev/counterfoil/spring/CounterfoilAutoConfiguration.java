package dev.counterfoil.spring;

import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.ReportingClient;
import dev.counterfoil.verifier.reporting.SightingReporter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenIntrospector;
import org.springframework.util.ClassUtils;
import org.springframework.util.ResourceUtils;

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
      "org.springframework.boot.security.oauth2.server.resource.autoconfigure.reactive.ReactiveOAuth2ResourceServerAutoConfiguration",
      "org.springframework.boot.security.oauth2.server.resource.autoconfigure.web.reactive.ReactiveOAuth2ResourceServerWebSecurityAutoConfiguration",
      "org.springframework.boot.autoconfigure.security.oauth2.resource.servlet.OAuth2ResourceServerAutoConfiguration",
      "org.springframework.boot.autoconfigure.security.oauth2.resource.reactive.ReactiveOAuth2ResourceServerAutoConfiguration"
    })
@EnableConfigurationProperties(CounterfoilProperties.class)
@Import({ServletConfiguration.class, ReactiveConfiguration.class})
public class CounterfoilAutoConfiguration {
  private static final System.Logger LOG =
      System.getLogger(CounterfoilAutoConfiguration.class.getName());

  /** What Spring Security takes a token's claims from. */
  private static final List<Class<?>> WAYS =
      List.of(
          JwtDecoder.class,
          ReactiveJwtDecoder.class,
          OpaqueTokenIntrospector.class,
          ReactiveOpaqueTokenIntrospector.class);

  @Bean
  TrustPolicy counterfoilPolicy(CounterfoilProperties properties, ApplicationContext resources) {
    return PolicyLocation.read(properties.policy(), resources);
  }

  @Bean
  @ConditionalOnProperty("counterfoil.reporting.monitor")
  @ConditionalOnMissingBean
  SightingReporter counterfoilReporter(CounterfoilProperties properties, TrustPolicy policy) {
    CounterfoilProperties.Reporting to = Objects.requireNonNull(properties.reporting());
    try {
      return SightingReporter.start(
          new ReportingClient(
              to.monitor(),
              to.audience(),
              to.instance(),
              to.clientId(),
              ResourceUtils.getFile(to.clientKey()).toPath()),
          policy.issuer(),
          InstantSource.system(),
          new SecureRandom());
    } catch (IOException | IllegalArgumentException e) {
      throw new StartProblem(
          "The application cannot report sightings as client "
              + to.clientId()
              + " (counterfoil.reporting): "
              + e.getMessage(),
          "Check counterfoil.reporting.client-key: a file with the client's private JWK (EC, P-256),"
              + " as 'counterfoil client add --make-key' writes it, which the application may read.",
          e);
    }
  }

  @Bean
  @ConditionalOnMissingBean
  Verifier counterfoilVerifier(
      CounterfoilProperties properties,
      TrustPolicy policy,
      ObjectProvider<SightingReporter> reporter,
      ObjectProvider<ReadSide> network) {
    VerifierBuilder builder = Verifier.builder(policy).stapling(properties.stapling());
    SightingReporter told = reporter.getIfAvailable();
    if (properties.letsForgedTokensIn()) {
      if (told == null) {
        throw new StartProblem(
            "counterfoil.lets-forged-tokens-in wants reporting: nobody would hear of a forged"
                + " token.",
            "Set counterfoil.reporting.monitor, instance, client-id and client-key, or remove"
                + " counterfoil.lets-forged-tokens-in.");
      }
      builder.reportedOnly(told);
    } else if (told == null) {
      LOG.log(
          System.Logger.Level.WARNING,
          "This application reports to nobody: a forged token is refused, and nobody hears of it."
              + " Set counterfoil.reporting.");
    } else {
      builder.sightings(told);
    }
    // Only what differs is said: the rest follows from the stapling and the stream.
    VerifierLimits usual = VerifierLimits.defaults();
    if (!properties.clockSkew().equals(usual.clockSkew())) {
      builder.clockSkew(properties.clockSkew());
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
  TokenDecoding counterfoilDecoding(
      Verifier verifier,
      TrustPolicy policy,
      CounterfoilProperties properties,
      ObjectProvider<TokenDecoding.Results> results) {
    return new TokenDecoding(
        verifier,
        properties.expectations(),
        new OtherIssuers(
            properties.otherIssuers(),
            policy.issuer(),
            properties.clockSkew(),
            InstantSource.system()),
        properties.origin() == null ? null : properties.origin().toString(),
        results.getIfAvailable(() -> (result, took) -> {}));
  }

  @Bean
  @Primary
  CounterfoilJwtDecoder counterfoilJwtDecoder(TokenDecoding decoding) {
    Supplier<RequestContext> request =
        ClassUtils.isPresent("jakarta.servlet.http.HttpServletRequest", null)
            ? ServletRequests::current
            : RequestContext::none;
    return new CounterfoilJwtDecoder(decoding, request);
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
                  if (!(bean instanceof CounterfoilJwtDecoder)
                      && !bean.getClass()
                          .getName()
                          .equals("dev.counterfoil.spring.CounterfoilReactiveJwtDecoder")) {
                    others.add(name);
                  }
                });
      }
      if (!others.isEmpty()) {
        throw new StartProblem(
            "Tokens that were never issued could pass by the beans " + others + ".",
            "For another issuer beside Counterfoil, remove the bean and list the issuer under"
                + " counterfoil.other-issuers. Or hand the decoder to the one filter chain that"
                + " needs it, without making a bean of it.");
      }
    };
  }

  /**
   * Spring Boot makes a reactive decoder wherever there is Reactor: here too it is the verifier's.
   */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "reactor.core.publisher.Mono")
  static class ReactiveDecoderConfiguration {
    @Bean
    @Primary
    CounterfoilReactiveJwtDecoder counterfoilReactiveJwtDecoder(TokenDecoding decoding) {
      return new CounterfoilReactiveJwtDecoder(decoding);
    }
  }

  /** Where the application counts. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "io.micrometer.core.instrument.MeterRegistry")
  static class MetricsConfiguration {
    @Bean
    TokenDecoding.Results counterfoilResults(ObjectProvider<MeterRegistry> registry) {
      return (result, took) -> registry.ifAvailable(meters -> count(meters, result, took));
    }

    private static void count(MeterRegistry meters, String result, Duration took) {
      meters.counter("counterfoil.verifications", "result", result).increment();
      meters.timer("counterfoil.verification.time").record(took);
    }
  }
}
