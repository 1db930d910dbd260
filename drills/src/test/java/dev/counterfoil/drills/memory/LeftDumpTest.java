package dev.counterfoil.drills.memory;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class LeftDumpTest {
  @Test
  void whatADumpHoldsIsFoundAndDoesNotLeave() throws Exception {
    WholeDrill.holds(parent -> new LeftDump(parent, InstantSource.system(), new SecureRandom()));
  }
}
