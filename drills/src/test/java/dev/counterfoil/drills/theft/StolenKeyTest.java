package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.run.WholeDrill;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StolenKeyTest {
  /** Longer than is promised: the tests' machine does other things meanwhile. */
  private static final Duration FOUND_WITHIN = Duration.ofMinutes(2);

  @Test
  @Tag("full")
  void perfectTokensThatWereNeverIssuedAreRefusedAndFound() throws Exception {
    WholeDrill.holds(new StolenKey(FOUND_WITHIN));
  }
}
