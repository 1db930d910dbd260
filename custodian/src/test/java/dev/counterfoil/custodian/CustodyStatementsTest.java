package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.HeldNotes;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a statement costs whoever asks often. */
final class CustodyStatementsTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
  private final TestCosigner cosigner =
      new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
  private TestCustody custody;
  private CustodyStatements statements;
  private LogFollower follower;

  @BeforeEach
  void start() throws Exception {
    issuer.issue();
    custody = new TestCustody(clock, folder.resolve("custody"), new TestEvents(), issuer);
    custody.follow();
    follower = custody.follower("acme", RecordedIssuer.LOG);
    statements =
        new CustodyStatements(
            Files.createDirectory(folder.resolve("statements")),
            new HeldNotes(cosigner, clock),
            clock,
            new SecureRandom());
  }

  @AfterEach
  void stop() throws Exception {
    custody.close();
  }

  private CustodyStatements.Made current() throws Exception {
    return statements.current(follower, follower.custody().vouched().orElseThrow());
  }

  private CustodyStatements.OwnSigned own(String tenant) throws Exception {
    return statements.own(follower, tenant, current());
  }

  private CustodyStatement verified(CustodyStatements.OwnSigned own) throws Exception {
    CustodyStatement statement =
        CustodyStatement.verify(own.note().bytes(), follower.log().key().name(), cosigner.key());
    assertThat(statement.proves(own.own().count(), own.own().index(), own.own().path())).isTrue();
    return statement;
  }

  @Test
  void aTenantWithoutTokensHasItsStatementMadeOnceForEachStateOfTheLog() throws Exception {
    CustodyStatements.OwnSigned first = own("initech");
    assertThat(first.own().count().count()).isZero();
    assertThat(verified(first).checkpoint().size()).isEqualTo(1);
    clock.advance(Duration.ofMinutes(1));
    CustodyStatements.OwnSigned later = own("initech");
    assertThat(later.own()).as("not made again").isSameAs(first.own());
    assertThat(later.note()).as("but signed").isNotEqualTo(first.note());
    assertThat(verified(later)).isEqualTo(verified(first));

    issuer.issue();
    custody.follow();
    clock.advance(Duration.ofSeconds(2));
    CustodyStatements.OwnSigned grown = own("initech");
    assertThat(grown.own()).isNotSameAs(first.own());
    assertThat(verified(grown).checkpoint().size()).as("the control").isEqualTo(2);
    assertThat(verified(own("acme")).checkpoint().size()).isEqualTo(2);
    assertThat(own("acme").own().count().count()).isEqualTo(2);
  }

  @Test
  void asManyTenantsWithoutTokensAreRememberedAsTheyMay() throws Exception {
    CustodyStatements.Own first = own("t0").own();
    for (int i = 1; i < CustodyStatements.NONE_KEPT_MAX; i++) {
      own("t" + i);
    }
    assertThat(own("t0").own()).as("all of them have room").isSameAs(first);
    for (int i = 1; i <= CustodyStatements.NONE_KEPT_MAX; i++) {
      own("u" + i);
    }
    assertThat(own("t0").own()).as("and no more").isNotSameAs(first).isEqualTo(first);
  }

  @Test
  void countsAreMadeAnewOnlyWhenTheLogHasGrownAndSignedAnewAfterAWhile() throws Exception {
    CustodyStatements.Made first = current();
    assertThat(current()).isSameAs(first);
    clock.advance(Duration.ofSeconds(2));
    CustodyStatements.Made signed = current();
    assertThat(signed.counts()).isSameAs(first.counts());
    assertThat(signed.note()).isNotEqualTo(first.note());
    clock.advance(Duration.ofDays(-1));
    assertThat(current().madeAt()).as("the clock was put back").isEqualTo(clock.instant());
    issuer.issue();
    custody.follow();
    clock.advance(Duration.ofSeconds(2));
    assertThat(current().counts().statement().checkpoint().size()).isEqualTo(2);
  }
}
