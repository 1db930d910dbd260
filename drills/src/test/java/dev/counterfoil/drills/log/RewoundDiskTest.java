package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class RewoundDiskTest {
  @Test
  void aRewoundDiskGivesNoPositionTwice() throws Exception {
    WholeDrill.holds(parent -> new RewoundDisk(parent, InstantSource.system(), new SecureRandom()));
  }
}
