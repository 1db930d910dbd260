package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class LostHostTest {
  @Test
  void aLostHostLosesNoToken() throws Exception {
    WholeDrill.holds(parent -> new LostHost(parent, InstantSource.system(), new SecureRandom()));
  }
}
