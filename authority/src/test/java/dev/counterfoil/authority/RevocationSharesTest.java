package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.GroupHandle;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How many live revocations each tenant and client may hold. */
class RevocationSharesTest {
  private static final int MAX = 120;

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final RevocationShares shares = new RevocationShares(() -> now, MAX);
  private int tokens;

  private static Client client(String tenant, String id) throws Exception {
    return new Client(
        new ClientRegistration(
            id,
            id,
            tenant,
            id,
            AuthenticationMethod.CLIENT_SECRET_BASIC,
            Optional.empty(),
            List.of("mail"),
            List.of(),
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Set.of()),
        null,
        GroupHandle.of(new byte[GroupHandle.BYTES]));
  }

  private int takeAll(Client client) {
    int taken = 0;
    while (shares.take(client, "s1g1." + tokens++ + ".c", now.plusSeconds(900))) {
      taken++;
    }
    return taken;
  }

  @Test
  void aClientAloneGetsAQuarterAndTheNextFindsRoom() throws Exception {
    assertThat(takeAll(client("acme", "one"))).isEqualTo(MAX / 4);
    assertThat(takeAll(client("acme", "two"))).isPositive();
    assertThat(takeAll(client("globex", "three"))).as("of another tenant").isEqualTo(MAX / 4);
  }

  @Test
  void noTenantTakesMoreThanWhatIsFree() throws Exception {
    int ofAcme = 0;
    for (int i = 0; i < 50; i++) {
      ofAcme += takeAll(client("acme", "app" + i));
    }
    assertThat(ofAcme).isLessThanOrEqualTo(MAX / 2);
    assertThat(takeAll(client("globex", "other"))).isGreaterThanOrEqualTo(MAX / 8);
  }

  @Test
  void whatIsOverMakesRoomAndWhatIsAskedAgainTakesNone() throws Exception {
    Client client = client("acme", "one");
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
    assertThat(shares.take(client, "s1g1.0.c", now.plusSeconds(900))).isTrue();
    now = now.plusSeconds(930);
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
  }
}
