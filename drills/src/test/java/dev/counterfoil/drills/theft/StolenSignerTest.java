package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class StolenSignerTest {
  @Test
  void aStolenSignerIsContainedAndWhoIsCutOffIsNamed() throws Exception {
    WholeDrill.holds(new StolenSigner());
  }
}
