package dev.counterfoil.drills.people;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class SignInDrillTest {
  @Test
  void inThisMachinesChromium() throws Exception {
    WholeDrill.holds(new SignInDrill());
  }
}
