package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.log.JournalReader;
import dev.counterfoil.log.LogDamagedException;
import dev.counterfoil.log.RecordsGivenBackException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows of which nothing is left but whose they were: whether they may be so, for their age or for
 * somebody who is forgotten. Of the latter the journal still says, without a key, whose each is and
 * who is in it, but for those that are old enough to be gone from there too. Belongs to one thread.
 */
final class EmptiedRows {
  private static final int BYTES_MAX = 1 << 20;

  private final JournalReader journal;
  private final Predicate<String> isForgotten;
  private final long oldBelow;
  private final long begin;

  /**
   * Rows of one pass.
   *
   * @param isForgotten whether a pseudonym was somebody's who is forgotten
   * @param oldBelow below which position a row may be empty for its age
   */
  EmptiedRows(JournalReader journal, Predicate<String> isForgotten, long oldBelow)
      throws IOException {
    this.journal = journal;
    this.isForgotten = isForgotten;
    this.oldBelow = oldBelow;
    this.begin = journal.begin();
  }

  /**
   * What is wrong with one; null where it may be empty.
   *
   * @param domain whose it says it was
   * @param tenant whose it says it was
   * @param forgotten for whom it says that it is empty; null for its age
   */
  @Nullable String fault(
      long position, @Nullable String domain, @Nullable String tenant, @Nullable String forgotten)
      throws IOException {
    if (forgotten == null ? position >= oldBelow : !isForgotten.test(forgotten)) {
      return "is emptied, and is not old enough for that";
    }
    if (forgotten == null || position < begin) {
      return null;
    }
    Optional<EventOutline> outline = outline(position);
    if (outline.isEmpty()) {
      return null;
    }
    EventOutline one = outline.get();
    if (!one.fence().domain().equals(domain) || !one.tenant().equals(tenant)) {
      return "is emptied, and stands for another tenant than it was of";
    }
    boolean isHis =
        one.actor().filter(forgotten::equals).isPresent()
            || one.entity().filter(forgotten::equals).isPresent();
    return isHis ? null : "is emptied for somebody who is forgotten and is not in it";
  }

  /** What the journal says; empty where it has nothing of it any more, or is damaged there. */
  private Optional<EventOutline> outline(long position) throws IOException {
    try {
      List<byte[]> records = journal.read(position, 1, BYTES_MAX);
      return records.isEmpty()
          ? Optional.empty()
          : Optional.of(EventOutline.of(records.getFirst()));
    } catch (RecordsGivenBackException | LogDamagedException | FormatException e) {
      // Damage is named by who reads the journal.
      return Optional.empty();
    }
  }
}
