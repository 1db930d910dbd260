package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.Delegation;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class KeyCeilingTest {
  private static final AllowList ACME = AllowList.of("acme");
  private static final AllowList TWO = AllowList.of("acme", "globex");

  private final Samples samples = new Samples();

  @Test
  void theClassFollowsFromWhomTheKeyAndItsDomainServe() {
    assertThat(KeyCeiling.of(AllowList.all(), AllowList.all())).isEqualTo(KeyCeiling.SHARED);
    assertThat(KeyCeiling.of(TWO, TWO)).isEqualTo(KeyCeiling.SHARED);
    assertThat(KeyCeiling.of(ACME, TWO)).isEqualTo(KeyCeiling.TENANT);
    assertThat(KeyCeiling.of(ACME, AllowList.all())).isEqualTo(KeyCeiling.TENANT);
    assertThat(KeyCeiling.of(ACME, ACME)).isEqualTo(KeyCeiling.ORGANISATION);
    AllowList withOwn = AllowList.of("acme", KeyCeiling.OWN_TENANT);
    assertThat(KeyCeiling.of(withOwn, withOwn))
        .as("the installation's own clients are no other tenant")
        .isEqualTo(KeyCeiling.ORGANISATION);
  }

  @Test
  void aWindowMayBeAsLongAsTheCeilingAndNoLonger() {
    Delegation two = samples.delegation();
    Instant from = Samples.NOW;
    for (Duration more : new Duration[] {Duration.ZERO, Duration.ofSeconds(1)}) {
      Instant until = from.plus(KeyCeiling.TENANT.age()).plus(more);
      KeyStatement key =
          samples.statement().toBuilder().active(from, until).verifyUntil(until).build();
      assertThat(KeyCeiling.objection(key, two).isPresent()).isEqualTo(!more.isZero());
    }
  }

  @Test
  void anotherIssuersKeyIsTakenForAYearWhomeverItServes() {
    Instant from = Samples.NOW;
    for (Duration more : new Duration[] {Duration.ZERO, Duration.ofSeconds(1)}) {
      Instant until = from.plus(KeyCeiling.FOREIGN.age()).plus(more);
      KeyStatement key =
          samples.statement().toBuilder()
              .tenants(AllowList.all())
              .active(from, until)
              .verifyUntil(until)
              .record(new RecordForm.Digest("d1g1"))
              .build();
      assertThat(KeyCeiling.objection(key, samples.delegation()).isPresent())
          .isEqualTo(!more.isZero());
    }
  }

  @Test
  void aKeyIsTooOldFromItsCeilingOn() {
    KeyStatement key = samples.statement();
    Instant passed = key.activeFrom().plus(KeyCeiling.TENANT.age());
    assertThat(KeyCeiling.isPassed(key, samples.delegation(), passed.minusSeconds(1))).isFalse();
    assertThat(KeyCeiling.isPassed(key, samples.delegation(), passed)).isTrue();
  }
}
