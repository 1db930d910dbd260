package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worked examples of spec/archive.md and spec/record-door.md. */
class SpecExamplesTest {
  private static final int ENTRIES = 1_300;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static String page(String name) throws Exception {
    return Files.readString(Path.of(System.getProperty("counterfoil.root", ".."), "spec", name));
  }

  /** The names that a line of the page stands for: {@code tile/0/000 ... 004} are five. */
  private static List<String> names(String line) {
    String[] parts = line.split(" {2,}", -1)[0].split(" \\.\\.\\. ", -1);
    if (parts.length == 1) {
      return List.of(parts[0]);
    }
    String prefix = parts[0].substring(0, parts[0].length() - 3);
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= Integer.parseInt(parts[1]); i++) {
      names.add(prefix + String.format("%03d", i));
    }
    return names;
  }

  @Test
  void anArchiveHasTheFilesOfTheExample() throws Exception {
    String[] blocks = page("archive.md").split("```(?:json)?\n", -1);
    List<String> expected = new ArrayList<>();
    blocks[1].lines().forEach(line -> expected.addAll(names(line)));
    Machine machine = new Machine(new Random(3));
    FaultyDisk publicDisk = machine.disk("public");
    FaultyDisk journalDisk = machine.disk("journal");
    TestKey key = new TestKey("log.example/logs/s1g1");
    try (Log log =
            Log.open(
                journalDisk,
                publicDisk,
                new JournalOptions(1 << 20, 0),
                key,
                () -> Instant.ofEpochSecond(1),
                new Random(3));
        LogReader reader = new LogReader(publicDisk)) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < ENTRIES; i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
      log.checkpoint();
      publicDisk.replace(Cosigning.FILE, reader.checkpoint());
      new LogArchive(
              reader,
              key.key(),
              Optional.of(journalDisk),
              LogChecker.EntryForm.LEAVES,
              1,
              () -> Instant.ofEpochSecond(1_764_028_800),
              (n, total) -> {})
          .write(folder.resolve("log.zip"));
    }
    try (ZipFile zip = new ZipFile(folder.resolve("log.zip").toFile())) {
      assertThat(zip.stream().map(entry -> entry.getName()))
          .containsExactlyInAnyOrderElementsOf(expected);
      String manifest =
          new String(
              zip.getInputStream(zip.getEntry("manifest.json")).readAllBytes(),
              StandardCharsets.UTF_8);
      String example = blocks[3];
      assertThat(StrictJson.object(manifest.getBytes(StandardCharsets.UTF_8), 10_000).names())
          .containsExactlyInAnyOrderElementsOf(
              StrictJson.object(example.getBytes(StandardCharsets.UTF_8), 10_000).names());
      for (String same :
          List.of(
              "\"format\":\"counterfoil-log-archive/1\"",
              "\"origin\":\"log.example/logs/s1g1\"",
              "\"size\":1300",
              "\"made_at\":1764028800")) {
        assertThat(manifest).contains(same);
        assertThat(example).contains(same);
      }
    }
  }

  @Test
  void theDigestsAtTheRecordDoorAreThoseOfTheirInputs() throws Exception {
    String page = page("record-door.md");
    String input = "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJ0In0";
    assertThat(page)
        .contains(
            Hash.sha256(input.getBytes(StandardCharsets.US_ASCII)).hex()
                + "     SHA-256 of "
                + input);
    assertThat(page).contains(Hash.sha256(new byte[] {3}).hex());
    assertThat(page("journal.md")).contains(Hash.sha256(new byte[] {3}).hex());
  }
}
