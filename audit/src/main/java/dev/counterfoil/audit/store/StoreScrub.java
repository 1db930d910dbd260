package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads every file of the store and holds each row against the log: that its event and salt are
 * what stands under the leaf at its position, that the columns by which it is found are the
 * event's, that none is missing, doubled, or emptied before its time or for somebody whose it is
 * not, nor hidden so. So who edits Parquet by a tool of his own is found with the event named.
 * Belongs to one thread.
 */
public final class StoreScrub {
  /** Most differences of a pass that are told; the next pass finds the rest. */
  public static final int TOLD_MAX = 100;

  private static final System.Logger LOG = System.getLogger(StoreScrub.class.getName());
  private static final long ROWS = 20_000;

  /** What it costs, about, to look into the journal for one that is emptied. */
  private static final long ROW_BYTES = 1024;

  private final EventStore store;
  private final LogReader reader;
  private final JournalReader journal;
  private final LongSupplier keptFrom;

  /** Waits after so many bytes were read, as long as it should; false ends the pass. */
  @FunctionalInterface
  public interface Pace {
    /** As fast as it goes. */
    Pace AT_ONCE = bytes -> true;

    boolean read(long bytes) throws InterruptedException;
  }

  /**
   * What a pass came to.
   *
   * @param events rows that were read
   * @param differences that were found
   */
  public record Pass(long events, long differences) {}

  /**
   * A scrub.
   *
   * @param keptFrom from which position on nothing may be emptied
   */
  public StoreScrub(
      EventStore store, LogReader reader, JournalReader journal, LongSupplier keptFrom) {
    this.store = store;
    this.reader = reader;
    this.journal = journal;
    this.keptFrom = keptFrom;
  }

  /** Reads all files once. */
  public Pass pass(Pace pace, Consumer<String> difference)
      throws IOException, InterruptedException {
    Run run = new Run(pace, difference);
    for (StoreManifest.Part part : store.manifest().files()) {
      if (!run.file(part)) {
        break;
      }
    }
    return new Pass(run.events, run.differences);
  }

  /** One pass. */
  private final class Run {
    private final Pace pace;
    private final Consumer<String> difference;
    private final EmptiedRows emptied;
    private long events;
    private long differences;

    Run(Pace pace, Consumer<String> difference) throws IOException {
      this.emptied = new EmptiedRows(journal, store::knowsAsForgotten, keptFrom.getAsLong());
      this.pace = pace;
      this.difference = difference;
    }

    private void differs(StoreManifest.Part part, String what) {
      differences++;
      if (differences <= TOLD_MAX) {
        difference.accept(
            what
                + ", in store/"
                + part.name()
                + ": the file was changed. Put it back from a copy, or stop the monitor and remove store/: what the journal has is written again");
      }
    }

    /** Whether the pass goes on. */
    boolean file(StoreManifest.Part part) throws IOException, InterruptedException {
      BitSet seen = new BitSet();
      try (Connection connection = store.connection()) {
        for (long row = 0; ; row += ROWS) {
          long bytes = rows(connection, part, row, seen);
          if (bytes < 0) {
            break;
          }
          if (!pace.read(bytes)) {
            return false;
          }
        }
      } catch (SQLException e) {
        // Merged with others meanwhile: those are read in the next pass.
        if (store.manifest().files().contains(part)) {
          LOG.log(System.Logger.Level.DEBUG, part.name(), e);
          differs(part, "events %d to %d cannot be read".formatted(part.from(), part.to() - 1));
        }
        return true;
      }
      if (store.manifest().files().contains(part)) {
        int missing = seen.nextClearBit(0);
        if (missing < part.events()) {
          differs(
              part,
              "%d events are missing, the first is event %d"
                  .formatted(part.events() - seen.cardinality(), part.from() + missing));
        }
      }
      return true;
    }

    /** Reads some rows; how many bytes they had, -1 where there are none. */
    private long rows(Connection connection, StoreManifest.Part part, long from, BitSet seen)
        throws SQLException, IOException {
      long bytes = -1;
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT "
                      + StoreRow.SELECTED
                      + ", domain AS its_domain, tenant AS its_tenant, forgotten AS its_forgotten FROM read_parquet("
                      + store.literal(part)
                      + ", file_row_number = true) WHERE file_row_number >= "
                      + from
                      + " AND file_row_number < "
                      + (from + ROWS))) {
        while (rows.next()) {
          events++;
          bytes = Math.max(0, bytes) + row(rows, part, seen);
        }
      }
      return bytes;
    }

    private long row(ResultSet row, StoreManifest.Part part, BitSet seen)
        throws SQLException, IOException {
      long position = row.getLong(1);
      if (row.wasNull() || position < part.from() || position >= part.to()) {
        differs(part, "a row says that it is event " + position);
        return 0;
      }
      if (seen.get((int) (position - part.from()))) {
        differs(part, "event " + position + " stands twice");
        return 0;
      }
      seen.set((int) (position - part.from()));
      if (StoreRow.isEmptied(row)) {
        return notFound("emptied", row, part, position, row.getString("its_forgotten"));
      }
      StoredEvent stored;
      List<@Nullable String> texts;
      try {
        StoreRow whole = store.row(row);
        Optional<String> forgotten = forgotten(row, whole);
        if (forgotten.isPresent()) {
          // Emptied in a moment, and not found until then.
          return notFound("hidden", row, part, position, forgotten.get());
        }
        stored = whole.event();
        texts = whole.texts();
      } catch (FormatException | SQLException | RuntimeException e) {
        // Whatever somebody wrote there: it is no event.
        differs(part, "event " + position + " cannot be read");
        return 0;
      }
      byte[] canonical = stored.event().canonicalBytes();
      if (!AuditLeaf.of(stored.salt(), canonical)
          .digest()
          .equals(Hash.of(reader.digests(position, 1)))) {
        differs(part, "event " + position + " is not what the log holds");
      } else {
        String column = foundOtherwise(row, texts, stored.event());
        if (column != null) {
          differs(part, "event " + position + " is found by another " + column + " than it has");
        }
      }
      return canonical.length;
    }

    private static Optional<String> forgotten(ResultSet row, StoreRow whole) throws SQLException {
      String domain = row.getString("its_domain");
      String tenant = row.getString("its_tenant");
      return domain == null || tenant == null || domain.isEmpty() || tenant.isEmpty()
          ? Optional.empty()
          : whole.forgotten(new Fence(domain, tenant));
    }

    /** A row that no search finds: whether that may be. How many bytes were read for it, about. */
    private long notFound(
        String how,
        ResultSet row,
        StoreManifest.Part part,
        long position,
        @Nullable String forgotten)
        throws SQLException, IOException {
      String fault =
          emptied.fault(
              how, position, row.getString("its_domain"), row.getString("its_tenant"), forgotten);
      if (fault != null) {
        differs(part, "event " + position + " " + fault);
      }
      return ROW_BYTES;
    }

    /** The first column that is not the event's; null where all are. */
    private @Nullable String foundOtherwise(
        ResultSet row, List<@Nullable String> texts, AuditEvent event) throws SQLException {
      if (row.getLong("time") != event.timeMillis() || row.wasNull()) {
        return "time";
      }
      if (row.getLong("class_uid") != event.classUid()
          || row.getLong("activity_id") != event.activityId()) {
        return "class";
      }
      if (!EventPeople.fence(event).domain().equals(row.getString("its_domain"))) {
        return "domain";
      }
      List<@Nullable String> own = EventRow.texts(event);
      for (int i = 0; i < own.size(); i++) {
        if (!Objects.equals(texts.get(i), own.get(i))) {
          return EventRow.TEXTS.get(i);
        }
      }
      return null;
    }
  }
}
