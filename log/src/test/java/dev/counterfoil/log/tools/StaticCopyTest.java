package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log copied to files while it grows, and the proofs that are made from the copy. */
class StaticCopyTest {
  private static final String ORIGIN = "log.example/logs/s1g1";
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk publicDisk = machine.disk("public");
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final TestKey key = new TestKey(ORIGIN);

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  @SuppressWarnings("NullAway.Init") // opened before each test
  private Log log;

  private final LogReader reader = new LogReader(publicDisk);

  @BeforeEach
  void open() throws Exception {
    log =
        Log.open(
            journalDisk,
            publicDisk,
            new JournalOptions(8 << 20, 0),
            key,
            () -> Instant.ofEpochSecond(1),
            new Random(3));
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    log.close();
  }

  private void growTo(long size) throws Exception {
    while (log.tree().size() < size) {
      List<TestSubmission> batch = new ArrayList<>();
      for (long i = log.tree().size(); i < Math.min(size, log.tree().size() + 2000); i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
    }
    log.checkpoint();
  }

  private LogCheck check() throws IOException {
    LogSource copy = new StaticLogSource(folder);
    return new LogChecker(
            copy, key.key(), Optional.empty(), Optional.empty(), (entries, total) -> {})
        .check();
  }

  private long sizeOfCopy() throws IOException {
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    return ((LogCheck.Sound) check()).checkpoint().size();
  }

  @Test
  void aCopyGrowsWithItsLogAndIsSoundAfterEachRound() throws Exception {
    Random random = new Random(11);
    Map<Path, Object> tiles = new HashMap<>();
    long size = 0;
    while (size < 70_000) {
      size += random.nextInt(10) == 0 ? 20_000 : 1 + random.nextInt(400);
      growTo(size);
      // A new object each time: nothing but the files carries over.
      try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
        StaticCopy.Round round = copy.publish();
        assertThat(round.checkpoint().size()).isEqualTo(size);
        assertThat(round.grew()).isTrue();
        assertThat(copy.publish().filesWritten()).as("nothing new").isZero();
      }
      assertThat(sizeOfCopy()).isEqualTo(size);
      try (Stream<Path> files = Files.walk(folder.resolve("tile"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Object inode = Files.getAttribute(file, "unix:ino");
          Object before = tiles.putIfAbsent(file, inode);
          assertThat(before == null || before.equals(inode)).as("written once: " + file).isTrue();
        }
      }
    }
    assertThat(folder.resolve("tile/2/000.p/1")).exists();
    assertThat(folder.resolve("tile/0/000")).hasSize(Tile.FULL_BYTES);
    assertThat(folder.resolve("tile/0/000.p")).as("its full tile is there").doesNotExist();
    assertThat(folder.resolve("tile/entries/000.p")).doesNotExist();
  }

  @Test
  void itsDiskSpaceIsThatOfTheHashesAndTheEntries() throws Exception {
    growTo(70_000);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    // Of an entry: its 33 bytes with their length, and 32.13 bytes of hashes.
    assertThat(bytes / 70_000.0).isBetween(67.0, 67.5);
  }

  @Test
  void allOfALogWithItsCopyTakesAFifthMoreThanRecordsAndOneTree() throws Exception {
    // A usual record: 500 bytes of signing input, 200 of context, and what is around them.
    String name = "x".repeat(350);
    int entries = 20_000;
    long recordBytes = 0;
    for (int done = 0; done < entries; done += 1000) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        batch.add(new TestSubmission(name));
        recordBytes += TestSubmission.counterfoil(name, done + i, 0).payloadBytes();
      }
      log.sequence(batch);
      log.housekeep();
    }
    log.checkpoint();
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    long bytes = bytesOf(journalDisk) + bytesOf(publicDisk);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    // Of the journal what is written: the segment that waits for its turn costs the same for any
    // number of entries.
    double most = 1.2 * ((double) recordBytes + 32.1 * (double) entries);
    assertThat((double) bytes).isLessThan(most).isGreaterThan((double) recordBytes);
  }

  private static long bytesOf(FaultyDisk disk) throws IOException {
    long bytes = 0;
    for (String file : disk.names()) {
      if (file.equals("spare")) {
        continue;
      }
      byte[] content = disk.seen(file);
      int end = content.length;
      while (end > 0 && content[end - 1] == 0) {
        end--;
      }
      bytes += end;
    }
    return bytes;
  }

  @Test
  void aWrongFileAtATilesPathIsNeitherOverwrittenNorPublished() throws Exception {
    growTo(300);
    Path full = folder.resolve("tile/0/000");
    Files.createDirectories(full.getParent());
    Files.write(full, new byte[100]);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      assertThatThrownBy(copy::publish)
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("tile/0/000");
      assertThat(full).hasSize(100);
      assertThat(folder.resolve("checkpoint")).doesNotExist();
      Files.delete(full);
      assertThat(copy.publish().checkpoint().size()).isEqualTo(300);
    }
    assertThat(sizeOfCopy()).isEqualTo(300);
  }

  @Test
  void aTileOfTheWrongLengthIsRefused() throws Exception {
    try (StaticFolder files = StaticFolder.open(folder)) {
      assertThatThrownBy(() -> files.write(new Tile(0, 0, 256), new byte[255 * Hash.BYTES]))
          .isInstanceOf(LogDamagedException.class);
      assertThat(folder.resolve("tile/0/000")).doesNotExist();
      files.write(new Tile(0, 0, 256), new byte[256 * Hash.BYTES]);
      assertThat(folder.resolve("tile/0/000")).hasSize(Tile.FULL_BYTES);
    }
  }

  @Test
  void entriesThatDoNotLeadToTheRootAreNotWritten() throws Exception {
    growTo(1000);
    publicDisk.flip("digests", 500L * Hash.BYTES * 8);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      assertThatThrownBy(copy::publish)
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("nothing is published");
      assertThat(folder.resolve("tile")).doesNotExist();
      publicDisk.flip("digests", 500L * Hash.BYTES * 8);
      assertThat(copy.publish().checkpoint().size()).isEqualTo(1000);
    }
  }

  @Test
  void aLogThatWentBackIsNotFollowed() throws Exception {
    growTo(1000);
    byte[] earlier = reader.checkpoint();
    growTo(2000);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
      publicDisk.replace("checkpoint", earlier);
      assertThatThrownBy(copy::publish)
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("went back");
      assertThat(sizeOfCopy()).isEqualTo(2000);
      assertThatThrownBy(() -> new StaticCopy(reader, key.key(), folder))
          .isInstanceOf(Disk.FolderInUseException.class);
    }
  }

  @Test
  void theCosignedCheckpointIsPublishedWhereThereIsOne() throws Exception {
    growTo(1000);
    byte[] cosigned = reader.checkpoint();
    growTo(2000);
    publicDisk.replace(LogSource.COSIGNED, cosigned);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      assertThat(copy.publish().checkpoint().size()).isEqualTo(1000);
    }
    assertThat(sizeOfCopy()).isEqualTo(1000);
    assertThat(folder.resolve("checkpoint.cosigned")).hasBinaryContent(cosigned);
  }

  @Test
  void whatACrashLeftIsNotWrittenThrough() throws Exception {
    growTo(300);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    byte[] tile = Files.readAllBytes(folder.resolve("tile/0/000"));
    // A crash between linking a tile and removing its first name.
    Files.createLink(folder.resolve(".new"), folder.resolve("tile/0/000"));
    growTo(700);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    assertThat(folder.resolve("tile/0/000")).hasBinaryContent(tile);
    assertThat(sizeOfCopy()).isEqualTo(700);
  }

  @Test
  void proofsFromTheCopyProve() throws Exception {
    growTo(66_500);
    try (StaticCopy copy = new StaticCopy(reader, key.key(), folder)) {
      copy.publish();
    }
    StaticLogSource source = new StaticLogSource(folder);
    LogProver prover = new LogProver(source);
    SignedNote note = SignedNote.parse(source.checkpoint());
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    List<Hash> roots = new ArrayList<>();
    roots.add(frontier.root());
    for (long i = 0; i < 66_500; i++) {
      frontier.append(reader.leaf(i).orElseThrow().hash(hasher));
      roots.add(frontier.root());
    }
    Random random = new Random(5);
    for (int i = 0; i < 1000; i++) {
      long position = i == 0 ? 66_499 : random.nextInt(66_500);
      TlogProof proof = prover.inclusion(position, note);
      assertThat(prover.leaf(position, 66_500)).isEqualTo(reader.leaf(position).orElseThrow());
      Checkpoint covering = proof.verify(prover.leaf(position, 66_500), key.key());
      assertThat(covering.size()).isEqualTo(66_500);
      assertThat(reader.proof(position)).contains(proof);
      long other = (position + 1) % 66_500;
      assertThatThrownBy(() -> proof.verify(prover.leaf(other, 66_500), key.key()))
          .isInstanceOf(FormatException.class);
      int to = 1 + random.nextInt(66_500);
      int from = random.nextInt(to + 1);
      ConsistencyProof consistency = prover.consistency(from, to, 66_500);
      assertThat(consistency.proves(roots.get(from), roots.get(to))).isTrue();
      assertThat(from == to || consistency.proves(roots.get(to), roots.get(to)))
          .isEqualTo(from == to);
    }
  }
}
