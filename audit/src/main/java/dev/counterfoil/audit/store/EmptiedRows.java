package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalReader;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows of which nothing is left but whose they were, or that nobody finds until then: whether they
 * may be so, for their age or for somebody who is forgotten. Of the latter the journal still says,
 * without a key, whose each is and who is in it, but for those that are old enough to be gone from
 * there too. Belongs to one thread.
 */
final class EmptiedRows {
  private static final int BYTES_MAX = 1 << 20;

  private final JournalReader journal;
  private final BiPredicate<Fence, String> isForgotten;
  private final long oldBelow;
  private final long begin;

  /**
   * Rows of one pass.
   *
   * @param isForgotten whether a pseudonym was somebody's of a tenant who is forgotten
   * @param oldBelow below which position a row may be empty for its age
   */
  EmptiedRows(JournalReader journal, BiPredicate<Fence, String> isForgotten, long oldBelow)
      throws IOException {
    this.journal = journal;
    this.isForgotten = isForgotten;
    this.oldBelow = oldBelow;
    this.begin = journal.begin();
  }

  /**
   * What is wrong with one; null where it may be so.
   *
   * @param how it is, {@code emptied} or {@code hidden}
   * @param domain whose it says it was
   * @param tenant whose it says it was
   * @param forgotten for whom it says that it is so; null for its age
   */
  @Nullable String fault(
      String how,
      long position,
      @Nullable String domain,
      @Nullable String tenant,
      @Nullable String forgotten)
      throws IOException {
    if (forgotten == null) {
      return position < oldBelow ? null : notOld(how);
    }
    Optional<EventOutline> outline = position < begin ? Optional.empty() : outline(position);
    if (outline.isPresent()
        && !(outline.get().fence().domain().equals(domain)
            && outline.get().tenant().equals(tenant))) {
      return "is " + how + ", and stands for another tenant than it was of";
    }
    if (domain == null
        || tenant == null
        || domain.isEmpty()
        || tenant.isEmpty()
        || !isForgotten.test(new Fence(domain, tenant), forgotten)) {
      return notOld(how);
    }
    boolean isHis =
        outline.isEmpty()
            || outline.get().actor().filter(forgotten::equals).isPresent()
            || outline.get().entity().filter(forgotten::equals).isPresent();
    return isHis ? null : "is " + how + " for somebody who is forgotten and is not in it";
  }

  private static String notOld(String how) {
    return "is " + how + ", and is not old enough for that";
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
