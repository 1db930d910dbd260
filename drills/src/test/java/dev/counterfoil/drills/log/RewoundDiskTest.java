package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("turn-2")
class RewoundDiskTest {
  @Test
  void aRewoundDiskGivesNoPositionTwice() throws Exception {
    WholeDrill.holds(new RewoundDisk());
  }
}
