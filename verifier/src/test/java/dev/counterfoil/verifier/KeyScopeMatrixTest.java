package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.AllowList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys of every narrow scope on tokens of every kind: only the diagonal passes. */
class KeyScopeMatrixTest {
  private static final List<String> TENANTS = List.of("acme", "globex");
  private static final List<String> TYPES = List.of("at+jwt", "counterfoil-test+jwt");
  private static final List<String> AUDIENCES =
      List.of("https://mail.example", "https://files.example");

  private record Scope(String tenant, String type, String audience) {}

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);

  private static List<Scope> scopes() {
    List<Scope> scopes = new ArrayList<>();
    for (String tenant : TENANTS) {
      for (String type : TYPES) {
        for (String audience : AUDIENCES) {
          scopes.add(new Scope(tenant, type, audience));
        }
      }
    }
    return scopes;
  }

  private TestKeys.Es256 key(Scope scope) {
    TestKeys.Es256 key = new TestKeys.Es256();
    issuer.state(
        issuer.statement(key, "s1g1").toBuilder()
            .tenants(AllowList.of(scope.tenant()))
            .tokenTypes(AllowList.of(scope.type()))
            .audiences(AllowList.of(scope.audience()))
            .build());
    return key;
  }

  @Test
  void onlyTheDiagonalPasses() {
    List<TestKeys.Es256> keys = scopes().stream().map(this::key).toList();
    issuer.publish();
    try (Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofMinutes(5)))
            .build()) {
      int passed = 0;
      for (int k = 0; k < keys.size(); k++) {
        for (int t = 0; t < keys.size(); t++) {
          Scope scope = scopes().get(t);
          // Recorded in every case: scope alone must refuse it.
          String token =
              issuer.issue(
                  issuer
                      .draft(keys.get(k))
                      .header("typ", scope.type())
                      .claim("tenant", scope.tenant())
                      .claim("aud", scope.audience()),
                  keys.get(k));
          Verification verification =
              verifier.verify(
                  token,
                  Expectations.audience(scope.audience())
                      .tokenType(scope.type())
                      .anyTenant()
                      .bearerAllowed());
          assertThat(verification.isVerified())
              .as("key %s on token %s: %s", scopes().get(k), scope, verification)
              .isEqualTo(k == t);
          passed += verification.isVerified() ? 1 : 0;
        }
      }
      assertThat(passed).isEqualTo(keys.size());
    }
  }
}
