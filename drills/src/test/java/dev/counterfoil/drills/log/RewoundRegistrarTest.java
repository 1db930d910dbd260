package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class RewoundRegistrarTest {
  @Test
  void aRewoundRegistrarForgetsNoRevocation() throws Exception {
    WholeDrill.holds(
        parent -> new RewoundRegistrar(parent, InstantSource.system(), new SecureRandom()));
  }
}
