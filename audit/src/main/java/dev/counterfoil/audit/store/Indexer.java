package dev.counterfoil.audit.store;

import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.audit.event.ReadyEvent;
import dev.counterfoil.audit.event.RecentEvents;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.Sequences;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.journal.JournalReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Follows the journal into the store: what is durable is found a moment later. One thread steps;
 * another asks for the {@link #mark} to which the store may be compacted.
 */
public final class Indexer {
  /** How long whoever waits for the next event waits at a time, milliseconds. */
  public static final long EVERY_MS = 50;

  private static final int AT_ONCE = 5000;

  /** So many that wait are taken up without waiting for more. */
  private static final int TOGETHER = 2000;

  /** And so many bytes of them about, which weigh several times as much in memory. */
  private static final long BYTES_AT_ONCE = 8L << 20;

  private final JournalReader journal;
  private final EventStore store;
  private final RecentEvents recent;
  private final Names names;
  private final Sequences sequences;
  private final Tally tally;
  private volatile long indexed;

  /** Length of all events that were taken up since the start, and of those that lie in files. */
  private volatile long bytes;

  private volatile long bytesInFiles;

  /** Whether some were taken up of which nobody can read more than their outline. */
  private volatile boolean hasOutlines;

  /**
   * A state of the index.
   *
   * @param size positions below are in the store
   * @param sequences what numbers they have
   * @param tally whose they are
   * @param bytes length of those that were taken up since the start
   */
  record Mark(long size, JsonObject sequences, Tally tally, long bytes) {}

  public Indexer(
      JournalReader journal, EventStore store, RecentEvents recent, TallyMarks marks, Names names)
      throws IOException {
    this.journal = journal;
    this.store = store;
    this.recent = recent;
    this.names = names;
    this.indexed = store.manifest().size();
    this.sequences = sequencesOf(store.manifest().sequences());
    this.tally = marks.atMost(indexed);
    scan(tally.size(), indexed, payload -> tally.add(EventOutline.of(payload)));
  }

  private static Sequences sequencesOf(JsonObject json) throws IOException {
    try {
      return Sequences.of(json);
    } catch (FormatException e) {
      throw new IOException("the audit store's manifest cannot be read", e);
    }
  }

  /** Takes up what is durable; whether there was something. */
  public synchronized boolean step(long size) throws IOException {
    if (indexed >= size) {
      return false;
    }
    List<Kept> events = recent.take(indexed, size, AT_ONCE, BYTES_AT_ONCE);
    if (events.isEmpty()) {
      events = read(indexed, Math.min(recent.first(size), indexed + AT_ONCE));
    }
    store.add(events);
    long length = 0;
    for (Kept one : events) {
      switch (one) {
        case StoredEvent stored -> sequences.recorded(stored.event());
        case ReadyEvent ready ->
            sequences.recorded(
                ready.stream(), ready.row().numbers().sequence(), ready.takenMillis());
        case EventOutline outline -> {
          hasOutlines = true;
          sequences.recorded(outline.stream(), outline.sequence());
        }
      }
      length += one.bytes();
      tally.add(one);
    }
    bytes += length;
    indexed += events.size();
    return true;
  }

  /** Follows what is durable until it ends; on a thread of its own. */
  public void stepForever(LongSupplier size, CountDownLatch ending)
      throws IOException, InterruptedException {
    boolean behind = true;
    while (behind || !ending.await(EVERY_MS, TimeUnit.MILLISECONDS)) {
      long known = size.getAsLong();
      // Whoever goes on for each few that came meanwhile pays for each time, not for each event.
      behind = step(known) && size.getAsLong() - indexed >= TOGETHER;
    }
  }

  /** The first events of a range, as many as are taken up at once. */
  private List<Kept> read(long from, long to) throws IOException {
    List<Kept> events = new ArrayList<>();
    for (byte[] payload : journal.read(from, (int) (to - from), (int) BYTES_AT_ONCE)) {
      try {
        events.add(EventOutline.open(payload, names));
      } catch (FormatException e) {
        throw new IOException(
            "record "
                + (from + events.size())
                + " of the audit log cannot be read: "
                + e.getMessage(),
            e);
      }
    }
    return events;
  }

  /** Takes a record. */
  @FunctionalInterface
  private interface Each {
    void record(byte[] payload) throws FormatException;
  }

  private void scan(long from, long to, Each each) throws IOException {
    journal.scan(
        from,
        to,
        (position, payload) -> {
          try {
            each.record(payload);
          } catch (FormatException e) {
            throw new IOException(
                "record " + position + " of the audit log cannot be read: " + e.getMessage(), e);
          }
        });
  }

  /** How far it is. */
  public long indexed() {
    return indexed;
  }

  /** Whether some were taken up since the start of which an outline is left. */
  public boolean hasOutlines() {
    return hasOutlines;
  }

  /** Length of the events that lie in no file yet. */
  public long freshBytes() {
    return bytes - bytesInFiles;
  }

  /** Takes note that what was taken up to a mark lies in files. */
  void inFiles(long marked) {
    bytesInFiles = marked;
  }

  /** A state to compact to. */
  synchronized Mark mark() {
    return new Mark(indexed, sequences.toJson(), tally.copy(), bytes);
  }

  /** Whose the events are that can be found. */
  synchronized Tally copyOfTally() {
    return tally.copy();
  }

  /**
   * Streams that fell silent, or speak again, of which the log does not say so yet; they count as
   * said.
   */
  public synchronized List<Sequences.Heard> changedSilences(long nowMillis, long startedMillis) {
    return sequences.changedSilences(nowMillis, startedMillis);
  }

  /** It could not be said. */
  public synchronized void unsaid(Sequences.Heard heard) {
    sequences.unsaid(heard);
  }

  /** What is recorded, to go on from; from now on others tell repetitions. */
  public synchronized Sequences handOverSequences() {
    Sequences copy = sequences.copy();
    sequences.forgetContents();
    return copy;
  }
}
