package dev.counterfoil.signer.growth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.registrar.root.TrialRoot;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a journal is given back, and when. */
class JournalRetentionTest {
  /** A hundredth of it, 20 ms, is between two looks. */
  private static final Duration KEEP = Duration.ofSeconds(2);

  private static final Instant START = Instant.ofEpochSecond(1_764_000_000);

  @TempDir Path folder;
  private volatile Instant now = START;
  private volatile OptionalLong held = OptionalLong.of(0);
  private Ed25519Key key;
  private RunningLog log;

  @BeforeEach
  void open() throws Exception {
    key =
        Ed25519Key.openOrMake(
            SealedKeys.with(TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"))),
            FileDisk.privateFolder(folder.resolve("keys")),
            "log",
            "login.example/logs/s1g1");
    Log opened =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(folder.resolve("public")),
            new JournalOptions(64 << 10, 0),
            key.notes(),
            () -> now,
            new java.util.Random(1));
    log =
        RunningLog.start(
            opened,
            RunningLog.Options.DEFAULT,
            cause -> {
              throw new AssertionError(cause);
            });
  }

  @AfterEach
  void close() throws Exception {
    log.close();
  }

  private void record(int count) throws InterruptedException {
    CountDownLatch recorded = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      log.submit(
          new Submission() {
            @Override
            public Optional<? extends LogEntry> compose(long position, long timeMillis) {
              byte[] input = ByteBuffer.allocate(200).putLong(position).array();
              return Optional.of(
                  new Counterfoil(position, timeMillis, input, new byte[16], new byte[0]));
            }

            @Override
            public void recorded(long position) {
              recorded.countDown();
            }

            @Override
            public void refused(Refusal refusal) {
              throw new AssertionError(refusal);
            }

            @Override
            public void failed(Throwable cause) {
              throw new AssertionError(cause);
            }
          });
    }
    assertThat(recorded.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(20);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waited in vain for " + what).isBefore(end);
      Thread.sleep(5);
    }
  }

  private long begin() {
    try {
      return log.journal().begin();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private JournalRetention start() throws Exception {
    return JournalRetention.start(log, () -> held, KEEP, () -> now);
  }

  private void isSound(long records) throws Exception {
    long size = log.size();
    await(
        "a checkpoint",
        () ->
            log.checkpoint().filter(note -> note.text().contains("\n" + size + "\n")).isPresent());
    KeySet.StatedLog stated =
        new KeySet.StatedLog(
            "s1g1", key.publicKey(), java.net.URI.create("https://login.example/logs/s1g1"));
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      assertThat(
              new LogChecker(
                      reader,
                      stated.key(),
                      Optional.empty(),
                      Optional.of(FileDisk.toRead(folder.resolve("journal"))),
                      (entries, total) -> {})
                  .check())
          .isInstanceOfSatisfying(
              LogCheck.Sound.class, sound -> assertThat(sound.recordsChecked()).isEqualTo(records));
    }
  }

  @Test
  void whatIsOldAndHeldGoesAndNothingElse() throws Exception {
    record(1000);
    try (JournalRetention retention = start()) {
      // Held and young: stays. Old and not held: stays.
      held = OptionalLong.of(1000);
      Thread.sleep(100);
      assertThat(begin()).isZero();
      held = OptionalLong.of(0);
      now = START.plus(KEEP).plusSeconds(1);
      Thread.sleep(100);
      assertThat(begin()).isZero();
      held = OptionalLong.of(600);
      await("the first segments", () -> begin() > 0);
      Thread.sleep(100);
      assertThat(begin()).isBetween(1L, 600L);
      assertThat(retention.status().number("begin")).isEqualTo(begin());
      held = OptionalLong.of(1000);
      await("all of it", () -> begin() == 1000);
      record(10);
      Thread.sleep(100);
      assertThat(begin()).isEqualTo(1000);
      isSound(10);
    }
  }

  @Test
  void whereNobodyHoldsAnythingAgeAloneDecides() throws Exception {
    held = OptionalLong.empty();
    record(100);
    try (JournalRetention retention = start()) {
      Thread.sleep(100);
      assertThat(begin()).isZero();
      now = START.plus(KEEP).plusSeconds(1);
      await("all of it", () -> begin() == 100);
      assertThat(retention.status().number("held_by_all")).isEqualTo(-1);
      isSound(0);
    }
  }

  @Test
  void digestsThatDifferStopIt() throws Exception {
    record(100);
    held = OptionalLong.of(100);
    now = START.plus(KEEP).plusSeconds(1);
    FileDisk disk = FileDisk.publicFolder(folder.resolve("public"));
    byte[] digests = disk.read("digests", 1 << 20);
    byte[] changed = digests.clone();
    changed[5] ^= 1;
    Hash before = Hash.read(digests, 0);
    assertThat(Hash.read(changed, 0)).isNotEqualTo(before);
    try (dev.counterfoil.log.disk.DiskFile file = disk.open("digests")) {
      file.write(ByteBuffer.wrap(changed), 0);
    }
    try (JournalRetention retention = start()) {
      Thread.sleep(200);
      assertThat(retention.status().number("begin")).isZero();
      try (dev.counterfoil.log.disk.DiskFile file = disk.open("digests")) {
        file.write(ByteBuffer.wrap(digests), 0);
      }
      await("all of it", () -> begin() == 100);
    }
  }
}
