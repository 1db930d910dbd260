package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("turn-3")
class StolenSignerTest {
  @Test
  void aStolenSignerIsContainedAndWhoIsCutOffIsNamed() throws Exception {
    WholeDrill.holds(new StolenSigner());
  }
}
