package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a client is registered for, against the scopes of keys. */
class RegistrationCheckTest {
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

  private static KeyStatement key(AllowList tenants, AllowList audiences) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return new KeyStatement(
        PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic()),
        "enterprise",
        "https://login.example",
        KeyStatement.ACCESS,
        tenants,
        AllowList.of("at+jwt"),
        audiences,
        Duration.ofMinutes(15),
        NOW.minusSeconds(60),
        NOW.plusSeconds(3600),
        NOW.plusSeconds(7200),
        Duration.ZERO,
        new RecordForm.Position("s1g1"),
        KeyStatement.Binding.NONE,
        KeyStatement.Publication.ORDINARY,
        null,
        "software",
        KeyStatement.Assurance.COPYABLE_BY_ROOT);
  }

  private static ClientRegistration client(
      String tenant, String audience, @Nullable Duration life) {
    return new ClientRegistration(
        "c",
        "c",
        tenant,
        "c",
        AuthenticationMethod.CLIENT_SECRET_BASIC,
        Optional.empty(),
        List.of(audience),
        List.of("read"),
        false,
        false,
        Optional.ofNullable(life),
        Optional.empty(),
        Set.of(),
        SignInTerms.NONE);
  }

  @Test
  void whatNoKeyMaySignIsNamed() throws Exception {
    List<KeyStatement> keys =
        List.of(
            key(AllowList.of("contoso", "fabrikam"), AllowList.of("mail")),
            key(AllowList.of("acme"), AllowList.all()));
    assertThat(RegistrationCheck.faults(client("contoso", "mail", null), keys, NOW)).isEmpty();
    assertThat(RegistrationCheck.faults(client("acme", "any", Duration.ofMinutes(15)), keys, NOW))
        .isEmpty();
    assertThat(RegistrationCheck.faults(client("nope", "mail", null), keys, NOW))
        .singleElement()
        .asString()
        .contains("tenant nope", "acme, contoso, fabrikam", "counterfoil tenant add nope");
    assertThat(RegistrationCheck.faults(client("contoso", "any", null), keys, NOW))
        .singleElement()
        .asString()
        .contains("audience any", "The audiences are mail");
    assertThat(RegistrationCheck.faults(client("contoso", "mail", Duration.ofHours(10)), keys, NOW))
        .singleElement()
        .asString()
        .contains("36000 s", "The limit is 900 s");
    // Keys that are over say nothing, and where there is none nothing is said.
    assertThat(RegistrationCheck.faults(client("nope", "x", null), keys, NOW.plusSeconds(3600)))
        .isEmpty();
  }
}
