package dev.counterfoil.log.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is recorded where nobody can read it back is not recorded. */
class LostStorageTest {
  private static final Duration WITHIN = Duration.ofSeconds(1);

  private final TestKey key = new TestKey("log.example/logs/s1g1");
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private RunningLog open() throws IOException {
    Log log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("own/journal")),
            FileDisk.publicFolder(folder.resolve("public")),
            new JournalOptions(256 << 10, 0),
            key,
            InstantSource.system(),
            new Random(1));
    return RunningLog.start(log, RunningLog.Options.DEFAULT, failure::set);
  }

  /** What happens to a log's files while it runs. */
  enum Loss {
    FOLDER_DELETED {
      @Override
      void happen(Path folder) throws IOException {
        FileDisk.remove(folder.resolve("own"));
      }
    },
    FOLDER_RENAMED {
      @Override
      void happen(Path folder) throws IOException {
        Files.move(folder.resolve("own"), folder.resolve("elsewhere"));
      }
    },
    EMPTY_FOLDER_IN_ITS_PLACE {
      @Override
      void happen(Path folder) throws IOException {
        Files.move(folder.resolve("own"), folder.resolve("elsewhere"));
        Files.createDirectories(folder.resolve("own/journal"));
      }
    },
    COPY_IN_ITS_PLACE {
      @Override
      void happen(Path folder) throws IOException {
        Path journal = folder.resolve("own/journal");
        Files.move(journal, folder.resolve("elsewhere"));
        Files.createDirectories(journal);
        try (Stream<Path> files = Files.list(folder.resolve("elsewhere"))) {
          for (Path file : files.toList()) {
            Files.copy(file, journal.resolve(file.getFileName()));
          }
        }
      }
    },
    SEGMENTS_DELETED {
      @Override
      void happen(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("own/journal"))) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
      }
    },
    SEGMENT_REPLACED {
      @Override
      void happen(Path folder) throws IOException {
        Path journal = folder.resolve("own/journal");
        Path segment = journal.resolve(SegmentFormat.name(0));
        Path copy = Files.copy(segment, folder.resolve("copy"));
        Files.move(copy, segment, StandardCopyOption.REPLACE_EXISTING);
      }
    },
    HEADER_BIT_FLIPPED {
      @Override
      void happen(Path folder) throws IOException {
        flip(folder, 20);
      }
    },
    SEGMENT_TRUNCATED {
      @Override
      void happen(Path folder) throws IOException {
        try (FileChannel file = segment(folder)) {
          file.truncate(0);
        }
      }
    },
    SEGMENT_SHORTENED_BEHIND_WHAT_IS_WRITTEN {
      @Override
      void happen(Path folder) throws IOException {
        try (FileChannel file = segment(folder)) {
          file.truncate(file.size() - 1);
        }
      }
    },
    PUBLIC_FOLDER_DELETED {
      @Override
      void happen(Path folder) throws IOException {
        Files.move(folder.resolve("public"), folder.resolve("elsewhere"));
      }
    };

    abstract void happen(Path folder) throws IOException;
  }

  private static FileChannel segment(Path folder) throws IOException {
    return FileChannel.open(
        folder.resolve("own/journal").resolve(SegmentFormat.name(0)),
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  private static void flip(Path folder, long offset) throws IOException {
    try (FileChannel file = segment(folder)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      file.read(one, offset);
      one.put(0, (byte) (one.get(0) ^ 1));
      file.write(one.flip(), offset);
    }
  }

  private static boolean isRecorded(RunningLog log, String name) throws InterruptedException {
    TestSubmission submission = new TestSubmission(name);
    log.submit(submission);
    Instant end = Instant.now().plus(WITHIN);
    while (submission.recordedAt < 0
        && submission.failure == null
        && submission.refusal == null
        && Instant.now().isBefore(end)) {
      Thread.sleep(1);
    }
    return submission.recordedAt >= 0;
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void aBusyLogRecordsNothingMoreWithinASecond(Loss loss) throws Exception {
    try (RunningLog log = open()) {
      assertThat(isRecorded(log, "before")).isTrue();
      Thread.sleep(300);
      assertThat(failure.get()).isNull();
      loss.happen(folder);
      Instant lost = Instant.now();
      Instant last = lost;
      for (int i = 0; failure.get() == null; i++) {
        if (isRecorded(log, "after" + i)) {
          last = Instant.now();
        }
        assertThat(Instant.now()).isBefore(lost.plusSeconds(30));
      }
      assertThat(Duration.between(lost, last)).isLessThan(WITHIN);
      assertThat(failure.get()).hasMessageContaining("storage is lost");
      assertThat(isRecorded(log, "later")).isFalse();
    }
  }

  @Test
  void anIdleLogFailsToo() throws Exception {
    try (RunningLog log = open()) {
      assertThat(isRecorded(log, "before")).isTrue();
      Thread.sleep(300);
      Loss.FOLDER_DELETED.happen(folder);
      Instant end = Instant.now().plusSeconds(30);
      while (failure.get() == null) {
        assertThat(Instant.now()).isBefore(end);
        Thread.sleep(5);
      }
      assertThat(failure.get()).hasMessageContaining("is gone");
    }
  }

  /** The second batch is the last that was written; the first is for the scrubber to find. */
  @Test
  void anIdleLogFailsWhenItsLastRecordCannotBeReadBack() throws Exception {
    try (RunningLog log = open()) {
      assertThat(isRecorded(log, "before")).isTrue();
      long second = SegmentFormat.SEGMENT_HEADER_BYTES;
      try (FileChannel file = segment(folder)) {
        ByteBuffer header = ByteBuffer.allocate(SegmentFormat.BATCH_HEADER_BYTES);
        file.read(header, second);
        second += SegmentFormat.align(SegmentFormat.BATCH_HEADER_BYTES + header.getInt(4));
      }
      assertThat(isRecorded(log, "last")).isTrue();
      Thread.sleep(500);
      assertThat(failure.get()).as("the control").isNull();
      flip(folder, second + SegmentFormat.BATCH_HEADER_BYTES + 10);
      Instant end = Instant.now().plusSeconds(30);
      while (failure.get() == null) {
        assertThat(Instant.now()).isBefore(end);
        Thread.sleep(5);
      }
      assertThat(failure.get())
          .hasMessageContaining("cannot be read back")
          .hasMessageContaining(folder.resolve("own/journal").toString());
    }
  }

  @Test
  void whatAnotherReadsTakesNothingAway() throws Exception {
    try (RunningLog log = open()) {
      for (int i = 0; i < 20; i++) {
        assertThat(isRecorded(log, "t" + i)).isTrue();
        Files.createDirectories(folder.resolve("own/other" + i));
        Thread.sleep(30);
      }
      assertThat(failure.get()).isNull();
    }
  }
}
