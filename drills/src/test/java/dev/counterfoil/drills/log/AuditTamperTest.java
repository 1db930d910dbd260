package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import org.junit.jupiter.api.Test;

class AuditTamperTest {
  @Test
  void whatAnAdministratorDoesToTheAuditLogIsFound() throws Exception {
    WholeDrill.holds(new AuditTamper());
  }
}
