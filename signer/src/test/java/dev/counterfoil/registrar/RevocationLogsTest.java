package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Revocations in logs of their own, beside the key log. */
final class RevocationLogsTest extends RegistrarWorld {
  private static final GroupHandle GROUP = GroupHandle.of(new byte[GroupHandle.BYTES]);

  private boolean isWanted = true;

  @SuppressWarnings("NullAway.Init") // by start, before each test
  private RevocationWriter revocations;

  @Override
  public void start(Disk on) throws Exception {
    revocations =
        new RevocationWriter(
            new RevocationFolders(folder.resolve("registrar"), folder.resolve("log/keys")),
            logKey.notes(),
            () -> now,
            new SplittableRandom(2),
            isWanted);
    keyLog =
        EntryLog.open(
            on,
            publicDisk,
            JournalOptions.STATEMENTS,
            logKey.notes(),
            revocations.headLine(KeyLogKey.headLine(logKey, () -> now)),
            new SplittableRandom(1));
    registrar = Registrar.open(configuration, keyLog, statementKeys, () -> now, revocations);
    registrar.signHead();
  }

  @Override
  public void restart() throws Exception {
    revocations.close();
    super.restart();
  }

  private KeyLogHead head() throws Exception {
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("log/keys")))) {
      return KeyLogHead.verify(reader.checkpoint(), logKey.publicKey());
    }
  }

  private void tick() throws Exception {
    registrar.keepRevocations();
    registrar.signHead();
  }

  @Test
  void theKeyLogGrowsByOneEntryForAllRevocationsOfAnHour() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(head().revocations()).isEmpty();
    long before = registrar.version();
    for (int i = 0; i < 500; i++) {
      assertThat(changed(revokeToken("s1g1", i, now.plusSeconds(600)))).isTrue();
    }
    assertThat(registrar.version()).isEqualTo(before + 1);
    RevocationTip tip = head().revocations().orElseThrow();
    assertThat(tip.number()).isEqualTo(1);
    assertThat(tip.size()).isEqualTo(500);
    assertThat(tip.at()).isEqualTo(now);
    assertThat(keySet().revokedTokens()).hasSize(500);
    assertThat(changed(revokeToken("s1g1", 7, now.plusSeconds(600)))).isFalse();
  }

  @Test
  void withoutTheSwitchRevocationsStandInTheKeyLog() throws Exception {
    isWanted = false;
    restart();
    delegate();
    changed(Commands.stateKey(key, log));
    long before = registrar.version();
    changed(revokeToken("s1g1", 1, now.plusSeconds(600)));
    assertThat(registrar.version()).isEqualTo(before + 1);
    assertThat(head().revocations()).isEmpty();
    assertThat(keySet().revokedTokens()).hasSize(1);
  }

  @Test
  void aSwitchThatIsTurnedBackEndsTheOpenLogAndForgetsNothing() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(revokeToken("s1g1", 1, now.plusSeconds(600)));
    isWanted = false;
    restart();
    assertThat(head().revocations().orElseThrow().size()).isEqualTo(1);
    tick();
    assertThat(head().revocations()).isEmpty();
    assertThat(registrar.state().revocationLogs().ended()).hasSize(1);
    long before = registrar.version();
    changed(revokeToken("s1g1", 2, now.plusSeconds(600)));
    assertThat(registrar.version()).isEqualTo(before + 1);
    restart();
    assertThat(keySet().revokedTokens()).hasSize(2);
  }

  @Test
  void aLogEndsAfterAnHourAndIsForgottenWhenItsTokensHaveExpired() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(3_800);
    changed(revokeToken("s1g1", 1, now.plusSeconds(60)));
    changed(revokeToken("s1g1", 2, until));
    now = now.plus(RevocationWriter.OPEN_FOR).minusSeconds(1);
    tick();
    assertThat(head().revocations()).isPresent();
    now = now.plusSeconds(1);
    tick();
    assertThat(head().revocations()).isEmpty();
    RevocationLogs.Ended ended = registrar.state().revocationLogs().ended().getFirst();
    assertThat(ended.size()).isEqualTo(2);
    assertThat(ended.until()).isEqualTo(until);
    long before = registrar.version();
    tick();
    assertThat(registrar.version()).as("nothing is open, so nothing ends").isEqualTo(before);
    restart();
    assertThat(keySet().revokedTokens()).containsExactly(new KeySet.RevokedToken("s1g1", 2, until));
    changed(revokeToken("s1g1", 3, now.plusSeconds(600)));
    assertThat(head().revocations().orElseThrow().number()).isEqualTo(2);
    now = until;
    assertThat(keySet().revokedTokens())
        .extracting(KeySet.RevokedToken::position)
        .containsExactly(3L);
    assertThat(registrar.state().revocationLogs().ended()).isEmpty();
  }

  @Test
  void filesOfAnEndedLogStayForCustodiansAndGoAfterAWeek() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Path published = folder.resolve("log/keys/revoked/1");
    Path journal = folder.resolve("registrar/revoked/1");
    // Files have the machine's time.
    Instant real = Instant.now();
    now = real;
    delegate();
    changed(revokeToken("s1g1", 1, now.plusSeconds(60)));
    now = real.plus(RevocationWriter.OPEN_FOR);
    tick();
    assertThat(journal).as("read at each start").exists();
    now = now.plus(Duration.ofHours(2));
    keySet();
    changed(revokeToken("s1g1", 2, now.plusSeconds(60)));
    assertThat(journal).as("nobody reads it").doesNotExist();
    assertThat(published).exists();
    assertThat(published.resolve("reserve")).doesNotExist();
    now = now.plus(RevocationWriter.KEPT_FOR).plus(RevocationWriter.OPEN_FOR);
    tick();
    changed(revokeToken("s1g1", 3, now.plusSeconds(60)));
    assertThat(published).doesNotExist();
    assertThat(folder.resolve("log/keys/revoked/3")).exists();
  }

  @Test
  void oneEntryEndsAGroup() throws Exception {
    delegate();
    assertThat(changed(Commands.revokeGroup(GROUP, now.plusSeconds(10)))).isTrue();
    assertThat(changed(Commands.revokeGroup(GROUP, now.plusSeconds(10)))).isFalse();
    assertThat(changed(Commands.revokeGroup(GROUP, now))).as("never narrowed").isFalse();
    restart();
    KeySet.RevokedGroup group = keySet().revokedGroups().getFirst();
    assertThat(group.group()).isEqualTo(GROUP);
    assertThat(group.ends(now)).isTrue();
    assertThat(group.ends(now.plusSeconds(10))).isFalse();
    assertThat(group.until()).isEqualTo(now.plusSeconds(10).plus(TakingBack.REVOKED_UNTIL_MAX));
    assertThat(refused(Commands.revokeGroup(GROUP, now.plusSeconds(61)))).isEqualTo(Code.MALFORMED);
    now = group.until();
    assertThat(keySet().revokedGroups()).isEmpty();
  }

  @Test
  void singleTokensLeaveRoomForGroups() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    List<byte[]> entries = new ArrayList<>();
    for (int i = 1; i <= TakingBack.REVOKED_TOKENS_MAX; i++) {
      entries.add(KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", i, until), now));
    }
    registrar.state().revoke(entries.subList(1, entries.size()));
    assertThat(changed(revokeToken("s1g1", 1, until))).isTrue();
    assertThat(refused(revokeToken("s1g1", 0, until))).isEqualTo(Code.BUSY);
    assertThat(changed(Commands.revokeGroup(GROUP, now))).isTrue();
    now = until;
    assertThat(changed(revokeToken("s1g1", 0, now.plusSeconds(60)))).isTrue();
  }

  @Test
  void whatWasDurableIsUnderTheNextHeadAfterACrash() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(revokeToken("s1g1", 1, now.plusSeconds(600)));
    publicDisk.faults().unwritable = true;
    assertThat(registrar.carryOut(revokeToken("s1g1", 2, now.plusSeconds(600))))
        .isInstanceOfSatisfying(
            Answer.Refused.class, refused -> assertThat(refused.code()).isEqualTo(Code.DISK_FULL));
    assertThat(head().revocations().orElseThrow().size()).isEqualTo(1);
    publicDisk.faults().unwritable = false;
    restart();
    assertThat(head().revocations().orElseThrow().size()).isEqualTo(2);
    assertThat(keySet().revokedTokens()).hasSize(2);
  }

  @Test
  void aJournalThatLostRevocationsDoesNotStart() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(revokeToken("s1g1", 1, now.plusSeconds(3_800)));
    now = now.plus(RevocationWriter.OPEN_FOR);
    tick();
    revocations.close();
    keyLog.close();
    FileDisk.remove(folder.resolve("registrar/revoked/1"));
    FileDisk.remove(folder.resolve("log/keys/revoked/1"));
    assertThatThrownBy(() -> start(disk))
        .isInstanceOf(KeyLogGuard.ConflictException.class)
        .hasMessageContaining("revocation log 1");
    assertThat(Files.exists(folder.resolve("registrar/revoked/1"))).isTrue();
  }

  /** As when the registrar's disk is put back to a state between two revocations. */
  @Test
  void aRevocationLogThatAloneIsBehindStopsTheStartWithTheWayOn() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(3_800);
    changed(revokeToken("s1g1", 1, until));
    copyTree(folder.resolve("registrar/revoked"), folder.resolve("earlier"));
    changed(revokeToken("s1g1", 2, until));
    Path evidence = folder.resolve("registrar").resolve(KeyLogRestore.EVIDENCE_FILE);
    restart();
    assertThat(evidence).as("the control").doesNotExist();
    revocations.close();
    keyLog.close();
    copyTree(folder.resolve("log/keys"), folder.resolve("held"));
    FileDisk.remove(folder.resolve("registrar/revoked"));
    copyTree(folder.resolve("earlier"), folder.resolve("registrar/revoked"));
    assertThatThrownBy(() -> start(disk))
        .isInstanceOf(KeyLogGuard.ConflictException.class)
        .hasMessageContaining("counterfoil keys restore-log");
    assertThat(evidence).as("which a restart waits for").isNotEmptyFile();
    keyLog.close();
    try (LogReader held = copy("held");
        LogReader one = copy("held/revoked/1")) {
      KeyLogRestore.Done done =
          KeyLogRestore.restore(
              folder.resolve("registrar"),
              new TrustPolicy(
                  "enterprise", TestDomain.ISSUER, root.pin(), List.of(logKey.publicKey())),
              held,
              _ -> one,
              new SplittableRandom(1),
              () -> now);
      assertThat(done.revocations()).isEqualTo(1);
    }
    assertThat(evidence).doesNotExist();
    start(disk);
    assertThat(keySet().revokedTokens()).hasSize(2);
  }

  /** As when the registrar's disk is put back to the state of a quarter of an hour ago. */
  @Test
  void whatAJournalLostComesBackFromACopy() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(3_800);
    changed(revokeToken("s1g1", 1, until));
    copyTree(folder.resolve("registrar"), folder.resolve("earlier"));
    changed(revokeToken("s1g1", 2, until));
    now = now.plus(RevocationWriter.OPEN_FOR);
    tick();
    changed(revokeToken("s1g1", 3, now.plusSeconds(600)));
    changed(revokeToken("s1g1", 4, now.plusSeconds(600)));
    revocations.close();
    keyLog.close();
    copyTree(folder.resolve("log/keys"), folder.resolve("held"));
    FileDisk.remove(folder.resolve("registrar"));
    FileDisk.remove(folder.resolve("log/keys"));
    copyTree(folder.resolve("earlier"), folder.resolve("registrar"));

    List<AutoCloseable> opened = new ArrayList<>();
    KeyLogRestore.RevocationCopies copies =
        number -> {
          LogReader copy = copy("held/revoked/" + number);
          opened.add(copy);
          return copy;
        };
    TrustPolicy policy =
        new TrustPolicy("enterprise", TestDomain.ISSUER, root.pin(), List.of(logKey.publicKey()));
    try (LogReader held = copy("held")) {
      KeyLogRestore.Done done =
          KeyLogRestore.restore(
              folder.resolve("registrar"),
              policy,
              held,
              copies,
              new SplittableRandom(1),
              () -> now);
      assertThat(done.revocations()).isEqualTo(3);
      assertThat(
              KeyLogRestore.restore(
                      folder.resolve("registrar"),
                      policy,
                      held,
                      copies,
                      new SplittableRandom(1),
                      () -> now)
                  .revocations())
          .as("again")
          .isZero();
    }
    for (AutoCloseable one : opened) {
      one.close();
    }
    disk = new FailingDisk(FileDisk.privateFolder(folder.resolve("registrar/journal")));
    publicDisk = new FailingDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    start(disk);
    assertThat(keySet().revokedTokens())
        .extracting(KeySet.RevokedToken::position)
        .containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    assertThat(head().revocations().orElseThrow().size()).isEqualTo(2);
  }

  private LogReader copy(String name) throws IOException {
    return new LogReader(FileDisk.toRead(folder.resolve(name)));
  }

  private static void copyTree(Path from, Path to) throws Exception {
    Process copy = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).start();
    assertThat(copy.waitFor()).isZero();
  }

  @Test
  void whatAHolderKeptOfALargerLogIsAConflict() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(revokeToken("s1g1", 1, now.plusSeconds(600)));
    RevocationTip seen = head().revocations().orElseThrow();
    assertThat(revocations.objection(seen, registrar.state())).isEmpty();
    assertThat(
            revocations.objection(
                new RevocationTip(1, 0, TreeHasher.EMPTY_ROOT, seen.at()), registrar.state()))
        .as("it grew since")
        .isEmpty();
    for (RevocationTip larger :
        List.of(
            new RevocationTip(1, 2, seen.root(), seen.at()),
            new RevocationTip(1, 1, logKey.publicKey().publicKey(), seen.at()),
            new RevocationTip(2, 0, seen.root(), seen.at()))) {
      assertThat(revocations.objection(larger, registrar.state())).as("%s", larger).isPresent();
    }
    assertThat(
            revocations.objection(
                new RevocationTip(1, 2, seen.root(), seen.at()), registrar.state()))
        .hasValue("revocation log 1 had 2 entries, and here are 1");
    assertThat(
            revocations.objection(
                new RevocationTip(1, 1, logKey.publicKey().publicKey(), seen.at()),
                registrar.state()))
        .hasValue("revocation log 1 had other entries than the 1 that are here");
    now = now.plus(RevocationWriter.OPEN_FOR);
    tick();
    assertThat(revocations.objection(seen, registrar.state())).isEmpty();
    assertThat(
            revocations.objection(
                new RevocationTip(1, 2, seen.root(), seen.at()), registrar.state()))
        .isPresent();
    assertThat(revocations.tip()).isEqualTo(Optional.empty());
  }
}
