package dev.counterfoil.authority.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How often each client may revoke. */
class RevocationQuotaTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final RevocationQuota quota = new RevocationQuota(() -> now, 2);

  private int takeAll(String client) {
    int taken = 0;
    while (quota.take(client)) {
      taken++;
    }
    return taken;
  }

  @Test
  void aBurstAndThenSoManyASecond() {
    assertThat(takeAll("app")).isEqualTo(RevocationQuota.BURST);
    now = now.plusSeconds(1);
    assertThat(takeAll("app")).isEqualTo(RevocationQuota.PER_SECOND);
    now = now.plusSeconds(3600);
    assertThat(takeAll("app")).isEqualTo(RevocationQuota.BURST);
  }

  @Test
  void eachClientHasItsOwn() {
    assertThat(takeAll("app")).isPositive();
    assertThat(quota.take("other")).isTrue();
  }

  @Test
  void noMoreClientsThanItRemembers() {
    assertThat(quota.take("one")).isTrue();
    assertThat(quota.take("two")).isTrue();
    assertThat(quota.take("three")).isFalse();
    now = now.plusSeconds(1);
    assertThat(quota.take("three")).isTrue();
  }

  @Test
  void aClockThatIsSetBackCostsNoMoreThanTheBurst() {
    assertThat(takeAll("app")).isPositive();
    now = now.minusSeconds(3600);
    assertThat(quota.take("app")).isFalse();
    now = now.plusSeconds(1);
    assertThat(takeAll("app")).isEqualTo(RevocationQuota.PER_SECOND);
  }
}
