package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is stated of another issuer's key, and what is not. */
class AdoptedKeyTest {
  private static final Instant NOW = TestKeys.T0;
  private static final Instant YEAR = NOW.plus(Duration.ofDays(365));
  private static final PublicJwk STATEMENT_KEY = TestKeys.key(9, NOW, YEAR).statement().jwk();

  private static final Purposes PURPOSES = new Purposes(List.of(TestKeys.access()));
  private static final Delegation DELEGATION =
      delegation(Set.of("position", "digest", "none"), AllowList.of("acme", "beta"));

  private static Delegation delegation(Set<String> forms, AllowList tenants) {
    Delegation.Bounds ours = PURPOSES.bounds();
    return new Delegation(
        1,
        "enterprise",
        TestDomain.ISSUER,
        STATEMENT_KEY,
        new Delegation.Bounds(tenants, ours.audiences(), ours.tokenTypes(), forms, ours.lifeMax()),
        NOW,
        NOW,
        NOW.plus(Delegation.WINDOW_MAX));
  }

  private static KeyStatement key(RecordForm record, Instant until) {
    return TestKeys.key(1, NOW, until).statement().toBuilder()
        .record(record)
        .verifyUntil(until.plus(TestKeys.LIFE_MAX))
        .custody("legacy", Assurance.UNKNOWN)
        .build();
  }

  private static boolean isTaken(KeyStatement key) {
    return objection(key, DELEGATION).isEmpty();
  }

  private static Optional<String> objection(KeyStatement key, Delegation delegation) {
    return AdoptedKey.objection(key, PURPOSES, delegation, NOW);
  }

  @Test
  void aKeyWhoseTokensNobodyRecordsIsTakenForAYearAtMostAndNotPastItsDate() {
    assertThat(isTaken(key(new RecordForm.None(YEAR), YEAR))).isTrue();
    Instant later = YEAR.plusSeconds(1);
    assertThat(isTaken(key(new RecordForm.None(later), YEAR))).isFalse();
    assertThat(isTaken(key(new RecordForm.None(YEAR), later))).isFalse();
    assertThat(
            isTaken(
                key(new RecordForm.None(YEAR), YEAR).toBuilder()
                    .verifyUntil(YEAR.plus(Duration.ofDays(1)))
                    .build()))
        .isFalse();
  }

  @Test
  void aKeyWhoseTokensAreFoundByTheirDigestsIsTakenForARecordLog() {
    assertThat(isTaken(key(new RecordForm.Digest("d1g1"), YEAR))).isTrue();
    assertThat(isTaken(key(new RecordForm.Digest("d1g1"), YEAR.plusSeconds(1)))).isFalse();
    assertThat(isTaken(key(new RecordForm.Digest("s1g1"), YEAR))).isFalse();
  }

  @Test
  void aKeyOfOurOwnIsStatedByItsSignerAlone() {
    assertThat(isTaken(key(new RecordForm.Position("s1g1"), YEAR))).isFalse();
  }

  @Test
  void aKeyThatSomebodyFactorsIsNotTaken() {
    KeyStatement key = key(new RecordForm.None(YEAR), YEAR);
    BigInteger prime = BigInteger.probablePrime(683, new Random(1));
    BigInteger other = BigInteger.probablePrime(683, new Random(2));
    assertThat(objection(withModulus(key, prime.pow(3)), DELEGATION).orElseThrow())
        .contains("anybody can sign under it, since its modulus is a power");
    assertThat(isTaken(withModulus(key, prime.pow(2).multiply(other)))).as("the control").isTrue();
  }

  private static KeyStatement withModulus(KeyStatement like, BigInteger modulus) {
    return KeyStatement.builder(new PublicJwk.Rs256(modulus))
        .domain(like.domain())
        .issuer(like.issuer())
        .purpose(like.purpose())
        .tenants(like.tenants())
        .tokenTypes(like.tokenTypes())
        .audiences(like.audiences())
        .lifeMax(like.lifeMax())
        .active(like.activeFrom(), like.activeUntil())
        .verifyUntil(like.verifyUntil())
        .record(like.record())
        .custody("legacy", Assurance.UNKNOWN)
        .build();
  }

  @Test
  void nothingGoodIsSaidOfAKeyThatNobodyHereHolds() {
    KeyStatement key = key(new RecordForm.None(YEAR), YEAR);
    for (Assurance assurance : Assurance.values()) {
      assertThat(isTaken(key.toBuilder().custody("legacy", assurance).build()))
          .isEqualTo(assurance == Assurance.UNKNOWN);
    }
  }

  @Test
  void nothingIsTakenBeyondTheConfigurationAndTheRoot() {
    KeyStatement key = key(new RecordForm.None(YEAR), YEAR);
    assertThat(objection(key, DELEGATION)).isEmpty();
    AllowList both = AllowList.of("acme", "beta");
    assertThat(objection(key, delegation(Set.of("position", "digest"), both)))
        .as("the root wants every token recorded")
        .isPresent();
    assertThat(objection(key, delegation(Set.of("none"), AllowList.of("acme"))))
        .as("the root delegated for one tenant")
        .isPresent();
    assertThat(
            objection(
                key.toBuilder().tenants(AllowList.of("globex")).build(),
                delegation(Set.of("none"), AllowList.all())))
        .as("a tenant that nobody configured")
        .isPresent();
    assertThat(isTaken(key.toBuilder().issuer("https://other.example").build())).isFalse();
    assertThat(isTaken(key.toBuilder().domain("consumer").build())).isFalse();
  }
}
