package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The header follows the clock, also backwards. */
class DateHeaderTest {
  @Test
  void itIsTheTimeOfTheSecond() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-12-01T20:15:07.9Z"));
    DateHeader date = new DateHeader(now::get);
    assertThat(date.header().get()).isEqualTo("Tue, 01 Dec 2026 20:15:07 GMT");
    assertThat(date.header()).isSameAs(date.header());
    now.set(Instant.parse("2026-12-01T19:21:27Z"));
    assertThat(date.header().get()).isEqualTo("Tue, 01 Dec 2026 19:21:27 GMT");
  }
}
