package dev.counterfoil.drills.memory;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("turn-3")
class LeftDumpTest {
  @Test
  void whatADumpHoldsIsFoundAndDoesNotLeave() throws Exception {
    WholeDrill.holds(new LeftDump());
  }
}
