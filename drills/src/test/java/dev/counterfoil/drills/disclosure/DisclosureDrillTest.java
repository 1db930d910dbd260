package dev.counterfoil.drills.disclosure;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class DisclosureDrillTest {
  @Test
  void theTruthIsToldAndCorrected() throws Exception {
    WholeDrill.holds(new DisclosureDrill());
  }
}
