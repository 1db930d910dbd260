package dev.counterfoil.log.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.RecordedDigest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests are found where they stand, also after restarts and damage. */
class DigestIndexTest {
  @TempDir Path folder;
  private Log log;
  private LogReader reader;

  @BeforeEach
  void open() throws Exception {
    log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(folder.resolve("public")),
            new JournalOptions(16 << 20, 0),
            new TestKey("log.example/logs/d1g1"),
            () -> Instant.ofEpochSecond(1),
            new Random(3));
    reader = new LogReader(FileDisk.toRead(folder.resolve("public")));
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    log.close();
  }

  private static Hash digest(long number) {
    return Hash.sha256(ByteBuffer.allocate(8).putLong(number).array());
  }

  private void append(long from, long to) throws Exception {
    List<Submission> some = new ArrayList<>();
    for (long number = from; number < to; number++) {
      some.add(new HandedIn(digest(number)));
      if (some.size() == 4_096 || number == to - 1) {
        log.sequence(some);
        some.clear();
      }
    }
    log.checkpoint();
  }

  private DigestIndex index() throws Exception {
    return DigestIndex.open(folder.resolve("index"), reader, new Random(5));
  }

  private static void assertFound(DigestIndex index, long number, long position) throws Exception {
    assertThat(index.find(digest(number))).hasValue(position);
  }

  @Test
  void whatTheCheckpointCoversIsFoundAndNothingElse() throws Exception {
    DigestIndex index = index();
    assertThat(index.catchUp()).isZero();
    assertThat(index.find(digest(0))).isEmpty();
    append(0, 1_000);
    log.sequence(List.of(new HandedIn(digest(1_000))));
    assertThat(index.catchUp()).isEqualTo(1_000);
    for (long number = 0; number < 1_000; number++) {
      assertFound(index, number, number);
    }
    assertThat(index.find(digest(1_000))).isEmpty();
    log.checkpoint();
    assertThat(index.catchUp()).isEqualTo(1_001);
    assertFound(index, 1_000, 1_000);
  }

  @Test
  void theFirstPositionOfADigestCounts() throws Exception {
    append(0, 10);
    append(3, 4);
    append(10, 12);
    DigestIndex index = index();
    assertThat(index.catchUp()).isEqualTo(13);
    assertFound(index, 3, 3);
    assertFound(index, 11, 12);
  }

  @Test
  void fullTablesAreTakenFromTheirFilesAndMadeAgainWhereTheyAreDamaged() throws Exception {
    long size = DigestTable.COUNT + 5_000L;
    append(0, size);
    assertAll(index(), size);
    Path file = folder.resolve("index/0.table");
    byte[] good = Files.readAllBytes(file);
    assertAll(index(), size);
    assertThat(Files.readAllBytes(file)).isEqualTo(good);
    for (int at : new int[] {0, 20, 90, 139, 5_000_000, good.length - 1}) {
      byte[] damaged = good.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertAll(index(), size);
      assertThat(Files.readAllBytes(file)).isNotEqualTo(damaged);
    }
    Files.write(file, new byte[100]);
    assertAll(index(), size);
  }

  private static void assertAll(DigestIndex index, long size) throws Exception {
    assertThat(index.catchUp()).isEqualTo(size);
    for (long number = 0; number < size; number += 997) {
      assertFound(index, number, number);
    }
    assertFound(index, DigestTable.COUNT - 1, DigestTable.COUNT - 1);
    assertFound(index, DigestTable.COUNT, DigestTable.COUNT);
    assertThat(index.find(digest(-1))).isEmpty();
    try (Stream<Path> files = Files.list(index.folder())) {
      assertThat(files).hasSize(1);
    }
  }

  private record HandedIn(Hash digest) implements Submission {
    @Override
    public Optional<RecordedDigest> compose(long position, long timeMillis) {
      return Optional.of(
          new RecordedDigest(position, timeMillis, digest, new byte[16], new byte[] {'a'}));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.code());
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
