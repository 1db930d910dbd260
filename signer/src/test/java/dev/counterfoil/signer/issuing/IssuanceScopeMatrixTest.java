package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Binding;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.KeyRing;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Keys of every narrow scope and requests of every kind: only the diagonal is composed. The
 * verifier's {@code KeyScopeMatrixTest} asks the same of tokens. A request names no issuer, domain
 * or log: the key does, so there is nothing to get wrong.
 */
class IssuanceScopeMatrixTest {
  private static final Instant NOW = TestKeys.T0.plusSeconds(3600);
  private static final String CONSUMER = "https://login.example/consumer";
  private static final String THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

  /** Allows all that is asked: what the key does not state is denied all the same. */
  private static final Purposes ANY_PURPOSE =
      new Purposes(
          List.of(
              new Purpose(
                  KeyStatement.ACCESS,
                  AllowList.all(),
                  List.of(PublicJwk.Algorithm.ES256),
                  AllowList.all(),
                  AllowList.all(),
                  TestKeys.LIFE_MAX,
                  TestKeys.access().schedule(),
                  Binding.NONE,
                  KeyStatement.Publication.ORDINARY,
                  AllowList.of())));

  /** A key's whole scope, which serves nothing else; and a request that fits it. */
  private record Scope(
      String issuer, String tenant, String type, String audience, boolean now, Binding binding) {}

  private final SigningThreads signing = new SigningThreads(1, failure -> {});
  private final List<Submission> submitted = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private KeyRing ring = KeyRing.empty();
  private final Issuance issuance =
      new Issuance(
          () -> ring,
          () -> ANY_PURPOSE,
          SignerConfiguration.Quotas.DEFAULT,
          tenant -> Level.DURABLE,
          new RandomSalts(new java.security.SecureRandom()),
          () -> NOW,
          System::nanoTime,
          submitted::add,
          signing);

  @AfterEach
  void finish() throws InterruptedException {
    signing.finish();
  }

  private static List<Scope> scopes() {
    List<Scope> scopes = new ArrayList<>();
    for (String issuer : List.of(TestDomain.ISSUER, CONSUMER)) {
      for (String tenant : List.of("acme", "beta")) {
        for (String type : List.of("at+jwt", "id+jwt")) {
          for (String audience : List.of("mail", "files")) {
            for (boolean now : List.of(true, false)) {
              for (Binding binding : Binding.values()) {
                scopes.add(new Scope(issuer, tenant, type, audience, now, binding));
              }
            }
          }
        }
      }
    }
    return scopes;
  }

  private static TokenKey key(Scope scope) {
    Instant from = scope.now() ? NOW : NOW.plus(Duration.ofHours(1));
    TokenKey any = TestKeys.key(1, from, from.plus(Duration.ofHours(1)));
    KeyStatement narrow =
        any.statement().toBuilder()
            .issuer(scope.issuer())
            .tenants(AllowList.of(scope.tenant()))
            .tokenTypes(AllowList.of(scope.type()))
            .audiences(AllowList.of(scope.audience()))
            .binding(scope.binding())
            .build();
    return new TokenKey(1, narrow, any.held());
  }

  private static IssueRequest request(Scope scope) {
    return new IssueRequest(
        scope.type(),
        scope.tenant(),
        "robot",
        "client-1",
        List.of(scope.audience()),
        "",
        60,
        scope.binding() == Binding.REQUIRED ? THUMBPRINT : null,
        null,
        new IssueRequest.Ground("private_key_jwt", "assertion"),
        "192.0.2.7",
        123);
  }

  /** The claims that were composed; null when the request was refused. */
  private @Nullable JsonObject composed(TokenKey key, Scope asked) throws Exception {
    ring = TestKeys.stated(key);
    submitted.clear();
    answers.clear();
    issuance.issue(request(asked), answers::add);
    if (submitted.isEmpty()) {
      return null;
    }
    assertThat(answers).isEmpty();
    Counterfoil counterfoil =
        (Counterfoil) submitted.get(0).compose(0, NOW.toEpochMilli()).orElseThrow();
    String input = new String(counterfoil.signingInput(), StandardCharsets.US_ASCII);
    JsonObject claims =
        StrictJson.object(Base64Url.decode(input.substring(input.indexOf('.') + 1)), 64 * 1024);
    submitted.get(0).refused(dev.counterfoil.log.Refusal.BUSY);
    return claims;
  }

  @Test
  void onlyTheDiagonalIsComposed() throws Exception {
    int passed = 0;
    for (Scope scope : scopes()) {
      TokenKey key = key(scope);
      for (Scope asked : scopes()) {
        JsonObject claims = composed(key, asked);
        boolean fits =
            scope.tenant().equals(asked.tenant())
                && scope.type().equals(asked.type())
                && scope.audience().equals(asked.audience())
                && scope.now()
                && (scope.binding() == Binding.NONE || asked.binding() == Binding.REQUIRED);
        assertThat(claims != null).as("%s is asked for %s", scope, asked).isEqualTo(fits);
        if (claims == null) {
          assertThat(((Answer.Refused) answers.get(0)).code())
              .isEqualTo(scope.now() ? Code.OUT_OF_SCOPE : Code.NO_KEY);
        } else {
          passed++;
          assertThat(claims.string("iss")).as("the key's, whoever asks").isEqualTo(scope.issuer());
          assertThat(claims.string("jti")).startsWith(key.log() + ".");
        }
      }
    }
    // Of each binding 16 keys sign now, and each is asked eight times for its tenant, type and
    // audience: for two issuers and two times, which it does not hear, and two bindings.
    assertThat(passed).isEqualTo(16 * 8 + 16 * 4);
  }

  @Test
  void aConsumerKeySignsNoEnterpriseToken() throws Exception {
    Scope consumer = new Scope(CONSUMER, "acme", "at+jwt", "mail", true, Binding.NONE);
    IssueRequest plain = request(consumer);
    JsonObject iss = JsonObject.builder().put("iss", TestDomain.ISSUER).build();
    IssueRequest claimed =
        new IssueRequest(
            plain.tokenType(),
            plain.tenant(),
            plain.subject(),
            plain.clientId(),
            plain.audiences(),
            plain.scope(),
            plain.lifeSeconds(),
            plain.confirmation(),
            iss,
            plain.ground(),
            plain.clientAddress(),
            plain.requestedAtMillis());
    ring = TestKeys.stated(key(consumer));
    issuance.issue(claimed, answers::add);
    assertThat(((Answer.Refused) answers.get(0)).code()).isEqualTo(Code.MALFORMED);
    assertThat(submitted).isEmpty();
    JsonObject claims = composed(key(consumer), consumer);
    assertThat(Objects.requireNonNull(claims, "composed").string("iss")).isEqualTo(CONSUMER);
  }
}
