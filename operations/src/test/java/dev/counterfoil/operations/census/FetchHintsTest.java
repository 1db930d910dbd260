package dev.counterfoil.operations.census;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityAdmin.JwksFetcher;
import dev.counterfoil.authority.AuthorityAdmin.JwksFetchers;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who of those that only fetch the JWKS would refuse the next key's tokens. */
class FetchHintsTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  /** A set is served for at most this less 80 s: 13 min 40 s. */
  private static final Duration PROPAGATION = Duration.ofMinutes(15);

  private KeyStatement next;

  @BeforeEach
  void prepare() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    Instant from = NOW.plus(Duration.ofHours(1));
    next =
        KeyStatement.builder(PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic()))
            .domain("main")
            .issuer("https://login.example")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("at+jwt"))
            .audiences(AllowList.of("mail"))
            .lifeMax(Duration.ofMinutes(15))
            .active(from, from.plus(Duration.ofHours(24)))
            .verifyUntil(from.plus(Duration.ofHours(25)))
            .record(new RecordForm.Position("s1g1"))
            .custody("software", KeyStatement.Assurance.COPYABLE_BY_ROOT)
            .successorLead(PROPAGATION)
            .build();
  }

  private FetchHints hints(JwksFetcher... fetchers) {
    return new FetchHints(new JwksFetchers(NOW.minus(Duration.ofDays(1)), List.of(fetchers)));
  }

  private JwksFetcher fetcher(String address, Duration ago, String... kids) {
    return new JwksFetcher(
        address, "python", next.publication().text(), NOW.minus(ago), List.of(kids));
  }

  @Test
  void whoHasTheKeyOrWillComeBackIsNoObstacle() {
    FetchHints hints =
        hints(
            fetcher("192.0.2.1", Duration.ofHours(5), next.kid()),
            fetcher("192.0.2.2", Duration.ofMinutes(10), "other"));

    assertThat(hints.overdue(next, NOW)).isZero();
    assertThat(hints.text(next, NOW))
        .contains("1 of 2 fetchers had this key")
        .contains("192.0.2.2")
        .contains("expires at 2026-11-25T12:03:40Z, before the key signs");
    assertThat(FetchHints.verdict(true, 0)).startsWith("Ready: ");
  }

  @Test
  void whoDidNotComeBackInTimeIsNamed() throws Exception {
    FetchHints hints = hints(fetcher("192.0.2.17", Duration.ofHours(2), "other"));

    assertThat(hints.overdue(next, NOW)).isEqualTo(1);
    assertThat(hints.text(next, NOW)).contains("192.0.2.17").contains("did not come back");
    JsonObject fetcher = hints.toJson(next, NOW).objects("fetchers").getFirst();
    assertThat(fetcher.truth("overdue")).isTrue();
    assertThat(fetcher.truth("had_key")).isFalse();
    assertThat(FetchHints.verdict(true, 1)).startsWith("Probably ready").contains("1 of");
  }

  @Test
  void verifiersThatSpeakCountForMoreThanAnyHint() {
    assertThat(FetchHints.verdict(false, 0)).startsWith("Not ready");
  }

  @Test
  void whoFetchesTheOtherSetHasNothingToDoWithTheKey() {
    JwksFetcher other =
        new JwksFetcher(
            "192.0.2.3",
            "go",
            KeyStatement.Publication.SIGNATURE_ONLY.text(),
            NOW.minus(Duration.ofHours(2)),
            List.of());

    assertThat(hints(other).overdue(next, NOW)).isZero();
    assertThat(hints(fetcher("192.0.2.3", Duration.ofHours(2))).overdue(next, NOW)).isEqualTo(1);
  }
}
