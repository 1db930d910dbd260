package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestQuotaTest {
  private static final long SECOND = 1_000_000_000L;

  private static int takeAll(RequestQuota quota, String name, long now) {
    int taken = 0;
    while (taken < 1_000_000 && quota.spend(name, now)) {
      taken++;
    }
    return taken;
  }

  /** {@link System#nanoTime} starts anywhere and wraps. */
  @ParameterizedTest
  @ValueSource(longs = {0, 12_345, -5 * SECOND, Long.MAX_VALUE - SECOND / 2})
  void aSecondsWorthIsThereAndComesBackWithTime(long start) {
    RequestQuota quota = new RequestQuota(100, Map.of());
    assertThat(takeAll(quota, "a", start)).isEqualTo(100);
    assertThat(takeAll(quota, "a", start + SECOND / 2)).isEqualTo(50);
    assertThat(takeAll(quota, "a", start + SECOND / 2)).isZero();
    assertThat(takeAll(quota, "a", start + 60 * SECOND)).isEqualTo(100);
  }

  @Test
  void namesDoNotShare() {
    RequestQuota quota = new RequestQuota(3, Map.of());
    assertThat(takeAll(quota, "a", 0)).isEqualTo(3);
    assertThat(takeAll(quota, "b", 0)).isEqualTo(3);
  }

  @Test
  void zeroIsNoneAndANameHasItsOwn() {
    RequestQuota quota = new RequestQuota(0, Map.of("vip", 5));
    assertThat(quota.spend("a", 0)).isFalse();
    assertThat(takeAll(quota, "vip", 0)).isEqualTo(5);
    assertThat(new RequestQuota(5, Map.of("blocked", 0)).spend("blocked", 0)).isFalse();
  }

  @Test
  void namesAreBoundedAndIdleOnesAreForgotten() {
    RequestQuota quota = new RequestQuota(1, Map.of());
    for (int i = 0; i < RequestQuota.NAMES_MAX; i++) {
      assertThat(quota.spend("n" + i, 0)).isTrue();
    }
    assertThat(quota.spend("one more", 0)).isFalse();
    assertThat(quota.spend("one more", 2 * SECOND)).isTrue();
  }
}
