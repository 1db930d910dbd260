package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whose word a disclosure key is: that of the key log which the policy names, and no other's. */
class DisclosureKeyTest {
  private static final String KEY_LOG = "consumer.example/logs/keys";

  private final TestIssuer issuer;
  private final DisclosureKeyStated asked;

  DisclosureKeyTest() throws Exception {
    issuer = new TestIssuer("consumer");
    asked =
        new DisclosureKeyStated(
            TestIssuer.key().key(), issuer.log(), TestIssuer.NOW.plus(Duration.ofDays(1)));
  }

  private void refused(DisclosureKey key, TrustPolicy policy, String why) {
    assertThatThrownBy(() -> key.verify(policy))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatTheKeyLogStatesIsBelieved() throws Exception {
    DisclosureKey good = issuer.state(asked);
    StatedDisclosureKey stated = good.verify(issuer.policy());
    assertThat(stated.key()).isEqualTo(asked.key());
    assertThat(stated.at()).isEqualTo(TestIssuer.NOW);
    assertThat(DisclosureKey.parse(good.toJson())).isEqualTo(good);
  }

  @Test
  void theRegistrarsSignatureAloneIsNotEnough() throws Exception {
    byte[] entry = issuer.entry(asked, TestIssuer.NOW, 0);
    StatementSigner thief = TestIssuer.key();
    refused(issuer.in(KEY_LOG, entry, thief), issuer.policy(), "");
    refused(issuer.in("consumer.example/disclosure", entry, thief), issuer.policy(), "");
    DisclosureKey good = issuer.inKeyLog(entry);
    DisclosureKey other = issuer.inKeyLog(issuer.entry(asked, TestIssuer.NOW.plusSeconds(1), 0));
    refused(
        new DisclosureKey(good.entry(), other.proof(), good.delegation()),
        issuer.policy(),
        "does not lead");
    assertThat(good.verify(issuer.policy())).isNotNull();
  }

  @Test
  void anotherLogOfThePolicyStatesNoKeys() throws Exception {
    StatementSigner tokens = TestIssuer.key();
    String origin = "consumer.example/logs/s1g1";
    DisclosureKey elsewhere = issuer.in(origin, issuer.entry(asked, TestIssuer.NOW, 0), tokens);
    List<NoteKey> logs = new ArrayList<>(issuer.policy().logs());
    logs.add(new NoteKey(origin, ((PublicJwk.Ed25519) tokens.key()).x()));
    refused(
        elsewhere,
        new TrustPolicy("consumer", "https://consumer.example", issuer.policy().root(), logs),
        "another log than the key log");
  }

  @Test
  void theEntryIsSignedForItsPlaceInsideTheDelegationAndStatesAKey() throws Exception {
    Instant now = TestIssuer.NOW;
    refused(issuer.inKeyLog(issuer.entry(asked, now, 1)), issuer.policy(), "another place");
    refused(
        issuer.inKeyLog(issuer.entry(asked, now.minus(Duration.ofDays(2)), 0)),
        issuer.policy(),
        "outside its delegation's window");
    refused(
        issuer.inKeyLog(issuer.entry(new KeyLogEvent.RotationPaused("s1g1", now, "anna"), now, 0)),
        issuer.policy(),
        "does not state");
    refused(new TestIssuer("consumer").state(asked), issuer.policy(), "");
  }

  @Test
  void aQuorumThatDidNotCosignRefuses() throws Exception {
    TrustPolicy policy = issuer.policy();
    LogPolicy cosigned =
        new LogPolicy(
            policy.logPolicy().logs(),
            List.of(
                new LogPolicy.Witness(
                    "w1",
                    new CosignerKey(
                        "witness.example",
                        CosignerKey.Algorithm.ED25519,
                        ((PublicJwk.Ed25519) TestIssuer.key().key()).x().bytes()),
                    Optional.empty())),
            List.of(),
            "w1");
    DisclosureKey good = issuer.state(asked);
    assertThat(good.verify(policy)).isNotNull();
    refused(
        good, new TrustPolicy(policy.domain(), policy.issuer(), policy.root(), cosigned), "quorum");
  }
}
