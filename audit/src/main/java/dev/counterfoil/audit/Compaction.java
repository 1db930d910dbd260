package dev.counterfoil.audit;

import java.io.IOException;
import java.util.List;

/**
 * When files are written and merged: eight neighbours of about one size become one eight times as
 * large, so that an event is written again a few times in its life and a search opens few files.
 */
final class Compaction {
  /** So many bytes of events in memory become a file, however few events they are. */
  static final long FRESH_BYTES_MAX = 48L << 20;

  private static final int TOGETHER = 8;

  /** What is sorted within the database's memory with some to spare, of usual events. */
  private static final long EVENTS_MAX = 500_000;

  private Compaction() {}

  /** How many of the newest files become one now; 0 for none. */
  static int due(List<StoreManifest.Part> files) {
    if (files.size() < TOGETHER) {
      return 0;
    }
    long events = 0;
    long largest = 0;
    for (StoreManifest.Part part : files.subList(files.size() - TOGETHER, files.size())) {
      events += part.events();
      largest = Math.max(largest, part.events());
    }
    long newest = files.getLast().events();
    // One that is much larger than the newest waits for others of its size.
    return events <= EVENTS_MAX && largest <= newest * TOGETHER ? TOGETHER : 0;
  }

  /** Writes what is in memory into a file, and small files into larger ones; by one at a time. */
  static void carryOut(EventStore store, Indexer indexer, TallyMarks marks) throws IOException {
    Indexer.Mark mark = indexer.mark();
    if (mark.size() > store.manifest().size()) {
      store.compact(mark.size(), mark.sequences());
      indexer.inFiles(mark.bytes());
      marks.write(mark.tally());
    }
    for (int newest = due(store.mergeable()); newest > 0; newest = due(store.mergeable())) {
      store.merge(newest);
    }
  }
}
