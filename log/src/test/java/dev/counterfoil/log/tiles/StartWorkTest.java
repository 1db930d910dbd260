package dev.counterfoil.log.tiles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a start after a crash reads: as much for a large log as for a small one. */
class StartWorkTest {
  private static final JournalOptions OPTIONS = new JournalOptions(1 << 20, 0);
  private static final TestKey KEY = new TestKey("log.example/logs/s1g1");
  private static final int BATCH = 1024;
  private static final int BEHIND_THE_MARK = 20 * BATCH;

  private final Machine machine = new Machine(new Random(1));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final AtomicLong bytesRead = new AtomicLong();

  private Log open(Disk journal, Disk hashes) throws IOException {
    return Log.open(journal, hashes, OPTIONS, KEY, () -> Instant.EPOCH, new Random(2));
  }

  /** Lets the log grow past a number of marks, and crashes it. */
  private long growPast(int marks) throws IOException {
    Log log = open(journalDisk, publicDisk);
    long end = marks * FrontierMark.DISTANCE + BEHIND_THE_MARK;
    List<TestSubmission> batch = new ArrayList<>();
    while (log.tree().size() < end) {
      batch.clear();
      for (int i = 0; i < BATCH; i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
      log.housekeep();
    }
    log.checkpoint();
    long size = log.tree().size();
    machine.restartProcess();
    return size;
  }

  /** Bytes that a start reads. */
  private long start(long size) throws IOException {
    bytesRead.set(0);
    Log log = open(counted(journalDisk), counted(publicDisk));
    assertThat(log.tree().size()).isEqualTo(size);
    machine.restartProcess();
    return bytesRead.get();
  }

  private Disk counted(Disk disk) {
    return counted(Disk.class, disk);
  }

  private <T> T counted(Class<T> face, T real) {
    return face.cast(
        Proxy.newProxyInstance(
            face.getClassLoader(),
            new Class<?>[] {face},
            (proxy, method, arguments) -> {
              Object result;
              try {
                result = method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              return switch (result) {
                case DiskFile file -> counted(DiskFile.class, file);
                case byte[] bytes -> {
                  bytesRead.addAndGet(bytes.length);
                  yield bytes;
                }
                case Integer count when arguments[0] instanceof ByteBuffer -> {
                  bytesRead.addAndGet(count);
                  yield count;
                }
                case null, default -> result;
              };
            }));
  }

  @Test
  void aStartReadsWhatIsBehindTheLastMarkAndNoMore() throws IOException {
    StartWorkTest other = new StartWorkTest();
    long small = other.start(other.growPast(1));
    long size = growPast(2);
    long large = start(size);
    // The last segment is read whole, wherever in it the log ends.
    assertThat(large).isBetween(small / 2, small + 2 * OPTIONS.segmentBytes());
    long whole = size * 40;
    assertThat(large).isLessThan(whole / 2);

    // The control: without the mark all of the journal is read.
    journalDisk.delete(FrontierMark.FILE);
    assertThat(start(size)).isGreaterThan(whole);
  }
}
