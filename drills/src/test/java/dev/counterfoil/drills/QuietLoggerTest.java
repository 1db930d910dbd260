package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger.Level;
import org.junit.jupiter.api.Test;

class QuietLoggerTest {
  private static final System.Logger ONE = System.getLogger("quiet.one.Class");
  private static final System.Logger OTHER = System.getLogger("loud.Class");

  @Test
  void warningsOfOnePackageAreLeftOutUntilItIsClosed() {
    assertThat(ONE.isLoggable(Level.WARNING)).isTrue();
    QuietLogger quiet = QuietLogger.of("quiet.one");
    assertThat(ONE.isLoggable(Level.WARNING)).isFalse();
    assertThat(ONE.isLoggable(Level.ERROR)).isTrue();
    assertThat(OTHER.isLoggable(Level.WARNING)).isTrue();
    quiet.close();
    assertThat(ONE.isLoggable(Level.WARNING)).isTrue();
  }
}
