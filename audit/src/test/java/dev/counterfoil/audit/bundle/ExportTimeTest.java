package dev.counterfoil.audit.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** An export goes on as long as it is read. */
class ExportTimeTest {
  private final AtomicLong now = new AtomicLong(17);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ExportTime time = new ExportTime(out, now::get);

  private void pass(Duration duration) {
    now.addAndGet(duration.toNanos());
  }

  @Test
  void whoReadsGoesOn() throws Exception {
    byte[] minute = new byte[(int) (60 * ExportTime.BYTES_PER_SECOND)];
    for (int i = 0; i < 30; i++) {
      time.write(minute);
      pass(Duration.ofMinutes(1));
    }
    assertThat(out.size()).isEqualTo(30 * minute.length);
  }

  @Test
  void whoDoesNotReadEnds() throws Exception {
    time.write(1);
    pass(ExportTime.GRACE);
    time.write(1);
    pass(Duration.ofSeconds(1));
    assertThatThrownBy(() -> time.write(1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("took too long");
    assertThat(out.size()).isEqualTo(2);
  }

  /** As slowly as it may be read, it is: not longer. */
  @Test
  void whoeverReadsEndsAfterADay() throws Exception {
    ExportTime day = new ExportTime(OutputStream.nullOutputStream(), now::get);
    byte[] minute = new byte[(int) (60 * ExportTime.BYTES_PER_SECOND)];
    day.write(1);
    pass(ExportTime.GRACE);
    for (long i = ExportTime.GRACE.toMinutes(); i < ExportTime.TIME_MAX.toMinutes(); i++) {
      day.write(minute);
      pass(Duration.ofMinutes(1));
    }
    day.write(minute);
    pass(Duration.ofSeconds(1));
    assertThatThrownBy(() -> day.write(1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("took too long");
  }

  @Test
  void whoHasNothingToReadEndsToo() throws Exception {
    time.write(new byte[0]);
    pass(ExportTime.GRACE.plusSeconds(1));
    assertThatThrownBy(() -> time.write(new byte[0])).isInstanceOf(IOException.class);
  }
}
