package dev.counterfoil.signer.growth;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.disk.ThreadEnd;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.record.LogEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Gives the journal's old counterfoils back, so that claims do not lie in plain on the signer's
 * disk for ever and what a custodian shreds is shredded. A segment goes when its last record is old
 * enough and every configured custodian has said, since this process started, that he holds all of
 * it. A segment that began so long ago is ended first, so a quiet signer's goes too: after twice
 * the time at the latest.
 */
final class JournalRetention implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(JournalRetention.class.getName());
  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);

  private final RunningLog log;
  private final Supplier<OptionalLong> heldByAll;
  private final Duration keep;
  private final InstantSource clock;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile long begin;

  private JournalRetention(
      RunningLog log, Supplier<OptionalLong> heldByAll, Duration keep, InstantSource clock)
      throws IOException {
    this.log = log;
    this.heldByAll = heldByAll;
    this.keep = keep;
    this.clock = clock;
    this.begin = log.journal().begin();
    this.thread = Thread.ofPlatform().daemon().name("journal-retention").unstarted(this::run);
  }

  /**
   * Starts.
   *
   * @param heldByAll entries that every custodian holds; empty where there is none, and then age
   *     alone decides
   * @param keep how long a record stays
   */
  static JournalRetention start(
      RunningLog log, Supplier<OptionalLong> heldByAll, Duration keep, InstantSource clock)
      throws IOException {
    JournalRetention retention = new JournalRetention(log, heldByAll, keep, clock);
    retention.thread.start();
    return retention;
  }

  private void run() {
    // Often enough that the time is kept to within some hundredth of it.
    Duration pause = keep.dividedBy(100).compareTo(PAUSE_MAX) < 0 ? keep.dividedBy(100) : PAUSE_MAX;
    try {
      do {
        step();
      } while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  private void step() {
    try {
      long held = Math.min(log.size(), heldByAll.get().orElse(Long.MAX_VALUE));
      long old = olderThan(clock.instant().minus(keep), held);
      long segment = log.segmentBegin();
      if (old > segment && !log.rollOver()) {
        return;
      }
      long now = log.giveBack(old);
      if (now > begin) {
        begin = now;
        LOG.log(
            System.Logger.Level.INFO,
            "the journal begins at record {0} now. Earlier records are older than {1}"
                + " and held elsewhere",
            Long.toString(now),
            keep);
      }
    } catch (LogDamagedException e) {
      LOG.log(System.Logger.Level.ERROR, "no counterfoil is given back: {0}", e.getMessage());
    } catch (IOException | FormatException | LogFailedException e) {
      LOG.log(System.Logger.Level.ERROR, "giving counterfoils back failed; trying again", e);
    }
  }

  /** The first record that is not older than an instant, by halving: times grow with positions. */
  private long olderThan(Instant instant, long end) throws IOException, FormatException {
    JournalReader journal = log.journal();
    long low = journal.begin();
    long high = end;
    while (low < high) {
      long middle = low + (high - low) / 2;
      if (recordedAt(journal, middle).isBefore(instant)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static Instant recordedAt(JournalReader journal, long position)
      throws IOException, FormatException {
    List<byte[]> records = journal.read(position, 1, 1);
    if (records.isEmpty()) {
      throw new IOException("record " + position + " is not there");
    }
    return Instant.ofEpochMilli(LogEntry.parse(records.getFirst()).timeMillis());
  }

  /** Where the journal begins, and how long it keeps. */
  JsonObject status() {
    return JsonObject.builder()
        .put("begin", begin)
        .put("keep_seconds", keep.toSeconds())
        .put("held_by_all", heldByAll.get().orElse(-1))
        .build();
  }

  /** Stops after what it is at. */
  @Override
  public void close() {
    stop.countDown();
    ThreadEnd.await(thread);
  }
}
