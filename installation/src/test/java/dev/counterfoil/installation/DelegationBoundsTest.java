package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.process.settings.PurposeEntry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The root delegates nothing that a purpose's keys would be refused under. */
class DelegationBoundsTest {
  private static Domain domain(List<String> audiences, PurposeEntry purpose) {
    return new Domain(
            "enterprise",
            URI.create("https://login.example"),
            new HostPort("127.0.0.1", 9001),
            List.of("acme"),
            audiences,
            Duration.ofMinutes(5),
            Duration.ofHours(24),
            Map.of(),
            List.of())
        .withPurposes(List.of(purpose));
  }

  private static PurposeEntry ofAudiences(String... audiences) {
    return PurposeEntry.of("events", List.of("secevent+jwt"), List.of(), List.of(audiences));
  }

  private static PurposeEntry ofTenant(String tenant) {
    PurposeEntry any = ofAudiences("mail");
    return new PurposeEntry(
        any.name(),
        any.tokenTypes(),
        any.algorithms(),
        List.of(tenant),
        any.audiences(),
        any.lifeMax(),
        any.usagePeriod(),
        any.usageReserve(),
        any.deliveryWindow(),
        any.binding(),
        any.publication(),
        any.statusList(),
        any.claims());
  }

  @Test
  void aPurposeHasNoAudienceThatItsDomainDoesNotHave() throws Exception {
    for (String wider : List.of("*", "calendar")) {
      assertThatThrownBy(
              () -> DelegationBounds.of(domain(List.of("mail"), ofAudiences(wider)), List.of()))
          .isInstanceOf(InstallationException.class)
          .hasMessageContaining("domain enterprise: purpose events has audiences");
    }
    // The controls.
    DelegationBounds.of(domain(List.of("mail"), ofAudiences("mail")), List.of());
    DelegationBounds.of(domain(List.of("mail"), ofAudiences()), List.of());
    DelegationBounds.of(domain(List.of("*"), ofAudiences("*")), List.of());
  }

  @Test
  void aPurposeHasATenantOfItsDomainOrOneThatOperatorsAdded() throws Exception {
    Domain domain = domain(List.of("mail"), ofTenant("nimbus"));
    assertThatThrownBy(() -> DelegationBounds.of(domain, List.of()))
        .isInstanceOf(InstallationException.class)
        .hasMessageContaining("purpose events has tenants");
    assertThat(DelegationBounds.of(domain, List.of("nimbus")).within().tenants().allows("nimbus"))
        .isTrue();
  }
}
