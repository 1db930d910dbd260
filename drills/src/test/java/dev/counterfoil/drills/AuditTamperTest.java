package dev.counterfoil.drills;

import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class AuditTamperTest {
  @Test
  void whatAnAdministratorDoesToTheAuditLogIsFound() throws Exception {
    WholeDrill.holds(parent -> new AuditTamper(parent, InstantSource.system(), new SecureRandom()));
  }
}
