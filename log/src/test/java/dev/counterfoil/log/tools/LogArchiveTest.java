package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.LogReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log written to one file, lost, and restored; and what is not restored. */
class LogArchiveTest {
  private static final String ORIGIN = "log.example/logs/s1g1";
  private static final int ENTRIES = 1_300;
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk publicDisk = machine.disk("public");
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final TestKey key = new TestKey(ORIGIN);

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  @BeforeEach
  void write() throws Exception {
    try (Log log = open(journalDisk)) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < ENTRIES; i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
      log.checkpoint();
    }
  }

  private Log open(Disk journal) throws IOException {
    return Log.open(
        journal,
        publicDisk,
        new JournalOptions(1 << 20, 0),
        key,
        () -> Instant.ofEpochSecond(1),
        new Random(3));
  }

  private LogArchive.Export export(Path file, boolean withJournal) throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      return new LogArchive(
              reader,
              key.key(),
              withJournal ? Optional.of(journalDisk) : Optional.empty(),
              LogChecker.EntryForm.LEAVES,
              1,
              () -> Instant.ofEpochSecond(2),
              (entries, total) -> {})
          .write(file);
    }
  }

  private LogRestore.Outcome restore(Path archive, TestKey signedBy) throws IOException {
    return new LogRestore(
            archive,
            signedBy.key(),
            LogChecker.EntryForm.LEAVES,
            1,
            new Random(5),
            (entries, total) -> {})
        .restore(folder.resolve("restored"));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aLostLogIsRestoredWithItsCounterfoils() throws Exception {
    Path archive = folder.resolve("log.zip");
    assertThat(export(archive, true))
        .isInstanceOfSatisfying(
            LogArchive.Export.Written.class,
            written -> assertThat(written.manifest().records()).isEqualTo(ENTRIES));
    assertThatThrownBy(() -> export(archive, true)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(LogArchive.manifest(archive).key()).isEqualTo(key.key());
    assertThat(restore(archive, key))
        .isInstanceOfSatisfying(
            LogRestore.Outcome.Restored.class,
            restored -> {
              assertThat(restored.sound().recordsChecked()).isEqualTo(ENTRIES);
              assertThat(restored.sound().checkpoint().size()).isEqualTo(ENTRIES);
            });
    Path restored = folder.resolve("restored");
    JournalReader records =
        JournalReader.open(FileDisk.toRead(restored.resolve("journal")), ORIGIN);
    JournalReader before = JournalReader.open(journalDisk, ORIGIN);
    for (int i = 0; i < ENTRIES; i += 13) {
      assertThat(records.read(i, 1, 1).getFirst()).isEqualTo(before.read(i, 1, 1).getFirst());
    }
    assertThat(left()).containsExactly("log.zip", "restored");
    assertThatThrownBy(() -> restore(archive, key)).isInstanceOf(FileAlreadyExistsException.class);

    // A restored log is read, and never gone on with.
    try (Log log = open(FileDisk.privateFolder(restored.resolve("journal")))) {
      assertThat(log.isSealed()).isTrue();
    }
  }

  @Test
  void thePublicSideAloneIsRestoredToo() throws Exception {
    Path archive = folder.resolve("log.zip");
    export(archive, false);
    assertThat(restore(archive, key))
        .isInstanceOfSatisfying(
            LogRestore.Outcome.Restored.class,
            restored -> assertThat(restored.sound().recordsChecked()).isZero());
    assertThat(folder.resolve("restored/journal")).doesNotExist();
  }

  @Test
  void anUnsoundLogIsNotWritten() throws Exception {
    publicDisk.flip("digests", 9999);
    assertThat(export(folder.resolve("log.zip"), true))
        .isInstanceOf(LogArchive.Export.Unsound.class);
    assertThat(left()).isEmpty();
  }

  @Test
  void nothingIsRestoredOfAnArchiveThatWasChanged() throws Exception {
    Path archive = folder.resolve("log.zip");
    export(archive, true);
    unsound(changed(archive, "tile/entries/001", LogArchiveTest::flipped), "record-differs");
    unsound(changed(archive, "tile/0/002", LogArchiveTest::flipped), "hash-differs");
    unsound(changed(archive, "tile/entries/003", (name, content) -> new byte[0]), "tile-missing");
    noArchive(
        changed(archive, "records/" + "0".repeat(20), LogArchiveTest::flipped),
        "not what the manifest says");
    noArchive(
        changed(archive, "manifest.json", (name, content) -> new byte[0]), "lacks manifest.json");
    noArchive(
        changed(
            archive,
            "manifest.json",
            (name, content) ->
                new String(content, StandardCharsets.UTF_8)
                    .replace("\"size\":1300", "\"size\":1299")
                    .getBytes(StandardCharsets.UTF_8)),
        "do not end where its checkpoint does");
    Path truncated = folder.resolve("truncated.zip");
    Files.write(truncated, Arrays.copyOf(Files.readAllBytes(archive), 10_000));
    noArchive(truncated, "no zip archive");
    assertThat(restore(archive, new TestKey(ORIGIN)))
        .isInstanceOf(LogRestore.Outcome.NoArchive.class);
    assertThat(left()).doesNotContain("restored").noneMatch(name -> name.startsWith("."));
    assertThat(restore(archive, key)).isInstanceOf(LogRestore.Outcome.Restored.class);
  }

  @Test
  void noNameLeadsOutOfTheFolder() throws Exception {
    Path archive = folder.resolve("log.zip");
    export(archive, true);
    for (String name : List.of("../evil", "/tmp/evil", "tile/../../evil", "tile/0/00", "x")) {
      Path changed = folder.resolve("with-more.zip");
      Files.deleteIfExists(changed);
      copy(archive, changed, (entry, content) -> content, name);
      noArchive(changed, "none of its kind");
    }
    assertThat(folder.resolve("evil")).doesNotExist();
  }

  private void unsound(Path archive, String kind) throws IOException {
    assertThat(restore(archive, key))
        .isInstanceOfSatisfying(
            LogRestore.Outcome.Unsound.class,
            unsound -> assertThat(unsound.different().kind().code()).isEqualTo(kind));
  }

  private void noArchive(Path archive, String why) throws IOException {
    assertThat(restore(archive, key))
        .isInstanceOfSatisfying(
            LogRestore.Outcome.NoArchive.class, outcome -> assertThat(outcome.why()).contains(why));
  }

  private static byte[] flipped(String name, byte[] content) {
    byte[] flipped = content.clone();
    flipped[flipped.length / 2 + 9] ^= 1;
    return flipped;
  }

  private Path changed(Path archive, String name, BiFunction<String, byte[], byte[]> change)
      throws IOException {
    Path changed = folder.resolve("changed.zip");
    Files.deleteIfExists(changed);
    copy(
        archive,
        changed,
        (entry, content) -> entry.equals(name) ? change.apply(entry, content) : content,
        "");
    return changed;
  }

  private static void copy(
      Path from, Path to, BiFunction<String, byte[], byte[]> change, String more)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipFile zip = new ZipFile(from.toFile());
        ZipOutputStream copy = new ZipOutputStream(out)) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        byte[] content = change.apply(entry.getName(), zip.getInputStream(entry).readAllBytes());
        if (content.length > 0) {
          copy.putNextEntry(new ZipEntry(entry.getName()));
          copy.write(content);
        }
      }
      if (!more.isEmpty()) {
        copy.putNextEntry(new ZipEntry(more));
        copy.write(ByteBuffer.allocate(4).array());
      }
    }
    Files.write(to, out.toByteArray());
  }
}
