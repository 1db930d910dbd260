package dev.counterfoil.drills.memory;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class LeftDumpTest {
  @Test
  void whatADumpHoldsIsFoundAndDoesNotLeave() throws Exception {
    WholeDrill.holds(new LeftDump());
  }
}
