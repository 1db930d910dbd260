package dev.counterfoil.authority.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AuthorityConfigurationTest {
  private static final String LEAST =
      """
      domains:
        - name: enterprise
          issuer: https://login.example
          listen: 127.0.0.1:8480
          signer-socket: signer.sock
          registrar-socket: registrar.sock
          admin-socket: admin.sock
          policy: policy.txt
          log-folder: log
          database: clients.db
          pepper: pepper
      """;

  private static AuthorityConfiguration parse(String yaml) throws ConfigurationException {
    return Configuration.parse(
        Path.of("/etc/counterfoil/authority.yaml"), yaml, AuthorityConfiguration.class);
  }

  @Test
  void defaults() throws Exception {
    AuthorityConfiguration.Domain domain = parse(LEAST).domains().getFirst();
    assertThat(domain.tokenLife()).isEqualTo(Duration.ofMinutes(10));
    assertThat(domain.connectionsMax()).isEqualTo(4096);
    assertThat(domain.readTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(domain.defaultAudiences()).isEmpty();
    assertThat(domain.trustedProxies()).isEmpty();
    assertThat(domain.audienceStreams()).isEmpty();
    assertThat(domain.adminUsers()).isEmpty();
    assertThat(domain.monitorUrl()).isEmpty();
    assertThat(domain.ownTenant()).isEqualTo("counterfoil");
    assertThat(domain.database()).isEqualTo(Path.of("/etc/counterfoil/clients.db"));
  }

  @Test
  void everyKey() throws Exception {
    AuthorityConfiguration.Domain domain =
        parse(
                LEAST
                    + """
                      admin-users: [operator]
                      default-audiences: [https://mail.example]
                      token-life: 5m
                      trusted-proxies: [10.0.0.1]
                      connections-max: 10
                      read-timeout: 15s
                      monitor-url: https://monitor.example
                      own-tenant: ops
                      audience-streams: [https://mail.example]
                  """
                        .replaceAll("(?m)^ +", "    "))
            .domains()
            .getFirst();
    assertThat(domain.adminUsers()).containsExactly("operator");
    assertThat(domain.defaultAudiences()).containsExactly("https://mail.example");
    assertThat(domain.tokenLife()).isEqualTo(Duration.ofMinutes(5));
    assertThat(domain.trustedProxies()).containsExactly("10.0.0.1");
    assertThat(domain.connectionsMax()).isEqualTo(10);
    assertThat(domain.readTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(domain.monitorUrl()).isPresent();
    assertThat(domain.ownTenant()).isEqualTo("ops");
    assertThat(domain.audienceStreams()).containsExactly("https://mail.example");
  }

  @Test
  void whatIsWrongIsRefusedWithItsLine() {
    wrong(LEAST.replace("listen:", "lisen:"), "authority.yaml:4", "listen");
    wrong(LEAST + "    token-life: 5 minutes\n", "authority.yaml:12", "token-life");
    wrong(LEAST + "    token-life: 2d\n", "authority.yaml:12", "token-life");
    wrong(LEAST.replace("login.example", "login.example/"), "authority.yaml", "slash");
    wrong(LEAST.replace("https://login.example", "ftp://login.example"), "authority.yaml", "http");
    wrong(LEAST + "    audience-streams: [https://a.example, https://a.example]\n", "once", "");
    wrong("domains: []\n", "authority.yaml", "domains");
  }

  private static void wrong(String yaml, String place, String text) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(place)
        .hasMessageContaining(text);
  }
}
