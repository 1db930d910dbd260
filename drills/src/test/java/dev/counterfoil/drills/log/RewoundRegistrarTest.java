package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class RewoundRegistrarTest {
  @Test
  void aRewoundRegistrarForgetsNoRevocation() throws Exception {
    WholeDrill.holds(new RewoundRegistrar());
  }
}
