package dev.counterfoil.authority.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ReplayGuard;
import dev.counterfoil.authority.clients.UsesOnDisk;
import dev.counterfoil.authority.token.RevocationShares.Holder;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many live revocations each tenant and client may hold. */
class RevocationSharesTest {
  private static final int MAX = 120;

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // by open
  private FailingDisk disk;

  @SuppressWarnings("NullAway.Init") // by open
  private RevocationShares shares;

  private int tokens;

  @BeforeEach
  void open() throws Exception {
    disk = new FailingDisk(FileDisk.privateFolder(folder));
    shares =
        new RevocationShares(
            () -> now, MAX, UsesOnDisk.open(disk, "used", RevocationShares.WRITTEN, now));
  }

  @AfterEach
  void close() throws Exception {
    shares.close();
  }

  private void restart() throws Exception {
    shares.close();
    open();
  }

  private static Holder client(String tenant, String id) {
    return new Holder(tenant, id);
  }

  private int takeAll(Holder client) {
    int taken = 0;
    while (take(client, "s1g1." + tokens++) == ReplayGuard.Use.FIRST) {
      taken++;
    }
    return taken;
  }

  /** Revokes a token, which the registrar accepts. */
  private ReplayGuard.Use take(Holder client, String token) {
    Instant until = now.plusSeconds(900);
    ReplayGuard.Use use = shares.take(client, token, until);
    if (use == ReplayGuard.Use.FIRST) {
      shares.accepted(client, token, until);
    }
    return use;
  }

  @Test
  void aClientAloneGetsAQuarterAndTheNextFindsRoom() throws Exception {
    assertThat(takeAll(client("acme", "one"))).isEqualTo(MAX / 4);
    assertThat(takeAll(client("acme", "two"))).isPositive();
    assertThat(takeAll(client("globex", "three"))).as("of another tenant").isEqualTo(MAX / 4);
  }

  @Test
  void noTenantTakesMoreThanWhatIsFree() throws Exception {
    int ofAcme = 0;
    for (int i = 0; i < 50; i++) {
      ofAcme += takeAll(client("acme", "app" + i));
    }
    assertThat(ofAcme).isLessThanOrEqualTo(MAX / 2);
    assertThat(takeAll(client("globex", "other"))).isGreaterThanOrEqualTo(MAX / 8);
  }

  @Test
  void whatIsOverMakesRoomAndWhatIsAskedAgainTakesNone() throws Exception {
    Holder client = client("acme", "one");
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
    assertThat(take(client, "s1g1.0")).isEqualTo(ReplayGuard.Use.REPEATED);
    now = now.plusSeconds(930);
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
  }

  @Test
  void aRestartGivesNobodyANewShare() throws Exception {
    Holder client = client("acme", "one");
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
    restart();
    assertThat(takeAll(client)).isZero();
    assertThat(takeAll(client("acme", "two"))).isPositive();
    assertThat(takeAll(client("globex", "three"))).isEqualTo(MAX / 4);
    // Into the second period after, and so in the same file anew.
    for (int minutes = 0; minutes < 140; minutes += 10) {
      now = now.plusSeconds(600);
      restart();
    }
    assertThat(takeAll(client)).as("all of them are over").isEqualTo(MAX / 4);
    restart();
    assertThat(takeAll(client)).isZero();
  }

  @Test
  void whatTheRegistrarRefusesTakesNoRoom() throws Exception {
    Holder client = client("acme", "one");
    Instant until = now.plusSeconds(900);
    for (int i = 0; i < 2 * MAX; i++) {
      assertThat(shares.take(client, "s1g1." + i, until)).isEqualTo(ReplayGuard.Use.FIRST);
      shares.refused(client, "s1g1." + i);
    }
    restart();
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
  }

  /** The client finds no room at its tenant's end: nothing of what it asked stays counted. */
  @Test
  void whatFindsNoRoomTakesNone() throws Exception {
    for (int i = 0; i < 6; i++) {
      takeAll(client("t" + i, "app"));
    }
    Holder last = client("last", "app");
    int taken = takeAll(last);
    assertThat(takeAll(last)).isZero();
    assertThat(takeAll(last)).isZero();
    assertThat(taken).isPositive();
    for (int i = 0; i < tokens; i++) {
      shares.refused(client("t0", "app"), "s1g1." + i);
    }
    assertThat(takeAll(last)).isPositive();
  }

  @Test
  void aDamagedFileKeepsNobodyFromStarting() throws Exception {
    try (RevocationShares first = RevocationShares.open(disk, () -> now)) {
      first.accepted(client("acme", "one"), "s1g1.0", now.plusSeconds(900));
    }
    List<String> written =
        disk.names().stream().filter(name -> name.startsWith("revocations-")).toList();
    assertThat(written).isNotEmpty();
    for (String name : written) {
      Files.writeString(folder.resolve(name), "{}\n");
    }
    RevocationShares.open(disk, () -> now).close();
  }

  @Test
  void aFullDiskKeepsNobodyFromRevoking() throws Exception {
    Holder client = client("acme", "one");
    disk.faults().syncsFail = true;
    assertThat(takeAll(client)).isEqualTo(MAX / 4);
  }
}
