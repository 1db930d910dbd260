package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two trust domains share nothing. */
class DomainsApartTest {
  @TempDir Path folder;
  private RunningDomain consumer;
  private RunningDomain enterprise;

  @BeforeEach
  void start() throws Exception {
    consumer = new RunningDomain(folder.resolve("c"), "consumer", "https://c.example", List.of());
    enterprise =
        new RunningDomain(folder.resolve("e"), "enterprise", "https://e.example", List.of());
  }

  @AfterEach
  void stop() throws Exception {
    consumer.close();
    enterprise.close();
  }

  private static String register(RunningDomain domain, ClientRegistration registration)
      throws Exception {
    return domain.admin.register(registration).orElseThrow();
  }

  @Test
  void aClientOfOneIsUnknownInTheOther() throws Exception {
    ClientRegistration app =
        ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of());
    String secret = register(consumer, app);

    HttpResponse<String> first = consumer.send(consumer.tokenRequest("app", secret));
    assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    assertThat(enterprise.send(enterprise.tokenRequest("app", secret)).statusCode()).isEqualTo(401);
    assertThat(enterprise.admin.list()).isEmpty();

    // The same name in the other domain is another client with another secret.
    String other = register(enterprise, app);
    assertThat(other).isNotEqualTo(secret);
    assertThat(enterprise.send(enterprise.tokenRequest("app", secret)).statusCode()).isEqualTo(401);
    assertThat(enterprise.send(enterprise.tokenRequest("app", other)).statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenOfOneIsNoTokenInTheOther() throws Exception {
    ClientRegistration service =
        ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of()).introspecting();
    String inConsumer = register(consumer, service);
    String inEnterprise = register(enterprise, service);
    String token = consumer.token("mail", inConsumer);
    enterprise.token("mail", inEnterprise);

    assertThat(active(consumer, inConsumer, token)).isTrue();
    assertThat(active(enterprise, inEnterprise, token)).isFalse();
  }

  private static boolean active(RunningDomain domain, String secret, String token)
      throws Exception {
    return json(domain.send(
            domain
                .form("/introspect", "token", token)
                .header("Authorization", basic("mail", secret))))
        .truth("active");
  }

  @Test
  void aConfigurationInWhichTheyShareAFileOrSocketIsRefused() {
    AuthorityConfiguration.Domain one = consumer.configuration;
    AuthorityConfiguration.Domain two = enterprise.configuration;
    assertThat(new AuthorityConfiguration(List.of(one, two)).domains()).hasSize(2);

    AuthorityConfiguration.Domain sharing =
        new AuthorityConfiguration.Domain(
            two.name(),
            two.issuer(),
            two.listen(),
            one.signerSocket(),
            two.spareSigners(),
            two.registrarSocket(),
            two.adminSocket(),
            two.adminUsers(),
            two.policy(),
            two.logFolder(),
            two.database(),
            two.pepper(),
            two.postgresql(),
            two.peers(),
            two.people(),
            two.administration(),
            two.defaultAudiences(),
            two.tokenLife(),
            two.trustedProxies(),
            two.connectionsMax(),
            two.readTimeout(),
            two.monitorUrl(),
            two.monitorWatch(),
            two.ownTenant(),
            two.cosigners(),
            two.audienceStreams(),
            two.watchers());
    assertThatThrownBy(() -> new AuthorityConfiguration(List.of(one, sharing)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("signer-socket");
  }
}
