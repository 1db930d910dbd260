package dev.counterfoil.monitor.database;

import dev.counterfoil.configuration.Limit;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * How large the monitor's database may become. Sightings end at the budget. Those of tokens that a
 * key has signed, on which findings hang, go on into a reserve of a tenth more; where that is used
 * up too, nothing is taken, and reporters keep what they have.
 */
public final class DatabaseBudget {
  /** The reserve, in percent of the budget. */
  static final int RESERVE_PERCENT = 10;

  private final Jdbi database;
  private final long bytesMax;

  /** What there is room for. */
  public enum Room {
    EVERYTHING,
    SIGNED,
    NOTHING
  }

  public DatabaseBudget(Jdbi database, long bytesMax) {
    this.database = database;
    this.bytesMax = bytesMax;
  }

  /** What there is room for when so much is used. */
  static Room room(long usedBytes, long bytesMax) {
    if (usedBytes < bytesMax) {
      return Room.EVERYTHING;
    }
    return usedBytes < bytesMax + bytesMax / 100 * RESERVE_PERCENT ? Room.SIGNED : Room.NOTHING;
  }

  public Room room(Handle handle) {
    return room(usedBytes(handle), bytesMax);
  }

  /** Pages that hold something: a file of SQLite does not shrink, and is filled again. */
  private static long usedBytes(Handle handle) {
    return handle
        .createQuery(
            "SELECT (page_count - freelist_count) * page_size"
                + " FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
        .mapTo(long.class)
        .one();
  }

  /** Bytes that are used now. */
  public long usedBytes() {
    return database.withHandle(DatabaseBudget::usedBytes);
  }

  public long bytesMax() {
    return bytesMax;
  }

  /** The same as what is shown to operators. */
  public Limit limit() {
    return new Limit(
        "database",
        this::usedBytes,
        this::bytesMax,
        "the oldest matched sightings are deleted; then the monitor accepts only"
            + " sightings of tokens that a key has signed");
  }
}
