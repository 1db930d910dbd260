package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class StolenSignerTest {
  @Test
  void aStolenSignerIsContainedAndWhoIsCutOffIsNamed() throws Exception {
    WholeDrill.holds(
        parent -> new StolenSigner(parent, InstantSource.system(), new SecureRandom()));
  }
}
