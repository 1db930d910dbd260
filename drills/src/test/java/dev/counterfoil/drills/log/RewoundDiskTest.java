package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class RewoundDiskTest {
  @Test
  void aRewoundDiskGivesNoPositionTwice() throws Exception {
    WholeDrill.holds(new RewoundDisk());
  }
}
