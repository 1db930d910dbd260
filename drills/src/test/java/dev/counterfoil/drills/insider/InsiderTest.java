package dev.counterfoil.drills.insider;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class InsiderTest {
  @Test
  void anAdministratorWhoReadsMailWithoutATaskIsFound() throws Exception {
    WholeDrill.holds(new Insider());
  }
}
