package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditDisks;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.audit.event.ReadyEvent;
import dev.counterfoil.audit.event.RowAssembly;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/**
 * Where events are found: Parquet files sorted by tenant, entity and time, and in memory what came
 * since the last of them. All of it is made from the journal, and is made again where it is gone.
 *
 * <p>Every search goes through {@link #search}, which takes a {@link Fence}; values are bound and
 * never written into a statement. The database reads and writes inside its own folder only.
 */
public final class EventStore implements AutoCloseable {
  /** Longest time for one search. */
  static final Duration SEARCH_TIME_MAX = Duration.ofSeconds(10);

  private static final int SEARCHES_MAX = 4;

  private static final int SEARCHES_OF_ONE_MAX = 2;

  /** Length about of the events of one search: taken apart they weigh several times as much. */
  private static final long FOUND_BYTES = 2 << 20;

  private static final int WALKS_MAX = 2;

  /** So many files whoever walks reads at once, with so many events: what one large file has. */
  private static final int TOGETHER_MAX = 4;

  private static final long TOGETHER_EVENTS_MAX = 250_000;

  /** A file with fewer events may be full of long ones, and is read by itself. */
  private static final long TOGETHER_EVENTS_MIN = 25_000;

  /** Longest wait for others to end. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Of the free disk, at a start, a fourth. */
  private static final int TEMPORARY_PART = 4;

  private final StoreFiles files;
  private final FileSketches sketches;
  private final Names names;
  private final DuckDBConnection database;
  private final DuckDBConnection fresh;
  private final StoreWriter writer;
  private final TenantShares searches =
      new TenantShares("searches", SEARCHES_MAX, SEARCHES_OF_ONE_MAX, PATIENCE);
  private final TenantShares walks = new TenantShares("exports", WALKS_MAX, 1, PATIENCE);

  /** Takes rows one after another. */
  @FunctionalInterface
  public interface RowVisitor {
    void row(StoreRow row) throws IOException;
  }

  private EventStore(StoreFiles files, long freeBytes, Names names) throws SQLException {
    this.files = files;
    this.sketches = new FileSketches(files);
    this.names = names;
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    this.database = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", properties);
    try (Statement statement = database.createStatement()) {
      // Beside the heap: what eight usual files are sorted in. Nothing sets it later, as settings
      // are locked.
      statement.execute("SET memory_limit = '512MB'");
      statement.execute("SET threads = 2");
      // What is fresh becomes a file in a moment, and goes: it is not worth being compressed in
      // memory.
      statement.execute("SET force_compression = 'uncompressed'");
      // A file never changes under its name.
      statement.execute("SET parquet_metadata_cache = true");
      statement.execute("SET autoinstall_known_extensions = false");
      statement.execute("SET autoload_known_extensions = false");
      statement.execute(
          "SET temp_directory = " + StoreFiles.literal(files.folder().resolve("spill")));
      // What a search or a merge lays aside leaves room for the journal, which is on the same disk.
      statement.execute(
          "SET max_temp_directory_size = '"
              + Math.max(1, (freeBytes >> 20) / TEMPORARY_PART)
              + "MB'");
      statement.execute("SET allowed_directories = [" + StoreFiles.literal(files.folder()) + "]");
      statement.execute("SET enable_external_access = false");
      statement.execute("CREATE TABLE fresh (" + StoreRow.COLUMNS + ")");
      statement.execute("SET lock_configuration = true");
    }
    this.fresh = database.duplicate();
    this.writer = new StoreWriter(files, database);
  }

  /**
   * Opens the store in a folder of its own; removes what a crash left half written.
   *
   * @param names whose events they are
   */
  static EventStore open(Path folder, Names names) throws IOException {
    return open(folder, names, AuditDisks.FOLDERS);
  }

  public static EventStore open(Path folder, Names names, AuditDisks disks) throws IOException {
    Path absolute = folder.toAbsolutePath().normalize();
    Disk disk = disks.open(absolute);
    StoreFiles files = StoreFiles.open(absolute, disk);
    try {
      return new EventStore(files, disk.freeBytes(), names);
    } catch (SQLException e) {
      throw new IOException("the audit store's database does not open: " + e.getMessage(), e);
    }
  }

  /** What is in the files. */
  public StoreManifest manifest() {
    return files.manifest();
  }

  /** Adds events to what is fresh; on the indexer's thread only. Found when this returns. */
  void add(List<? extends Kept> events) throws IOException {
    try (DuckDBAppender appender = fresh.createAppender(DuckDBConnection.DEFAULT_SCHEMA, "fresh")) {
      for (Kept one : events) {
        appender.beginRow();
        switch (one) {
          case StoredEvent stored ->
              StoreRow.of(stored.position(), stored.event(), stored.people()).append(appender);
          case ReadyEvent ready -> ready.row().append(appender);
          case EventOutline outline -> StoreRow.append(appender, outline, names);
        }
        appender.endRow();
      }
    } catch (SQLException e) {
      throw new IOException("the audit store takes no events", e);
    }
  }

  /**
   * What a search gave.
   *
   * @param events no more than was asked for, and no longer together than there is memory for
   * @param more whether there may be more
   */
  public record Found(List<StoredEvent> events, boolean more) {}

  /**
   * The events that a query selects, inside of a fence.
   *
   * @throws AuditBusyException when too many search already
   * @throws IOException also when it takes too long
   */
  public Found search(Fence fence, EventQuery query) throws IOException {
    try (TenantShares.Share _ = searches.take(fence);
        StoreSight sight = StoreSight.of(files, database, names, sketches)) {
      List<StoredEvent> found = new ArrayList<>();
      long[] bytes = {0};
      long deadline = System.nanoTime() + SEARCH_TIME_MAX.toNanos();
      for (StoreSight.Group group : sight.groups(query)) {
        sight.select(
            fence,
            group.query(),
            group.parts(),
            query.limit() - found.size(),
            row -> {
              StoredEvent one = sight.event(row);
              found.add(one);
              bytes[0] += one.event().canonicalBytes().length;
              return bytes[0] < FOUND_BYTES;
            });
        if (found.size() == query.limit() || bytes[0] >= FOUND_BYTES) {
          return new Found(found, true);
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("a search took too long: narrow it, by time first");
        }
      }
      return new Found(found, false);
    } catch (SQLException e) {
      throw new IOException("a search failed or took too long: narrow it, by time first", e);
    }
  }

  /**
   * A place among those who walk.
   *
   * @throws AuditBusyException when too many do that already
   */
  public TenantShares.Share walker(Fence fence) throws AuditBusyException {
    return walks.take(fence);
  }

  /**
   * Gives all events that a query selects, in the order of their positions; its limit counts for
   * nothing. For who is a {@link #walker}.
   */
  public void walk(Fence fence, EventQuery query, RowVisitor visitor) throws IOException {
    try (StoreSight sight = StoreSight.of(files, database, names, sketches)) {
      EventQuery ordered = query.page(query.after(), query.before(), EventQuery.LIMIT_MAX);
      for (List<StoreManifest.Part> some : together(sight.parts(ordered))) {
        sight.select(
            fence,
            ordered,
            some,
            Long.MAX_VALUE,
            row -> {
              visitor.row(row);
              return true;
            });
      }
    } catch (SQLException e) {
      throw new IOException("the audit store cannot be read", e);
    }
  }

  /**
   * Small neighbours, to be read at once: the database reads a small file on one thread, and
   * several on two.
   */
  static List<List<StoreManifest.Part>> together(List<StoreManifest.Part> parts) {
    List<List<StoreManifest.Part>> all = new ArrayList<>();
    long events = TOGETHER_EVENTS_MAX;
    for (StoreManifest.Part part : parts) {
      boolean isSmall =
          part.to() < Long.MAX_VALUE
              && part.events() >= TOGETHER_EVENTS_MIN
              && part.events() <= TOGETHER_EVENTS_MAX;
      long here = isSmall ? part.events() : TOGETHER_EVENTS_MAX;
      if (events + here > TOGETHER_EVENTS_MAX || all.getLast().size() == TOGETHER_MAX) {
        all.add(new ArrayList<>());
        events = 0;
      }
      all.getLast().add(part);
      events += here;
    }
    return all;
  }

  /** Puts events of a tenant together from their rows. */
  public RowAssembly assembly(Fence fence) {
    return new RowAssembly(names, fence);
  }

  /** The row that a result of {@link StoreRow#SELECTED} is at. */
  StoreRow row(ResultSet row) throws SQLException {
    return StoreRow.at(row, names);
  }

  /** Whether a pseudonym was somebody's of the tenant who is forgotten. */
  boolean knowsAsForgotten(Fence fence, String pseudonym) {
    return names.isForgotten(fence, pseudonym);
  }

  /** A connection to the database, for who looks after the files. */
  public Connection connection() throws SQLException {
    return database.duplicate();
  }

  /** The columns of a file. */
  public List<String> columns(StoreManifest.Part part) throws IOException {
    List<String> columns = new ArrayList<>();
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("DESCRIBE SELECT * FROM " + files.read(List.of(part)))) {
      while (rows.next()) {
        columns.add(rows.getString(1));
      }
      return columns;
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be read", e);
    }
  }

  /** A file's name in a statement. */
  String literal(StoreManifest.Part part) {
    return files.literal(part);
  }

  /** Files in a statement. */
  public String files(List<StoreManifest.Part> parts) {
    return files.read(parts);
  }

  /** Writes what is fresh below a position into files: see {@link StoreWriter#compact}. */
  void compact(long to, JsonObject sequences) throws IOException {
    writer.compact(to, sequences);
  }

  /** The newest files, those that may become one. */
  List<StoreManifest.Part> mergeable() {
    return writer.mergeable();
  }

  /**
   * Looks into one of the files that were not looked into yet, so that searches need not; on the
   * thread that changes them.
   *
   * @return false where there is none
   */
  public boolean sketchOne() throws IOException {
    try (Connection connection = connection()) {
      return sketches.makeOne(connection);
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be read", e);
    }
  }

  /** Makes one file of neighbours: see {@link StoreWriter#merge}. */
  void merge(List<StoreManifest.Part> parts) throws IOException {
    writer.merge(parts);
  }

  /** Writes a file again: see {@link StoreWriter#rewrite}. */
  public void rewrite(String select, StoreManifest.Part part) throws IOException {
    writer.rewrite(select, part);
  }

  @Override
  public void close() throws IOException {
    try {
      files.close(
          () -> {
            fresh.close();
            database.close();
          });
    } catch (SQLException e) {
      throw new IOException("the audit store does not close", e);
    }
  }
}
