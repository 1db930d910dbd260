package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stolen credential is taken away also while the audit log takes nothing. */
class ClientContainmentTest {
  @TempDir Path folder;

  private static ClientRegistration client(String id) {
    return ClientRegistration.withSecret(id, "acme", List.of(AUDIENCE), List.of());
  }

  @Test
  void aClientIsRemovedWhileNoEventCanBeKeptAndNoneIsAdded() throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      String stolen = domain.admin.register(client("stolen")).orElseThrow();
      String known = domain.admin.register(client("known")).orElseThrow();
      domain.admin.register(client("other"));
      assertThat(domain.send(domain.tokenRequest("stolen", stolen)).statusCode()).isEqualTo(200);

      // From now on its spool keeps nothing, as on a disk that failed.
      domain.server().audit().close();
      assertThatThrownBy(() -> domain.admin.register(client("new")))
          .hasMessageContaining("audit-unavailable");

      domain.admin.remove("stolen");
      String fresh = domain.admin.rotateSecret("known");
      assertThat(domain.send(domain.tokenRequest("stolen", stolen)).statusCode()).isEqualTo(401);
      assertThat(domain.send(domain.tokenRequest("known", known)).statusCode()).isEqualTo(401);
      assertThat(domain.send(domain.tokenRequest("known", fresh)).statusCode()).isEqualTo(200);
      assertThat(domain.server().audit().client().spool().lost()).isGreaterThanOrEqualTo(2);
    }
  }
}
