package dev.counterfoil.drills;

import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class LeftDumpTest {
  @Test
  void whatADumpHoldsIsFoundAndDoesNotLeave() throws Exception {
    WholeDrill.holds(parent -> new LeftDump(parent, InstantSource.system(), new SecureRandom()));
  }
}
