package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Keys of every narrow scope on tokens of every kind: domain, issuer, tenant, type, audience, time
 * and record form. Only the diagonal is verified. {@code IssuanceScopeMatrixTest} asks the signer
 * the same.
 */
class KeyScopeMatrixTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final List<String> TENANTS = List.of("acme", "globex");
  private static final List<String> TYPES = List.of("at+jwt", "counterfoil-test+jwt");
  private static final List<String> AUDIENCES =
      List.of("https://mail.example", "https://files.example");
  private static final Duration LIFE = Duration.ofMinutes(30);

  /** Two windows that follow each other; a token of either is still in force. */
  private enum Window {
    FIRST(20, 10),
    SECOND(10, 0);

    private final Instant from;
    private final Instant until;

    Window(int fromMinutesAgo, int untilMinutesAgo) {
      from = NOW.minus(Duration.ofMinutes(fromMinutesAgo));
      until = NOW.minus(Duration.ofMinutes(untilMinutesAgo));
    }
  }

  private enum Form {
    POSITION,
    DIGEST,
    NONE
  }

  /** A key's whole scope, which serves nothing else; and a token that fits it. */
  private record Scope(
      TestIssuer domain, String tenant, String type, String audience, Window window, Form form) {}

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer enterprise =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestIssuer consumer =
      new TestIssuer("consumer", "https://login.example/consumer", clock);

  private List<Scope> scopes() {
    List<Scope> scopes = new ArrayList<>();
    for (TestIssuer domain : List.of(enterprise, consumer)) {
      for (String tenant : TENANTS) {
        for (String type : TYPES) {
          for (String audience : AUDIENCES) {
            for (Window window : Window.values()) {
              for (Form form : Form.values()) {
                scopes.add(new Scope(domain, tenant, type, audience, window, form));
              }
            }
          }
        }
      }
    }
    return scopes;
  }

  private TestKeys.Es256 key(Scope scope) {
    TestKeys.Es256 key = new TestKeys.Es256();
    KeyStatement any = scope.domain().statement(key, "s1g1");
    scope
        .domain()
        .state(
            any.toBuilder()
                .tenants(AllowList.of(scope.tenant()))
                .tokenTypes(AllowList.of(scope.type()))
                .audiences(AllowList.of(scope.audience()))
                .lifeMax(LIFE)
                .active(scope.window().from, scope.window().until)
                .verifyUntil(scope.window().until.plus(LIFE))
                .record(
                    switch (scope.form()) {
                      case POSITION -> new RecordForm.Position("s1g1");
                      case DIGEST -> new RecordForm.Digest("d1g1");
                      case NONE -> new RecordForm.None(NOW.plus(Duration.ofDays(1)));
                    })
                .build());
    return key;
  }

  /** A token that fits a scope, recorded as that scope has it, and signed by whatever key. */
  private static String token(Scope scope, TestKeys.Es256 key) {
    TokenDraft draft =
        scope
            .domain()
            .draft(key.kid(), "s1g1")
            .header("typ", scope.type())
            .claim("tenant", scope.tenant())
            .claim("aud", scope.audience())
            .times(scope.window().from, scope.window().from.plus(LIFE));
    return switch (scope.form()) {
      // Recorded in every case: scope alone must refuse it.
      case POSITION -> scope.domain().issue(draft, key, "s1g1");
      case DIGEST -> scope.domain().issue(draft.claim("jti", "handed in"), key, "d1g1");
      case NONE -> draft.claim("jti", "theirs").signed(key);
    };
  }

  private static String outcome(Verification verification) {
    return verification instanceof Refused refused
        ? refused.code().text()
        : verification.getClass().getSimpleName();
  }

  /** What the one off-diagonal step of a token and a key that agree in all else comes to. */
  private static String expected(Scope key, Scope token) {
    if (!key.domain().equals(token.domain())) {
      return "other-domain";
    }
    if (!key.tenant().equals(token.tenant())) {
      return RefusalCode.KEY_SCOPE_TENANT.text();
    }
    if (!key.type().equals(token.type())) {
      return RefusalCode.KEY_SCOPE_TYPE.text();
    }
    if (!key.audience().equals(token.audience())) {
      return RefusalCode.KEY_SCOPE_AUDIENCE.text();
    }
    if (key.window() != token.window()) {
      return RefusalCode.KEY_NOT_ACTIVE.text();
    }
    return switch (key.form()) {
      case POSITION -> token.form() == Form.POSITION ? "Verified" : RefusalCode.TOKEN_ID.text();
      case DIGEST -> token.form() == Form.DIGEST ? "Verified" : RefusalCode.DIGEST_UNKNOWN.text();
      case NONE -> "Unrecorded";
    };
  }

  @Test
  void onlyTheDiagonalPasses() {
    enterprise.addLog("d1g1");
    consumer.addLog("d1g1");
    List<Scope> scopes = scopes();
    List<TestKeys.Es256> keys = scopes.stream().map(this::key).toList();
    enterprise.publish();
    consumer.publish();
    Map<String, Integer> outcomes = new TreeMap<>();
    try (Verifier verifier =
        Verifier.builder(enterprise.policy())
            .neighbour(consumer.policy())
            .network(
                (uri, max) ->
                    uri.toString().startsWith(consumer.issuer())
                        ? consumer.get(uri, max)
                        : enterprise.get(uri, max))
            .clock(clock)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                    .withWaits(Duration.ofSeconds(2), Duration.ofNanos(1)))
            .build()) {
      verifier.refreshNeighbours();
      for (int k = 0; k < keys.size(); k++) {
        for (Scope token : scopes) {
          Scope key = scopes.get(k);
          String outcome =
              outcome(
                  verifier.verify(
                      token(token, keys.get(k)),
                      Expectations.audience(token.audience())
                          .tokenType(token.type())
                          .anyTenant()
                          .bearerAllowed()));
          outcomes.merge(outcome, 1, Integer::sum);
          if (token.domain() == consumer) {
            assertThat(outcome).as("%s signs %s", key, token).isEqualTo("issuer");
          } else if (key.domain() == consumer) {
            // The case that began it all: a consumer key on an enterprise token.
            assertThat(outcome).as("%s signs %s", key, token).isEqualTo("domain");
          } else {
            assertThat(outcome).as("%s signs %s", key, token).isEqualTo(expected(key, token));
          }
        }
      }
    }
    // 16 scopes of each form: a position's and a digest's token pass under the one key that is for
    // them; under a key without a record any form of token is the same.
    assertThat(outcomes).containsEntry("Verified", 32).containsEntry("Unrecorded", 48);
  }
}
