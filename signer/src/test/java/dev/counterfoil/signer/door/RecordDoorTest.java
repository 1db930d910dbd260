package dev.counterfoil.signer.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.growth.LogGuard;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.RecordDigests;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One record log, in this process and on a real folder. */
class RecordDoorTest {
  private static final String LOG = "d1g1";
  private static final String BATCH = "00".repeat(16);

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private SignerConfiguration.Door settings =
      new SignerConfiguration.Door("d1", List.of("legacy", "other"), 10_000_000);
  private JournalOptions options = new JournalOptions(16 << 20, 0);
  private Ed25519Key key;
  private FailingDisk disk;
  private RecordDoor door;
  private boolean closed;
  private volatile boolean clockFails;

  @BeforeEach
  void open() throws Exception {
    key =
        Ed25519Key.openOrMake(
            TestMaking.sealed(TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"))),
            FileDisk.privateFolder(folder.resolve("keys")),
            "log",
            "login.example/logs/" + LOG);
    disk = new FailingDisk(FileDisk.privateFolder(folder.resolve("journal")));
    start();
  }

  private void start() throws Exception {
    Log opened =
        Log.open(
            disk,
            FileDisk.publicFolder(folder.resolve("public")),
            options,
            key.notes(),
            () -> {
              if (clockFails) {
                throw new IllegalStateException("the clock fails");
              }
              return Instant.ofEpochSecond(1_764_000_000);
            },
            new java.util.Random(1));
    door =
        RecordDoor.start(
            settings,
            nanos::get,
            new KeySet.StatedLog(
                LOG, key.publicKey(), URI.create("https://login.example/logs/" + LOG)),
            opened,
            this::guard,
            cause -> {
              throw new AssertionError(cause);
            });
  }

  private LogGuard guard(RunningLog log) throws IOException {
    return LogGuard.start(
        new LogGuard.Rules(List.of(), 0, Optional.empty(), false),
        new LogGuard.Guarded(
            LOG,
            FileDisk.privateFolder(folder.resolve("door")),
            key,
            FileDisk.publicFolder(folder.resolve("public")),
            false),
        log,
        () -> Instant.ofEpochSecond(1_764_000_000),
        new LogGuard.Ending() {
          @Override
          public void rewound(long knownSize) {
            throw new AssertionError("rewound");
          }

          @Override
          public void contradicted() {
            throw new AssertionError("contradicted");
          }

          @Override
          public void unknownState(Throwable cause) {
            throw new AssertionError(cause);
          }
        });
  }

  private void restart() throws Exception {
    door.close();
    start();
  }

  @AfterEach
  void close() throws Exception {
    if (!closed) {
      closed = true;
      door.close();
    }
  }

  private static Hash digest(long number) {
    return Hash.sha256(ByteBuffer.allocate(8).putLong(number).array());
  }

  private static List<Hash> digests(int from, int to) {
    return IntStream.range(from, to).mapToObj(RecordDoorTest::digest).toList();
  }

  private Answer ask(String source, long lookedTo, List<Hash> digests) throws Exception {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    door.record(new RecordDigests(LOG, source, BATCH, lookedTo, digests), answer::complete);
    return answer.get(20, TimeUnit.SECONDS);
  }

  private List<Long> record(List<Hash> digests) throws Exception {
    return ((Answer.Recorded) ask("legacy", 0, digests)).positions();
  }

  private Code refused(String source, long lookedTo, List<Hash> digests) throws Exception {
    return ((Answer.Refused) ask(source, lookedTo, digests)).code();
  }

  private long size() throws Exception {
    return door.status().number("size");
  }

  private LogCheck check() throws Exception {
    close();
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      return new LogChecker(
              reader,
              key.publicKey(),
              Optional.empty(),
              Optional.of(FileDisk.toRead(folder.resolve("journal"))),
              (entries, total) -> {})
          .check();
    }
  }

  /** Nobody waits for ever, and as many may wait as before. */
  @Test
  void whatCannotBeComposedIsAnsweredAndLeavesNothing() throws Exception {
    assertThat(record(digests(0, 3))).containsExactly(0L, 1L, 2L);
    clockFails = true;
    for (int round = 0; round < 20; round++) {
      assertThat(refused("legacy", 0, digests(3, 1_003))).isEqualTo(Code.MALFORMED);
    }
    clockFails = false;
    assertThat(size()).isEqualTo(3);
    assertThat(record(digests(3, 1_003))).startsWith(3L, 4L).hasSize(1_000);
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void digestsGetPositionsInTheirOrderAndCanBeProven() throws Exception {
    assertThat(record(digests(0, 1_000))).isEqualTo(positions(0, 1_000));
    assertThat(record(digests(1_000, 1_003))).containsExactly(1_000L, 1_001L, 1_002L);
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      TlogProof proof = TlogProof.parse(reader.proof(1_001).orElseThrow().bytes());
      assertThat(proof.verify(new Leaf(digest(1_001)), key.publicKey()).size()).isEqualTo(1_003);
    }
  }

  private static List<Long> positions(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> (long) i).toList();
  }

  @Test
  void theSameDigestKeepsItsPositionWhoeverHandsItIn() throws Exception {
    record(digests(0, 10));
    assertThat(record(digests(5, 15))).containsExactly(5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L);
    assertThat(((Answer.Recorded) ask("other", 0, digests(5, 6))).positions()).containsExactly(5L);
    assertThat(record(List.of(digest(99), digest(3), digest(99), digest(3))))
        .containsExactly(15L, 3L, 15L, 3L);
    restart();
    assertThat(record(digests(0, 15))).isEqualTo(positions(0, 15));
    assertThat(record(List.of(digest(100)))).containsExactly(16L);
    assertThat(size()).isEqualTo(17);
  }

  @Test
  void whoLooksTooFarDownIsRefused() throws Exception {
    int count = RecordDigests.REMEMBERED + 1_000;
    for (int from = 0; from < count; from += 1_000) {
      ask("legacy", from, digests(from, Math.min(count, from + 1_000)));
    }
    assertThat(size()).isEqualTo(count);
    assertThat(refused("legacy", 0, digests(0, 1))).isEqualTo(Code.CONFLICT);
    assertThat(refused("legacy", 999, List.of(digest(-1)))).isEqualTo(Code.CONFLICT);
    // The first that is remembered, and a new one of which nothing is below 1,000.
    List<Hash> both = List.of(digest(1_000), digest(-1));
    assertThat(((Answer.Recorded) ask("legacy", 1_000, both)).positions())
        .containsExactly(1_000L, (long) count);
    restart();
    assertThat(((Answer.Recorded) ask("legacy", 1_002, both)).positions())
        .containsExactly((long) count + 1, (long) count);
  }

  @Test
  void concurrentSourcesGetOnePositionForEachDigest() throws Exception {
    Map<Hash, Long> given = new ConcurrentHashMap<>();
    List<Thread> sources = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int source = 0; source < 8; source++) {
      SplittableRandom random = new SplittableRandom(source);
      sources.add(Thread.ofVirtual().start(() -> handIn(random, given, failures)));
    }
    for (Thread source : sources) {
      source.join();
    }
    assertThat(failures).isEmpty();
    assertThat(size()).isEqualTo(given.size());
    assertThat(new HashMap<>(given).values().stream().distinct().count()).isEqualTo(given.size());
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      for (Map.Entry<Hash, Long> one : given.entrySet()) {
        assertThat(reader.leaf(one.getValue())).contains(new Leaf(one.getKey()));
      }
    }
  }

  private void handIn(SplittableRandom random, Map<Hash, Long> given, List<Throwable> failures) {
    try {
      for (int i = 0; i < 200; i++) {
        List<Hash> some = random.ints(100, 0, 5_000).mapToObj(RecordDoorTest::digest).toList();
        List<Long> positions = record(some);
        for (int j = 0; j < some.size(); j++) {
          Long other = given.putIfAbsent(some.get(j), positions.get(j));
          assertThat(other).isIn(null, positions.get(j));
        }
      }
    } catch (Exception | AssertionError e) {
      failures.add(e);
    }
  }

  @Test
  void aSourceThatIsNotBoundHereIsRefused() throws Exception {
    assertThat(refused("stranger", 0, digests(0, 1))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(record(digests(0, 1))).containsExactly(0L);
  }

  @Test
  void aSourceThatUsedUpItsQuotaIsRefusedAndTheOtherIsNot() throws Exception {
    settings = new SignerConfiguration.Door("d1", List.of("legacy", "other"), 1_000);
    restart();
    record(digests(0, 600));
    assertThat(refused("legacy", 0, digests(600, 1_001))).isEqualTo(Code.QUOTA);
    assertThat(ask("other", 0, digests(600, 1_001))).isInstanceOf(Answer.Recorded.class);
    nanos.addAndGet(1_000_000_000);
    assertThat(record(digests(0, 1_000))).hasSize(1_000);
  }

  @Test
  void aFullDiskRefusesAndLeavesNoHole() throws Exception {
    options = new JournalOptions(64 << 10, 0);
    restart();
    // The first segment is there before the disk is full: it is made in the background.
    record(digests(0, 100));
    int number = 100;
    disk.faults().full = true;
    Answer answer;
    do {
      answer = ask("legacy", 0, digests(number, number + 100));
      number += 100;
    } while (answer instanceof Answer.Recorded);
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL);
    assertThat(door.status().truth("full")).isTrue();
    assertThat(record(digests(0, 10))).isEqualTo(positions(0, 10));
    disk.faults().full = false;
    // A part of them may have got in before there was no room.
    List<Hash> again = digests(number - 100, number);
    assertThat(record(again)).containsExactlyElementsOf(positions(number - 100, number));
    assertThat(size()).isEqualTo(number);
    assertThat(door.status().truth("full")).isFalse();
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void aLogThatHasEndedRefuses() throws Exception {
    record(digests(0, 3));
    door.seal();
    assertThat(refused("legacy", 0, digests(3, 4))).isEqualTo(Code.SEALED);
    assertThat(door.status().truth("sealed")).isTrue();
  }
}
