package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What may be used once, and how much of it one client may have remembered. */
class ReplayGuardTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;
  private final ReplayGuard guard = new ReplayGuard(() -> now, 100);

  private int fill(String user) {
    int taken = 0;
    while (guard.use(user, user + taken, now.plusSeconds(60)) == ReplayGuard.Use.FIRST) {
      taken++;
    }
    return taken;
  }

  @Test
  void onceForEachUser() {
    assertThat(guard.use("a", "1", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FIRST);
    assertThat(guard.use("a", "1", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.REPEATED);
    assertThat(guard.use("a", "2", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FIRST);
    assertThat(guard.use("b", "1", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FIRST);
  }

  @Test
  void whoFillsItsShareLocksOutNobodyElse() {
    assertThat(fill("greedy")).isEqualTo(50);
    assertThat(guard.size()).isEqualTo(50);
    assertThat(guard.use("greedy", "more", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FULL);
    assertThat(guard.use("greedy", "greedy0", now.plusSeconds(60)))
        .isEqualTo(ReplayGuard.Use.REPEATED);

    assertThat(fill("another")).isEqualTo(25);
    assertThat(guard.use("honest", "1", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FIRST);
  }

  @Test
  void whatIsExpiredMakesRoom() {
    assertThat(fill("greedy")).isEqualTo(50);
    now = now.plusSeconds(30);
    assertThat(guard.use("greedy", "more", now.plusSeconds(60))).isEqualTo(ReplayGuard.Use.FULL);
    now = START.plusSeconds(90);
    assertThat(fill("greedy")).isEqualTo(50);
  }
}
