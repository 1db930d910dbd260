package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitTest {
  private final Logger logger = Logger.getLogger(Limit.class.getName());
  private final List<String> lines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(String.valueOf(record.getParameters()[0]));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final AtomicLong used = new AtomicLong();
  private final Limit limit = new Limit("spool", used::get, () -> 1_000, "nothing is taken");

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void hangUp() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 0",
    "49, 100, 0",
    "50, 100, 50",
    "79, 100, 50",
    "80, 100, 80",
    "99, 100, 80",
    "100, 100, 100",
    "130, 100, 100",
    "5, 0, 0",
    "9223372036854775807, 9223372036854775807, 100"
  })
  void steps(long used, long max, int step) {
    assertThat(Limit.step(used, max)).isEqualTo(step);
  }

  private int at(long use) {
    used.set(use);
    return limit.look();
  }

  @Test
  void eachStepIsSaidOnceOnTheWayUp() {
    assertThat(at(499)).isZero();
    assertThat(lines).isEmpty();
    assertThat(at(500)).isEqualTo(50);
    assertThat(at(790)).isEqualTo(50);
    assertThat(at(800)).isEqualTo(80);
    assertThat(at(800)).isEqualTo(80);
    assertThat(at(1_000)).isEqualTo(100);
    assertThat(lines)
        .containsExactly(
            "50 % of the limit of spool is used (500 of 1000). When it is reached, nothing is taken",
            "80 % of the limit of spool is used (800 of 1000). When it is reached, nothing is taken",
            "100 % of the limit of spool is used (1000 of 1000). When it is reached, nothing is taken");
    assertThat(limit.usedRatio()).isEqualTo(1.0);
  }

  @Test
  void aUseThatSwingsAroundAStepSaysItOnce() {
    at(500);
    at(460);
    at(500);
    assertThat(lines).hasSize(1);
    assertThat(at(440)).isZero();
    at(500);
    assertThat(lines).hasSize(2);
  }

  @Test
  void aDiskIsPartlyUsed(@TempDir Path folder) {
    assertThat(Limit.ofDisk(folder, "").usedRatio()).isBetween(0.0, 1.0);
  }
}
