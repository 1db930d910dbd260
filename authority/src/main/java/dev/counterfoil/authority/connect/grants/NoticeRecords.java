package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Has in the journal of the grants what changes in the notices. */
final class NoticeRecords {
  private final LogoutNotices notices;
  private final GrantJournal journal;
  private volatile boolean areUnwritten;

  NoticeRecords(LogoutNotices notices, GrantJournal journal) {
    this.notices = notices;
    this.journal = journal;
  }

  /** Changes them; what the records say is so when this returns. */
  void write(Supplier<List<JsonObject>> change) throws IOException {
    await(put(change));
  }

  /** Like {@link #write}; what cannot be written now counts in memory until it is tidied. */
  void writeOrLater(Supplier<List<JsonObject>> change) {
    try {
      write(change);
    } catch (IOException e) {
      // It is marked.
    }
  }

  /**
   * Changes them, and puts the records in line.
   *
   * @return all that these are synced with: a batch may be taken between two of them
   */
  Set<GrantJournal.Batch> put(Supplier<List<JsonObject>> change) {
    Set<GrantJournal.Batch> batches = new LinkedHashSet<>();
    synchronized (notices) {
      for (JsonObject record : change.get()) {
        batches.add(journal.put(record));
      }
    }
    return batches;
  }

  /** Returns when the records of {@link #put} are on disk. */
  void await(Set<GrantJournal.Batch> batches) throws IOException {
    try {
      for (GrantJournal.Batch batch : batches) {
        var _ = journal.await(batch);
      }
    } catch (IOException e) {
      areUnwritten = true;
      throw e;
    }
  }

  /** Writes all of them again, where some could not be written. */
  void tidy() throws IOException {
    if (areUnwritten) {
      areUnwritten = false;
      write(() -> notices.upTo(Long.MAX_VALUE, 0));
    }
  }
}
