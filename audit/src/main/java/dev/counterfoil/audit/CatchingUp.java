package dev.counterfoil.audit;

import dev.counterfoil.audit.store.Compaction;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.Indexer;
import dev.counterfoil.audit.store.TallyMarks;
import dev.counterfoil.log.Log;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a start does with a store that is behind its journal, as every crash and many an end leaves
 * it: it looks whether they belong together, and takes up what the journal has more. Nothing else
 * runs then.
 */
final class CatchingUp {
  private CatchingUp() {}

  /**
   * Refuses a store that is not this journal's; closes the log then.
   *
   * @param folder of both, to name it
   */
  static void requireTogether(EventStore store, Log opened, Path folder) throws IOException {
    long begin = opened.journal().begin();
    if (store.manifest().size() < begin) {
      opened.close();
      throw new IOException(
          "the audit store in %s has %d events, and the journal begins at %d: put back store/ from a copy, since what was deleted from the journal cannot be found from it again"
              .formatted(folder, store.manifest().size(), begin));
    }
    if (store.manifest().size() > opened.tree().size()) {
      opened.close();
      throw new IOException(
          "the audit store in %s knows more events than the journal has: one of them was put back"
              .formatted(folder));
    }
  }

  /** Takes up all below a size; what becomes too much for memory becomes files. */
  static void takeUp(long size, EventStore store, Indexer indexer, TallyMarks marks)
      throws IOException {
    while (indexer.step(size)) {
      if (indexer.freshBytes() >= Compaction.FRESH_BYTES_MAX) {
        Compaction.carryOut(store, indexer, marks);
      }
    }
    if (indexer.hasOutlines()) {
      // What is gone is looked for in files: an export names each of it.
      Compaction.carryOut(store, indexer, marks);
    }
  }
}
