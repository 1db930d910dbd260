package dev.counterfoil.drills;

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
