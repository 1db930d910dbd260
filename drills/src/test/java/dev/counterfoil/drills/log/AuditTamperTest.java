package dev.counterfoil.drills.log;

import dev.counterfoil.drills.run.WholeDrill;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class AuditTamperTest {
  @Test
  void whatAnAdministratorDoesToTheAuditLogIsFound() throws Exception {
    WholeDrill.holds(parent -> new AuditTamper(parent, InstantSource.system(), new SecureRandom()));
  }
}
