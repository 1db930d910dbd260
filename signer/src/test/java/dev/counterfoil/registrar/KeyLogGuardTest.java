package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.process.Fate;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestCosigner;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What witnesses cosign of the key log, and what they show about a registrar's disk. */
class KeyLogGuardTest {
  private static final Instant NOW = TestKeys.T0;

  @TempDir Path folder;
  private final List<ProcessExitCode> ended = new ArrayList<>();
  private List<Cosigner> cosigners = List.of();
  private Duration clockError = Duration.ZERO;
  private long nanos;
  private TestCosigner witness;
  private Ed25519Key key;
  private FileDisk own;
  private FailingDisk published;
  private EntryLog log;
  private KeyLogGuard guard;

  @BeforeEach
  void start() throws Exception {
    witness = new TestCosigner("witness.example/w1");
    key =
        KeyLogKey.open(
            TestMaking.sealed(TrialRoot.openOrMakePassphrase(folder.resolve("r/passphrase"))),
            folder.resolve("r"),
            URI.create(TestDomain.ISSUER));
    own = FileDisk.privateFolder(folder.resolve("r"));
    cosigners = List.of(new Cosigner("w1", witness.key(), Cosigner.Kind.WITNESS, false));
    open();
    for (int i = 0; i < 5; i++) {
      log.append(List.of(("entry " + i).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private Function<RevocationTip, Optional<String>> revocations = tip -> Optional.empty();

  private void open() throws Exception {
    published = new FailingDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    log =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("r/journal")),
            published,
            JournalOptions.STATEMENTS,
            key.notes(),
            KeyLogKey.headLine(key, () -> NOW),
            new SplittableRandom(1));
    guard =
        new KeyLogGuard(
            new KeyLogGuard.Rules(cosigners, 1),
            log,
            own,
            published,
            () -> NOW.plus(clockError).plusNanos(nanos),
            () -> nanos,
            revocations,
            new Fate() {
              @Override
              public void end(ProcessExitCode code) {
                ended.add(code);
              }

              @Override
              public void journalFailed(Throwable cause) {
                throw new AssertionError(cause);
              }

              @Override
              public void unknownState(Throwable cause) {
                throw new AssertionError(cause);
              }
            });
  }

  @AfterEach
  void close() throws Exception {
    log.close();
  }

  private Checkpoint checkpoint() throws Exception {
    return Checkpoint.parse(log.published().orElseThrow().text());
  }

  private Answer take(SignedNote note) throws Exception {
    List<Answer> answers = new ArrayList<>();
    guard.addCosignatures(Commands.addCosignatures(KeyLog.NAME, note), answers::add);
    return answers.getFirst();
  }

  @Test
  void whatTheQuorumCosignedIsPublishedBesideTheHead() throws Exception {
    guard.check();
    assertThat(take(witness.note(checkpoint(), NOW))).isInstanceOf(Answer.Done.class);
    byte[] published =
        Files.readAllBytes(folder.resolve("log/keys").resolve("checkpoint.cosigned"));
    assertThat(Checkpoint.verify(published, key.publicKey()).size()).isEqualTo(5);
    assertThat(SignedNote.parse(published).signatures()).hasSize(2);
    assertThat(take(new TestCosigner("witness.example/w2").note(checkpoint(), NOW)))
        .isInstanceOf(Answer.Refused.class);
    assertThat(ended).isEmpty();
    guard.check();
  }

  @Test
  void aFullDiskRefusesTheNoteAndTheRegistrarLivesOn() throws Exception {
    published.faults().unwritable = true;
    assertThat(((Answer.Refused) take(witness.note(checkpoint(), NOW))).code())
        .isEqualTo(Answer.Code.BUSY);
    assertThat(ended).isEmpty();
    published.faults().unwritable = false;
    assertThat(take(witness.note(checkpoint(), NOW.plusSeconds(1))))
        .isInstanceOf(Answer.Done.class);
  }

  @Test
  void aNoteOfTheLogsOwnKeyOverALargerLogEndsTheProcessUntilSomebodyLooked() throws Exception {
    Checkpoint larger = new Checkpoint(key.publicKey().name(), 9, Hash.sha256());
    assertThat(take(larger.sign(key.notes()))).isInstanceOf(Answer.Refused.class);
    assertThat(ended).containsExactly(ProcessExitCode.CONTRADICTED);
    assertThatThrownBy(() -> guard.check())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(KeyLogGuard.EVIDENCE_FILE);
    Files.delete(folder.resolve("r").resolve(KeyLogGuard.EVIDENCE_FILE));
    guard.check();
  }

  @Test
  void anotherHistoryUnderTheLogsKeyEndsItToo() throws Exception {
    Checkpoint other = new Checkpoint(key.publicKey().name(), 3, Hash.sha256());
    assertThat(take(other.sign(key.notes()))).isInstanceOf(Answer.Refused.class);
    assertThat(ended).containsExactly(ProcessExitCode.CONTRADICTED);
  }

  @Test
  void aWitnessAloneCannotEndIt() throws Exception {
    Checkpoint other = new Checkpoint(key.publicKey().name(), 3, Hash.sha256());
    assertThat(take(witness.note(other, NOW))).isInstanceOf(Answer.Refused.class);
    assertThat(ended).isEmpty();
    guard.check();
  }

  @Test
  void aJournalThatIsBehindItsOwnCosignedCheckpointDoesNotStart() throws Exception {
    take(witness.note(checkpoint(), NOW));
    log.close();
    // The disk of the journal is put back to nothing, and the published checkpoint is lost.
    try (var files = Files.walk(folder.resolve("r/journal"))) {
      files.filter(Files::isRegularFile).forEach(file -> file.toFile().delete());
    }
    Files.delete(folder.resolve("log/keys/checkpoint"));
    open();
    byte[] cosigned = Files.readAllBytes(folder.resolve("log/keys/checkpoint.cosigned"));
    assertThatThrownBy(() -> guard.check()).isInstanceOf(KeyLogGuard.ConflictException.class);
    assertThat(own.read(KeyLogGuard.EVIDENCE_FILE, SignedNote.BYTES_MAX))
        .as("what the message speaks of is there")
        .isEqualTo(cosigned);
  }

  private String restoreFails() throws Exception {
    return restoreFails(folder.resolve("log/keys"));
  }

  private String restoreFails(Path from) throws Exception {
    TrustPolicy policy =
        new TrustPolicy(
            "enterprise",
            TestDomain.ISSUER,
            new RootPin(1, Hash.sha256()),
            List.of(key.publicKey()));
    try (LogReader copy = new LogReader(FileDisk.toRead(from))) {
      return String.valueOf(
          catchThrowableOfType(
                  LogDamagedException.class,
                  () ->
                      KeyLogRestore.restore(
                          folder.resolve("r"),
                          policy,
                          copy,
                          number -> {
                            throw new IOException("no copy of revocation log " + number);
                          },
                          new SplittableRandom(1),
                          () -> NOW))
              .getMessage());
    }
  }

  @Test
  void whoRestoresIsToldWhoseWordTheEvidenceIs() throws Exception {
    Checkpoint larger = new Checkpoint(key.publicKey().name(), 9, Hash.sha256());
    TestCosigner holder = new TestCosigner("custodian.example/c1");
    log.close();
    own.replace(KeyLogGuard.EVIDENCE_FILE, holder.note(larger, NOW).bytes());
    assertThat(restoreFails())
        .contains("the copy ends at entry 5, and somebody saw 9")
        .contains("Only a holder's signature")
        .contains("Remove it from cosigners");
    own.replace(KeyLogGuard.EVIDENCE_FILE, larger.sign(key.notes()).bytes());
    assertThat(restoreFails())
        .contains("the copy ends at entry 5, and somebody saw 9")
        .doesNotContain("holder's signature");
    open();
  }

  @Test
  void whatAHolderDidNotSayIsNotPutDownToHim() throws Exception {
    try (EntryLog other =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("other/journal")),
            FileDisk.publicFolder(folder.resolve("other/log")),
            JournalOptions.STATEMENTS,
            key.notes(),
            KeyLogKey.headLine(key, () -> NOW),
            new SplittableRandom(1))) {
      for (int i = 0; i < 5; i++) {
        other.append(List.of(("other " + i).getBytes(StandardCharsets.US_ASCII)));
      }
    }
    TestCosigner holder = new TestCosigner("custodian.example/c1");
    own.replace(KeyLogGuard.EVIDENCE_FILE, holder.note(checkpoint(), NOW).bytes());
    log.close();
    assertThat(restoreFails(folder.resolve("other/log")))
        .contains("the journal has another entry 0 than the copy")
        .doesNotContain("holder's signature");
    assertThat(restoreFails())
        .contains("entry 0 of the copy is not taken")
        .doesNotContain("holder's signature");
    open();
  }

  @Test
  void aHolderIsHeardBeforeALogThatWasThereGrows() throws Exception {
    TestCosigner holder = new TestCosigner("custodian.example/c1");
    cosigners = List.of(new Cosigner("c1", holder.key(), Cosigner.Kind.CUSTODIAN, true));
    log.close();
    open();
    assertThat(guard.mayGrow()).isFalse();
    assertThat(guard.obstacle().orElseThrow()).contains("waiting for c1");
    assertThat(guard.status().strings("waiting_for")).containsExactly("c1");
    // One from before this start says nothing about what came after it.
    assertThat(take(holder.note(checkpoint(), NOW.minusSeconds(60))))
        .isInstanceOf(Answer.Done.class);
    assertThat(guard.mayGrow()).isFalse();
    assertThat(take(holder.note(checkpoint(), NOW))).isInstanceOf(Answer.Done.class);
    assertThat(guard.mayGrow()).isTrue();
    assertThat(guard.obstacle()).isEmpty();
    assertThat(guard.status().has("rewind_warning")).isFalse();
  }

  @Test
  void aHolderWhoSawMoreEndsTheProcess() throws Exception {
    TestCosigner holder = new TestCosigner("custodian.example/c1");
    cosigners = List.of(new Cosigner("c1", holder.key(), Cosigner.Kind.CUSTODIAN, true));
    log.close();
    open();
    Checkpoint larger = new Checkpoint(key.publicKey().name(), 9, Hash.sha256());
    assertThat(take(holder.note(larger, NOW))).isInstanceOf(Answer.Refused.class);
    assertThat(ended).containsExactly(ProcessExitCode.CONTRADICTED);
    assertThat(guard.mayGrow()).isFalse();
    assertThat(SignedNote.parse(own.read(KeyLogGuard.EVIDENCE_FILE, SignedNote.BYTES_MAX)).text())
        .isEqualTo(larger.text());
  }

  @Test
  void withoutAHolderItSaysSo() throws Exception {
    log.close();
    open();
    assertThat(guard.mayGrow()).isTrue();
    assertThat(guard.status().has("rewind_warning")).isTrue();
  }

  @Test
  void aClockThatStepsAwayFromTheWitnessesStopsItUntilItIsSet() throws Exception {
    for (int second = 1; second <= ClockCheck.WORDS_MIN; second++) {
      nanos = Duration.ofSeconds(second).toNanos();
      assertThat(take(witness.note(checkpoint(), NOW.plusSeconds(second))))
          .isInstanceOf(Answer.Done.class);
    }
    assertThat(guard.mayGrow()).isTrue();
    clockError = Duration.ofMinutes(5);
    nanos = Duration.ofSeconds(10).toNanos();
    assertThat(guard.mayGrow()).isFalse();
    assertThat(guard.obstacle().orElseThrow()).contains("300 seconds ahead of");
    assertThat(guard.status().number("clock_off_s")).isEqualTo(300);
    clockError = Duration.ofMinutes(-5);
    nanos = Duration.ofSeconds(20).toNanos();
    assertThat(guard.mayGrow()).isFalse();
    // The witness that says so seems to be ahead, and its line does not count; its time does.
    assertThat(take(witness.note(checkpoint(), NOW.plusSeconds(20))))
        .isInstanceOf(Answer.Refused.class);
    assertThat(guard.obstacle().orElseThrow()).contains("300 seconds behind");
    clockError = Duration.ZERO;
    nanos = Duration.ofSeconds(30).toNanos();
    assertThat(guard.mayGrow()).isTrue();
    assertThat(ended).isEmpty();
  }
}
