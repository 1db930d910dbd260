package dev.counterfoil.log.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.LogParsersFuzzTest;
import dev.counterfoil.log.tools.ArchiveManifest;
import dev.counterfoil.log.tools.LogArchive;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.log.tools.LogRestore;
import dev.counterfoil.log.tools.WatchState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody hands over as an archive, a watcher's state or a table of digests: refused, or the
 * same when it is written again; of an archive that is not sound nothing is left. Jazzer searches
 * when {@code JAZZER_FUZZ=1} is set; the default run changes good inputs from a seed.
 */
class ArchiveFuzzTest {
  private static final int CHANGED_INPUTS = 2_000;
  private static final int CHANGED_ARCHIVES = 250;
  private static final TestKey KEY = new TestKey("log.example/logs/s1g1");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private byte[] archive = new byte[0];
  private byte[] checkpoint = new byte[0];

  @BeforeEach
  void write() throws Exception {
    Machine machine = new Machine(new Random(3));
    FaultyDisk publicDisk = machine.disk("public");
    FaultyDisk journalDisk = machine.disk("journal");
    try (Log log =
            Log.open(
                journalDisk,
                publicDisk,
                new JournalOptions(1 << 20, 0),
                KEY,
                () -> Instant.ofEpochSecond(1),
                new Random(3));
        LogReader reader = new LogReader(publicDisk)) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
      log.checkpoint();
      Path file = folder.resolve("good.zip");
      new LogArchive(
              reader,
              KEY.key(),
              Optional.of(journalDisk),
              LogChecker.EntryForm.LEAVES,
              1,
              () -> Instant.ofEpochSecond(1),
              (n, total) -> {})
          .write(file);
      archive = Files.readAllBytes(file);
      checkpoint = reader.checkpoint();
      Files.delete(file);
    }
  }

  private LogRestore.Outcome restore(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("changed.zip"), bytes);
    Path target = folder.resolve("restored");
    LogRestore.Outcome outcome =
        new LogRestore(
                file, KEY.key(), LogChecker.EntryForm.LEAVES, 1, new Random(1), (n, total) -> {})
            .restore(target);
    if (!(outcome instanceof LogRestore.Outcome.Restored)) {
      assertThat(target).doesNotExist();
    } else {
      remove(target);
    }
    Files.delete(file);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
    return outcome;
  }

  private static void remove(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One file of the archive changed, with its checksum right; or a name, or a file twice. */
  private static byte[] repacked(byte[] archive, Random random) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int chosen = random.nextInt(8);
    int number = 0;
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(archive));
        ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        String name = entry.getName();
        if (number++ == chosen) {
          switch (random.nextInt(4)) {
            case 0 -> name = name + "/x";
            case 1 -> name = "../" + name;
            default -> content = LogParsersFuzzTest.changed(content, random);
          }
        }
        out.putNextEntry(new ZipEntry(name));
        out.write(content);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  @FuzzTest(maxDuration = "30s")
  void manifests(byte[] bytes) {
    manifest(bytes);
  }

  private static void manifest(byte[] bytes) {
    try {
      ArchiveManifest manifest = ArchiveManifest.parse(bytes);
      ArchiveManifest again = ArchiveManifest.parse(manifest.bytes());
      assertThat(again).isEqualTo(manifest);
      assertThat(manifest.recordsFrom()).isBetween(0L, manifest.checkpoint().size());
      assertThat(manifest.records()).isLessThanOrEqualTo(manifest.checkpoint().size());
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void states(byte[] bytes) {
    state(bytes);
  }

  private static void state(byte[] bytes) {
    try {
      WatchState state = WatchState.parse(bytes, KEY.key());
      assertThat(WatchState.parse(state.bytes(), KEY.key())).isEqualTo(state);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @Test
  void changedInputsAreRefusedOrWrittenBack() throws Exception {
    byte[] manifest =
        new ArchiveManifest(
                KEY.key(),
                new Checkpoint(KEY.key().name(), 70_000, Hash.sha256()),
                Instant.ofEpochSecond(1_764_028_800),
                List.of(
                    new ArchiveManifest.Chunk(100, 65_536, Hash.sha256()),
                    new ArchiveManifest.Chunk(65_636, 4_364, Hash.sha256(new byte[1]))))
            .bytes();
    byte[] state =
        new WatchState(
                SignedNote.parse(checkpoint),
                Checkpoint.verify(checkpoint, KEY.key()),
                Instant.ofEpochSecond(5))
            .bytes();
    Random random = new Random(1);
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      manifest(LogParsersFuzzTest.changed(manifest, random));
      state(LogParsersFuzzTest.changed(state, random));
    }
    manifest(
        new String(manifest, StandardCharsets.UTF_8)
            .replace("1764028800", Long.toString(Long.MAX_VALUE))
            .getBytes(StandardCharsets.UTF_8));
    assertThat(ArchiveManifest.parse(manifest).records()).isEqualTo(69_900);
    assertThat(WatchState.parse(state, KEY.key()).grownAt()).isEqualTo(Instant.ofEpochSecond(5));
  }

  @Test
  void changedArchivesLeaveNothing() throws Exception {
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < CHANGED_ARCHIVES; i++) {
      byte[] changed =
          i % 2 == 0 ? LogParsersFuzzTest.changed(archive, random) : repacked(archive, random);
      refused += restore(changed) instanceof LogRestore.Outcome.Restored ? 0 : 1;
    }
    assertThat(refused).isGreaterThan(CHANGED_ARCHIVES / 2);
    assertThat(restore(archive)).isInstanceOf(LogRestore.Outcome.Restored.class);
  }

  /** A table says where a digest may stand; whatever it says, looking ends. */
  @Test
  void aTableOfAnythingEndsEveryLook() throws Exception {
    byte[] ends = new byte[2 * Hash.BYTES];
    DigestTable made = DigestTable.empty(new Random(1)).toFile(folder.resolve("table"), ends);
    byte[] digest = Hash.sha256(new byte[] {1}).bytes();
    assertThat(made.find(digest, row -> new byte[Hash.BYTES])).isEqualTo(-1);
    byte[] bytes = Files.readAllBytes(folder.resolve("table"));
    bytes[bytes.length - 100] ^= 1;
    Files.write(folder.resolve("other"), bytes);
    assertThat(DigestTable.open(folder.resolve("other"), ends)).isEmpty();
    int header = 4 + 4 + 8 * 8 + ends.length;
    java.util.Arrays.fill(bytes, header + 4, bytes.length, (byte) 0xff);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(bytes, 0, header);
    crc.update(bytes, header + 4, bytes.length - header - 4);
    java.nio.ByteBuffer.wrap(bytes).putInt(header, (int) crc.getValue());
    Files.write(folder.resolve("other"), bytes);
    DigestTable full = DigestTable.open(folder.resolve("other"), ends).orElseThrow();
    assertThat(full.find(digest, row -> new byte[Hash.BYTES])).isEqualTo(-1);
    Files.delete(folder.resolve("other"));
    Files.delete(folder.resolve("table"));
  }
}
