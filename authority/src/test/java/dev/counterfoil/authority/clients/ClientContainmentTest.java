package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.keys.GroupHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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

  private static GroupHandle groupOf(RunningDomain domain, String client, String secret)
      throws Exception {
    assertThat(domain.send(domain.tokenRequest(client, secret)).statusCode()).isEqualTo(200);
    return Objects.requireNonNull(domain.signer.requests().getLast().group());
  }

  private static void awaitGroups(RunningDomain domain, GroupHandle... groups) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!domain.registrar.groups().containsAll(List.of(groups)) && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    assertThat(domain.registrar.groups()).contains(groups);
  }

  @Test
  void theTokensOfARemovedClientAreRevokedAtOnce() throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      String secret = domain.admin.register(client("app")).orElseThrow();
      GroupHandle group = groupOf(domain, "app", secret);
      assertThat(domain.admin.remove("app").notRevoked()).isEmpty();
      assertThat(domain.registrar.groups()).contains(group);
    }
  }

  /** Also when the authority was restarted meanwhile, and under the client's new secret. */
  @Test
  void whileTheRegistrarIsAwayTheyWaitForIt() throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      String gone = domain.admin.register(client("gone")).orElseThrow();
      String robbed = domain.admin.register(client("robbed")).orElseThrow();
      GroupHandle ofGone = groupOf(domain, "gone", gone);
      GroupHandle ofRobbed = groupOf(domain, "robbed", robbed);
      domain.registrar.stop();
      AuthorityAdmin.Revoked removed = domain.admin.remove("gone");
      assertThat(removed.notRevoked().orElseThrow())
          .as("who is away is named")
          .contains("the registrar does not answer");
      assertThatThrownBy(() -> domain.admin.remove("gone"))
          .as("a second time")
          .hasMessageContaining("It was removed before, or never added");
      assertThat(removed.group()).contains(ofGone.toString());
      AuthorityAdmin.Revoked rotated = domain.admin.rotateSecretAndRevoke("robbed");
      assertThat(rotated.notRevoked()).isPresent();
      assertThat(domain.send(domain.tokenRequest("robbed", robbed)).statusCode()).isEqualTo(401);
      assertThat(groupOf(domain, "robbed", rotated.secret().orElseThrow()))
          .as("its new tokens are others'")
          .isNotEqualTo(ofRobbed);
      domain.restart();
      assertThat(domain.registrar.groups()).isEmpty();
      domain.registrar.listen();
      awaitGroups(domain, ofGone, ofRobbed);
      // What the registrar did is taken off the list a moment later.
      while (!domain.get("/metrics").body().contains("authority_groups_to_revoke 0")) {
        Thread.sleep(20);
      }
      domain.restart();
      domain.admin.register(client("other"));
      domain.admin.remove("other");
      assertThat(domain.registrar.groups()).as("it is not asked for again").doesNotHaveDuplicates();
    }
  }

  @Test
  void oneThatFailsKeepsNoOtherWaiting() throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      String odd = domain.admin.register(client("odd")).orElseThrow();
      String other = domain.admin.register(client("other")).orElseThrow();
      GroupHandle ofOdd = groupOf(domain, "odd", odd);
      GroupHandle ofOther = groupOf(domain, "other", other);
      domain.registrar.stop();
      assertThat(domain.admin.remove("odd").notRevoked()).isPresent();
      assertThat(domain.admin.remove("other").notRevoked()).isPresent();
      domain.registrar.isConfusedBy(ofOdd);
      domain.registrar.listen();
      awaitGroups(domain, ofOther);
      assertThat(domain.registrar.groups()).doesNotContain(ofOdd);
      assertThat(domain.get("/metrics").body())
          .as("it waits on")
          .doesNotContain("authority_groups_to_revoke 0");
    }
  }
}
