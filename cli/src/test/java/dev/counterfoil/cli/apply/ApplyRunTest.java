package dev.counterfoil.cli.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.signerprotocol.Answer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A plan is carried out at an authority, and then there is nothing to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApplyRunTest {
  private static final String WANTED =
      """
      tenants:
        - name: acme
          people:
            - username: alice
              email: alice@acme.example
              email_verified: true
            - username: bob
              name: Bob Builder
              disabled: true
          groups:
            - name: staff
              members: [alice, bob]
          clients:
            - client_id: shop
              audiences: [https://mail.example]
              redirect_uris: [https://shop.example/cb]
              groups_claim: always
              disabled: true
              expires_at: 2099-01-01T00:00:00Z
            - client_id: batch
              scopes: [a]
      """;

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    domain = new RunningDomain(folder);
  }

  @AfterAll
  void stop() throws Exception {
    domain.close();
  }

  private ApplyPlan plan(String yaml, boolean prunes) throws Exception {
    ApplyPlan plan = ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), present(), prunes);
    assertThat(plan.faults()).isEmpty();
    return plan;
  }

  private PresentState present() throws Exception {
    return PresentState.read(domain.admin, Optional.empty());
  }

  private Map<String, String> apply(String yaml, boolean prunes) throws Exception {
    ApplyRun run = new ApplyRun(domain.admin, present());
    Map<String, String> secrets = new HashMap<>();
    for (ApplyStep step : plan(yaml, prunes).steps()) {
      ApplyRun.Done done = run.carryOut(step);
      assertThat(done.notRevoked()).isEmpty();
      done.secret().ifPresent(secret -> secrets.put(step.told().name(), secret));
    }
    return secrets;
  }

  @Test
  void whatAFileSaysIsThereAndItsExportSaysTheSame() throws Exception {
    Map<String, String> secrets = apply(WANTED, false);

    assertThat(secrets).containsOnlyKeys("shop", "batch");
    assertThat(plan(WANTED, true).steps()).isEmpty();
    String exported = ApplyYaml.of(present(), Optional.empty());
    assertThat(plan(exported, true).steps()).isEmpty();
    assertThat(secrets.values()).noneMatch(exported::contains);
    assertThat(domain.admin.people().find("alice").orElseThrow().emailVerified()).isTrue();
    assertThat(domain.admin.people().find("bob").orElseThrow().disabled()).isTrue();
    assertThat(domain.admin.standing("shop").orElseThrow().standing().disabled()).isTrue();

    apply(
        """
        tenants:
          - name: acme
            people:
              - {username: alice, name: Al, email: a@acme.example}
              - {username: bob, disabled: false}
            groups:
              - {name: staff, members: [bob]}
            clients:
              - {client_id: batch, scopes: [a, b], expires_at: never, disabled: false}
        """,
        true);
    PresentState left = present();
    assertThat(Objects.requireNonNull(left.people().get("alice")).emailVerified()).isFalse();
    assertThat(Objects.requireNonNull(left.people().get("bob")).disabled()).isFalse();
    assertThat(left.group("acme", "staff").orElseThrow().members()).containsExactly("bob");
    assertThat(Objects.requireNonNull(left.clients().get("batch")).registration().scopes())
        .containsExactly("a", "b");
    assertThat(left.clients()).doesNotContainKey("shop");

    apply("tenants:\n- {name: acme, people: [], groups: [], clients: []}\n", true);
    assertThat(present().tenants()).doesNotContain("acme");
  }

  @Test
  void whatChangedSinceItWasReadIsNotChangedAgain() throws Exception {
    String group = "tenants:\n- name: busy\n  people: [{username: p1}, {username: p2}]\n";
    apply(group + "  groups: [{name: g, members: [p1]}]\n", false);
    PresentState read = present();
    List<ApplyStep> steps =
        plan(
                """
                tenants:
                - name: busy
                  people: [{username: p1, name: P}]
                  groups: [{name: g, members: [p2]}]
                """,
                false)
            .steps();
    domain.admin.groups().addMember("g", "p2", OptionalLong.empty());
    domain
        .admin
        .people()
        .update(
            "p1",
            new PeopleAdmin.Update(
                Optional.empty(), Optional.of("Other"), Optional.empty(), Optional.empty()));

    ApplyRun run = new ApplyRun(domain.admin, read);
    for (ApplyStep step :
        steps.stream()
            .collect(Collectors.toMap(ApplyStep::getClass, one -> one, (one, _) -> one))
            .values()) {
      assertThatThrownBy(() -> run.carryOut(step))
          .isInstanceOfSatisfying(
              AuthorityAdmin.RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(Answer.Code.OUTDATED));
    }
    assertThat(steps).hasSize(3);
  }
}
