package dev.counterfoil.monitor.issued;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootPin;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a key stands, at a time and after what was said of it. */
class StatedKeysTest {
  private static final Instant FROM = Instant.parse("2026-12-01T12:00:00Z");

  private final KeyStatement key;

  StatedKeysTest() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    key =
        KeyStatement.builder(PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic()))
            .domain("main")
            .issuer("https://login.example")
            .purpose("access")
            .tenants(AllowList.all())
            .tokenTypes(AllowList.of("at+jwt"))
            .audiences(AllowList.all())
            .lifeMax(Duration.ofMinutes(15))
            .active(FROM, FROM.plus(Duration.ofHours(24)))
            .verifyUntil(FROM.plus(Duration.ofHours(25)))
            .successorLead(Duration.ofMinutes(15))
            .record(new RecordForm.Position("s1g1"))
            .build();
  }

  private KeySet keys(String said) {
    String kid = key.kid();
    boolean isWithdrawn = said.equals("withdrawn");
    return new KeySet(
        "main",
        "https://login.example",
        9,
        FROM,
        RootChain.under(new RootPin(1, Hash.sha256())),
        DelegationWindows.none(),
        isWithdrawn ? List.of() : List.of(key),
        List.of(),
        List.of(),
        isWithdrawn
            ? List.of(new KeySet.WithdrawnKey(kid, WithdrawalReason.COMPROMISED, FROM))
            : List.of(),
        isWithdrawn ? List.of(key) : List.of(),
        said.equals("tainted") ? List.of(new KeySet.TaintedKey(kid, FROM, FROM)) : List.of(),
        said.equals("retired") ? List.of(new KeySet.RetiredKey(kid, FROM)) : List.of(),
        said.equals("revoked") ? List.of(new KeySet.RevokedKey(kid, "s1g1", 7, FROM)) : List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Map.of(),
        Map.of(kid, FROM.minusSeconds(60)));
  }

  @ParameterizedTest
  @CsvSource({
    "nothing, -1, prepared",
    "nothing, 0, active",
    "nothing, 23, active",
    "nothing, 24, retired",
    "nothing, 25, over",
    "retired, 1, retired",
    "tainted, 1, tainted",
    "revoked, 1, revoked",
    "revoked, 30, revoked",
    "withdrawn, 1, withdrawn"
  })
  void aKeyStands(String said, int hours, String state) throws Exception {
    Instant now = FROM.plus(Duration.ofHours(hours));
    JsonObject line =
        StatedKeys.json(keys(said), now, log -> 0, Map.of(key.kid(), 3L)).objects("keys").get(0);
    assertThat(line.string("state")).isEqualTo(state);
    assertThat(line.string("kid")).isEqualTo(key.kid());
    assertThat(line.string("algorithm")).isEqualTo("ES256");
    assertThat(line.number("forged")).isEqualTo(3);
    assertThat(line.number("stated_at_ms")).isEqualTo(FROM.minusSeconds(60).toEpochMilli());
    assertThat(line.has("withdrawn_at_ms")).isEqualTo(said.equals("withdrawn"));
  }
}
