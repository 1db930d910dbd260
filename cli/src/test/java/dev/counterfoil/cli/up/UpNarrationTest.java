package dev.counterfoil.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is to be tried next works as it is written, whatever the domain is called. */
class UpNarrationTest {
  @Test
  void aTenantIsNamedWhereThereAreSeveral() {
    assertThat(UpNarration.ofTenant(List.of("acme"))).isEmpty();
    assertThat(UpNarration.ofTenant(List.of("acme", "beta"))).isEqualTo(" --tenant acme");
    assertThat(UpNarration.ofTenant(List.of("*"))).isEqualTo(" --tenant demo");
  }

  @Test
  void aServiceIsNamedWhereItIsNotTheUsualOne() {
    assertThat(UpNarration.forAudience(List.of("*"))).isEmpty();
    assertThat(UpNarration.forAudience(List.of("mail", "files"))).isEqualTo(" --audience mail");
  }
}
