package dev.counterfoil.drills.people;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("turn-3")
class SignInDrillTest {
  @Test
  void inThisMachinesChromium() throws Exception {
    WholeDrill.holds(new SignInDrill());
  }
}
