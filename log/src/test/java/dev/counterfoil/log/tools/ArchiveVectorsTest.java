package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The golden files in {@code vectors/archive}: this writes them (with {@code
 * -Dcounterfoil.vectors.write=true}), and the default run shows that a restore answers each of them
 * as it says, and that they are what would be written now.
 */
class ArchiveVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/archive");
  private static final HexFormat HEX = HexFormat.of();
  private static final String ORIGIN = "log.example/logs/s1g1";
  private static final String ENTRIES = "tile/entries/000.p/3";
  private static final String TILE = "tile/0/000.p/3";
  private static final String RECORDS = "records/00000000000000000000";
  private static final String MANIFEST = LogArchive.MANIFEST;
  private static final TestKey KEY = new TestKey(ORIGIN, new SeededRandom("log"));
  private static final TestKey STRANGER = new TestKey(ORIGIN, new SeededRandom("stranger"));
  private static final Instant AT = Instant.ofEpochSecond(1_764_028_800);

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  // ---- Reading

  private static String field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + ": "))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 2);
  }

  private String outcome(String text) throws Exception {
    Path file = folder.resolve("archive.zip");
    Files.write(file, HEX.parseHex(text.substring(text.indexOf("\n\n")).replace("\n", "")));
    Path target = folder.resolve("restored");
    LogRestore.Outcome outcome =
        new LogRestore(
                file,
                NoteKey.parse(field(text, "log")),
                LogChecker.EntryForm.LEAVES,
                1,
                new Random(1),
                (n, total) -> {})
            .restore(target);
    String found =
        switch (outcome) {
          case LogRestore.Outcome.Restored restored ->
              "restored %d entries, %d records"
                  .formatted(
                      restored.sound().checkpoint().size(), restored.sound().recordsChecked());
          case LogRestore.Outcome.Unsound unsound -> "unsound";
          case LogRestore.Outcome.NoArchive none -> "no archive";
        };
    assertThat(Files.exists(target)).isEqualTo(outcome instanceof LogRestore.Outcome.Restored);
    if (Files.exists(target)) {
      try (Stream<Path> files = Files.walk(target)) {
        for (Path each : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(each);
        }
      }
    }
    return found;
  }

  @Test
  void everyArchiveIsTakenAsItsVectorSays() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(VECTORS)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSameSizeAs(cases().keySet());
    for (Path file : files) {
      String text = Files.readString(file);
      assertThat(outcome(text)).as(file.toString()).isEqualTo(field(text, "expect"));
    }
  }

  @Test
  void theFilesAreWhatTheGeneratorWrites() throws Exception {
    for (Map.Entry<String, Case> one : cases().entrySet()) {
      assertThat(VECTORS.resolve(one.getKey() + ".txt")).hasContent(one.getValue().text());
    }
  }

  // ---- Writing

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Case(String comment, String expect, byte[] archive) {
    String text() {
      StringBuilder text = new StringBuilder();
      text.append("comment: ").append(comment).append('\n');
      text.append("expect: ").append(expect).append('\n');
      text.append("log: ").append(KEY.key()).append("\n\n");
      for (int at = 0; at < archive.length; at += 64) {
        text.append(HEX.formatHex(archive, at, Math.min(archive.length, at + 64))).append('\n');
      }
      return text.toString();
    }
  }

  /** The files of an archive of three entries with their counterfoils. */
  private static Map<String, byte[]> sound() throws Exception {
    Machine machine = new Machine(new Random(3));
    FaultyDisk publicDisk = machine.disk("public");
    FaultyDisk journalDisk = machine.disk("journal");
    Path file = Files.createTempFile("archive", ".zip");
    Files.delete(file);
    try (Log log =
            Log.open(
                journalDisk,
                publicDisk,
                new JournalOptions(64 << 10, 0),
                KEY,
                () -> AT,
                new Random(3));
        LogReader reader = new LogReader(publicDisk)) {
      log.sequence(
          List.of(new TestSubmission("a"), new TestSubmission("b"), new TestSubmission("c")));
      log.checkpoint();
      new LogArchive(
              reader,
              KEY.key(),
              Optional.of(journalDisk),
              LogChecker.EntryForm.LEAVES,
              1,
              () -> AT,
              (n, total) -> {})
          .write(file);
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    Files.delete(file);
    return files;
  }

  /** A ZIP file whose bytes depend on nothing else: stored, and of the oldest date. */
  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(file.getValue());
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(file.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static final class Cases {
    private final Map<String, byte[]> sound = sound();
    private final Map<String, Case> all = new LinkedHashMap<>();

    Cases() throws Exception {}

    private byte[] file(String name) {
      return Optional.ofNullable(sound.get(name)).orElseThrow();
    }

    private String manifest() {
      return new String(file(MANIFEST), StandardCharsets.US_ASCII);
    }

    private void put(String name, String comment, String expect, byte[] archive) {
      all.put(name, new Case(comment, expect, archive));
    }

    /** The sound archive with another content of one file, or one more file. */
    private Map<String, byte[]> with(String name, byte[] content) {
      Map<String, byte[]> files = new LinkedHashMap<>(sound);
      files.put(name, content);
      return files;
    }

    private Map<String, byte[]> without(String name) {
      Map<String, byte[]> files = new LinkedHashMap<>(sound);
      files.remove(name);
      return files;
    }

    private byte[] manifest(String part, String other) throws IOException {
      if (!manifest().contains(part)) {
        throw new IllegalStateException("the manifest has no " + part);
      }
      return zip(with(MANIFEST, ascii(manifest().replace(part, other))));
    }

    /** Other records, and a manifest that says so. */
    private byte[] records(byte[] records) throws IOException {
      Map<String, byte[]> files = with(RECORDS, records);
      String told =
          manifest().replace(Hash.sha256(file(RECORDS)).base64(), Hash.sha256(records).base64());
      files.put(MANIFEST, ascii(told));
      return zip(files);
    }

    private static byte[] changed(byte[] content, int at) {
      byte[] changed = content.clone();
      changed[at] ^= 1;
      return changed;
    }
  }

  private static Map<String, Case> cases() throws Exception {
    Cases c = new Cases();
    byte[] sound = zip(c.sound);
    c.put("sound", "three entries and their records", "restored 3 entries, 3 records", sound);
    Map<String, byte[]> leaves = c.without(RECORDS);
    String chunks = c.manifest().replaceAll(".*(\"records\":\\[.*?\\]).*", "$1").strip();
    leaves.put(MANIFEST, ascii(c.manifest().replace(chunks, "\"records\":[]")));
    c.put("no-records", "made without the journal", "restored 3 entries, 0 records", zip(leaves));
    records(c);
    c.put(
        "entry-changed",
        "a bit of an entry is flipped",
        "unsound",
        zip(c.with(ENTRIES, Cases.changed(c.file(ENTRIES), 40))));
    c.put(
        "tile-changed",
        "a bit of a leaf hash is flipped",
        "unsound",
        zip(c.with(TILE, Cases.changed(c.file(TILE), 40))));
    c.put("tile-missing", "there is no tile of leaf hashes", "unsound", zip(c.without(TILE)));
    c.put("entries-missing", "there are no entries", "unsound", zip(c.without(ENTRIES)));
    c.put(
        "checkpoint-missing", "there is no checkpoint", "no archive", zip(c.without("checkpoint")));
    Checkpoint checkpoint = ArchiveManifest.parse(ascii(c.manifest())).checkpoint();
    c.put(
        "checkpoint-by-another-key",
        "another key of the same name signed the checkpoint",
        "unsound",
        zip(c.with("checkpoint", STRANGER.checkpoint(checkpoint))));
    c.put(
        "checkpoint-of-another-size",
        "the log signed, but two entries",
        "unsound",
        zip(c.with("checkpoint", KEY.checkpoint(new Checkpoint(ORIGIN, 2, checkpoint.root())))));
    names(c);
    manifests(c);
    c.put("cut", "the file's end is missing", "no archive", Arrays.copyOf(sound, 700));
    c.put("not-a-zip", "a text", "no archive", ascii("This is no archive.\n"));
    return c.all;
  }

  private static void records(Cases c) throws Exception {
    byte[] records = c.file(RECORDS);
    c.put(
        "record-changed",
        "a byte of a record's context is another, and the manifest has the digest of it",
        "restored 3 entries, 3 records",
        c.records(Cases.changed(records, records.length - 1)));
    c.put(
        "record-of-another-token",
        "a byte of a record's signing input is another, and the manifest has the digest of it",
        "unsound",
        c.records(Cases.changed(records, 4 + 37)));
    c.put(
        "records-changed",
        "a byte of a record is another, and the manifest has the digest of what it was",
        "no archive",
        zip(c.with(RECORDS, Cases.changed(records, 4 + 37))));
    c.put(
        "records-short",
        "the last record ends early",
        "no archive",
        c.records(Arrays.copyOf(records, records.length - 1)));
    c.put(
        "records-long",
        "a byte follows the last record",
        "no archive",
        c.records(Arrays.copyOf(records, records.length + 1)));
    c.put(
        "records-missing", "the file of records is missing", "no archive", zip(c.without(RECORDS)));
    byte[] longest = records.clone();
    longest[1] = 1;
    longest[3] = 1;
    c.put("record-too-long", "a record of 65,537 bytes", "no archive", c.records(longest));
  }

  private static void names(Cases c) throws Exception {
    c.put(
        "name-outside",
        "a file that would lie beside the folder",
        "no archive",
        zip(c.with("../checkpoint", new byte[1])));
    c.put("name-unknown", "a file of no kind", "no archive", zip(c.with("README", new byte[1])));
    c.put(
        "tile-of-another-size",
        "a tile that a tree of this size has not",
        "no archive",
        zip(c.with("tile/0/000.p/2", new byte[64])));
    byte[] twice = zip(c.with("tile/0/000.p/X", c.file(TILE)));
    for (int at = 0; at + TILE.length() <= twice.length; at++) {
      if (new String(twice, at, TILE.length(), StandardCharsets.ISO_8859_1)
          .equals("tile/0/000.p/X")) {
        twice[at + TILE.length() - 1] = '3';
      }
    }
    c.put("name-twice", "a tile stands twice", "no archive", twice);
  }

  private static void manifests(Cases c) throws Exception {
    c.put("manifest-missing", "there is no manifest", "no archive", zip(c.without(MANIFEST)));
    c.put(
        "manifest-format",
        "a format that we do not know",
        "no archive",
        c.manifest("archive/1", "archive/2"));
    c.put(
        "manifest-member",
        "a member that we do not know",
        "no archive",
        c.manifest("\"size\":", "\"more\":1,\"size\":"));
    c.put(
        "manifest-of-another-key",
        "the key is not the one that the reader knows",
        "no archive",
        c.manifest(KEY.key().toString(), STRANGER.key().toString()));
    c.put(
        "manifest-of-another-root",
        "the root is not the checkpoint's",
        "no archive",
        c.manifest(
            ArchiveManifest.parse(ascii(c.manifest())).checkpoint().root().base64(),
            Hash.sha256().base64()));
    c.put(
        "manifest-records-from-1",
        "the records are said to begin at 1, and so to end beyond the checkpoint",
        "no archive",
        c.manifest("\"first\":0", "\"first\":1"));
    c.put(
        "manifest-records-end",
        "the records are said to end before the checkpoint",
        "no archive",
        c.manifest("\"count\":3", "\"count\":2"));
    c.put(
        "manifest-made-at",
        "made at no time",
        "no archive",
        c.manifest("\"made_at\":1764028800", "\"made_at\":-1"));
  }

  @BeforeAll
  static void writeWhenAsked() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      Files.createDirectories(VECTORS);
      for (Map.Entry<String, Case> one : cases().entrySet()) {
        Files.writeString(VECTORS.resolve(one.getKey() + ".txt"), one.getValue().text());
      }
    }
  }
}
