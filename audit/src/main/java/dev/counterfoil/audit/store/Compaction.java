package dev.counterfoil.audit.store;

import java.io.IOException;
import java.util.List;

/**
 * When files are written and merged: eight neighbours of about one size become one eight times as
 * large, so that an event is written again a few times in its life and a search opens few files.
 * While events come fast their merging waits, so many files long: it takes as much time as their
 * writing did, and those who report wait for that.
 */
public final class Compaction {
  /** So many bytes of events in memory become a file, however few events they are. */
  public static final long FRESH_BYTES_MAX = 48L << 20;

  private static final int TOGETHER = 8;

  /** So many small files a search opens beside the others, at the most. */
  static final int WAITING_MAX = 32;

  /** What is sorted within the database's memory with some to spare, of usual events. */
  private static final long EVENTS_MAX = 500_000;

  private Compaction() {}

  /**
   * Neighbours that become one file now, the oldest that do; none where none do.
   *
   * @param comeFast whether events do, so that merging waits
   */
  static List<StoreManifest.Part> due(List<StoreManifest.Part> files, boolean comeFast) {
    // A large one is merged with no other, and waits for nothing.
    long small = files.stream().filter(part -> part.events() <= EVENTS_MAX / TOGETHER).count();
    if (comeFast && small < WAITING_MAX) {
      return List.of();
    }
    for (int from = 0; from + TOGETHER <= files.size(); from++) {
      List<StoreManifest.Part> some = files.subList(from, from + TOGETHER);
      if (mayBeOne(some)) {
        return some;
      }
    }
    return List.of();
  }

  private static boolean mayBeOne(List<StoreManifest.Part> files) {
    long events = 0;
    long largest = 0;
    for (StoreManifest.Part part : files) {
      events += part.events();
      largest = Math.max(largest, part.events());
    }
    // One that is much larger than the newest waits for others of its size.
    return events <= EVENTS_MAX && largest <= files.getLast().events() * TOGETHER;
  }

  /** Writes what is in memory into a file, and small files into larger ones; by one at a time. */
  public static void carryOut(EventStore store, Indexer indexer, TallyMarks marks)
      throws IOException {
    write(store, indexer, marks);
    while (mergeOnce(store, false)) {
      // Until no more is due.
    }
  }

  /** Writes what is in memory into a file; by one at a time. */
  public static void write(EventStore store, Indexer indexer, TallyMarks marks) throws IOException {
    Indexer.Mark mark = indexer.mark();
    if (mark.size() > store.manifest().size()) {
      store.compact(mark.size(), mark.sequences());
      indexer.inFiles(mark.bytes());
      marks.write(mark.tally());
    }
  }

  /** Makes one file of some, where that is due; by one at a time. */
  public static boolean mergeOnce(EventStore store, boolean comeFast) throws IOException {
    List<StoreManifest.Part> due = due(store.mergeable(), comeFast);
    if (due.isEmpty()) {
      return false;
    }
    store.merge(due);
    return true;
  }
}
