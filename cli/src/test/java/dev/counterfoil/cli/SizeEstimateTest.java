package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The estimate is made of the figures that the page of measurements has. */
class SizeEstimateTest {
  private static final Path PAGE =
      Path.of(System.getProperty("counterfoil.root"), "docs/understand/performance.md");

  @Test
  void theFiguresAreThoseOfThePage() throws Exception {
    String page = Files.readString(PAGE);
    assertThat(page)
        .contains("| public log: hashes in tiles | " + SizeEstimate.LOG_BYTES + " |")
        .contains("compresses it | " + SizeEstimate.HELD_BYTES + " |")
        .contains("journal | " + SizeEstimate.JOURNAL_BYTES + " |")
        .contains("with its indexes | " + SizeEstimate.SIGHTING_BYTES + " |")
        .contains("All 6 processes together: " + SizeEstimate.IDLE_MEBIBYTES + " MiB (PSS)")
        .contains(
            String.format(
                Locale.ROOT,
                "| Counterfoil | client_secret_basic | 64 | %,d |",
                SizeEstimate.RATE_OF_TWO_CORES));
    assertThat(page.lines().filter(line -> line.startsWith("| Counterfoil | ")))
        .anyMatch(line -> line.endsWith("| " + SizeEstimate.MICROSECONDS + " |"))
        .anyMatch(line -> line.endsWith("| " + (long) SizeEstimate.MICROSECONDS_WITH_KEYS + " |"));
  }

  @Test
  void aMillionTokensADay() {
    SizeEstimate estimate =
        new SizeEstimate(1_000_000, 10, Duration.ofDays(730), Duration.ofDays(30), 2);
    assertThat(estimate.peakPerSecond()).isCloseTo(115.7, within(0.1));
    assertThat(estimate.logBytesPerYear()).isEqualTo(13_505_000_000L);
    assertThat(estimate.heldBytes()).isEqualTo(566_480_000_000L);
    assertThat(estimate.diskBytes())
        .isEqualTo(13_505_000_000L + 8_806_000_000L + 2 * 566_480_000_000L + 21_600_000_000L);
    assertThat(estimate.cores(SizeEstimate.MICROSECONDS)).isCloseTo(0.0067, within(0.0001));
  }
}
