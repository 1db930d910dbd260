package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("turn-1")
class LostHostTest {
  @Test
  void aLostHostLosesNoToken() throws Exception {
    WholeDrill.holds(new LostHost());
  }
}
