package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.RecordedEvent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Where events are found: Parquet files sorted by tenant, entity and time, and in memory what came
 * since the last of them. All of it is made from the journal, and is made again where it is gone.
 *
 * <p>Every search goes through {@link #search}, which takes a {@link Fence}; values are bound and
 * never written into a statement. The database reads and writes inside its own folder only.
 */
final class EventStore implements AutoCloseable {
  /** Longest time for one search. */
  static final Duration SEARCH_TIME_MAX = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger(EventStore.class.getName());
  private static final int SEARCHES_MAX = 4;
  private static final int ROW_GROUP_EVENTS = 100_000;

  /** So that columns of identifiers are dictionary-encoded, for which bloom filters are written. */
  private static final int DICTIONARY_MAX = 130_000;

  private static final String COLUMNS =
      "domain VARCHAR, tenant VARCHAR, entity VARCHAR, time BIGINT, position BIGINT, class_uid BIGINT,"
          + " activity_id BIGINT, source VARCHAR, actor VARCHAR, client VARCHAR, token VARCHAR,"
          + " key VARCHAR, address VARCHAR, session VARCHAR, salt BLOB, event VARCHAR";

  /** What {@link #event} reads, first of all columns. */
  static final String SELECTED = "position, salt, event";

  private final Path folder;
  private final FileDisk disk;
  private final DuckDBConnection database;
  private final DuckDBConnection writing;
  private final Semaphore searches = new Semaphore(SEARCHES_MAX);
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private StoreManifest manifest;

  /** Says that too many search at a time. */
  static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private EventStore(Path folder, FileDisk disk, StoreManifest manifest) throws SQLException {
    this.folder = folder;
    this.disk = disk;
    this.manifest = manifest;
    this.database = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = database.createStatement()) {
      statement.execute("SET memory_limit = '256MB'");
      statement.execute("SET threads = 2");
      statement.execute("SET autoinstall_known_extensions = false");
      statement.execute("SET autoload_known_extensions = false");
      statement.execute("SET temp_directory = " + literal(folder.resolve("spill")));
      statement.execute("SET allowed_directories = [" + literal(folder) + "]");
      statement.execute("SET enable_external_access = false");
      statement.execute("CREATE TABLE fresh (" + COLUMNS + ")");
      statement.execute("SET lock_configuration = true");
    }
    this.writing = database.duplicate();
  }

  /** Opens the store in a folder of its own; removes what a crash left half written. */
  static EventStore open(Path folder) throws IOException {
    Path absolute = folder.toAbsolutePath().normalize();
    FileDisk disk = FileDisk.privateFolder(absolute);
    StoreManifest manifest = StoreManifest.read(disk);
    List<String> named = manifest.files().stream().map(StoreManifest.Part::name).toList();
    for (String name : disk.names()) {
      if (name.contains(".parquet") && !named.contains(name)) {
        disk.delete(name);
      }
    }
    try {
      return new EventStore(absolute, disk, manifest);
    } catch (SQLException e) {
      throw new IOException("the audit store's database does not open: " + e.getMessage(), e);
    }
  }

  private static String literal(Path path) {
    return "'" + path.toString().replace("'", "''") + "'";
  }

  /** What is in the files. */
  StoreManifest manifest() {
    lock.readLock().lock();
    try {
      return manifest;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Adds events to what is fresh; on the indexer's thread only. Found when this returns. */
  void add(List<StoredEvent> events) throws IOException {
    try (DuckDBAppender appender =
        writing.createAppender(DuckDBConnection.DEFAULT_SCHEMA, "fresh")) {
      for (StoredEvent one : events) {
        AuditEvent event = one.event();
        AuditEvent.Keys keys = event.keys();
        String reporter = event.reporter().orElseThrow();
        appender.beginRow();
        appender.append(Source.domainOf(reporter));
        appender.append(event.tenant());
        append(appender, keys.entity());
        appender.append(event.timeMillis());
        appender.append(one.position());
        appender.append(event.classUid());
        appender.append(event.activityId());
        appender.append(reporter);
        append(appender, keys.actor());
        append(appender, keys.client());
        append(appender, keys.token());
        append(appender, keys.key());
        append(appender, keys.address());
        append(appender, keys.session());
        appender.append(one.salt());
        appender.append(new String(event.canonicalBytes(), StandardCharsets.UTF_8));
        appender.endRow();
      }
    } catch (SQLException e) {
      throw new IOException("the audit store takes no events", e);
    }
  }

  private static void append(DuckDBAppender appender, Optional<String> text) throws SQLException {
    if (text.isPresent()) {
      appender.append(text.get());
    } else {
      appender.appendNull();
    }
  }

  /**
   * The events that a query selects, inside of a fence.
   *
   * @throws BusyException when too many search already
   * @throws IOException also when it takes too long
   */
  List<StoredEvent> search(Fence fence, EventQuery query) throws IOException {
    if (!searches.tryAcquire()) {
      throw new BusyException();
    }
    lock.readLock().lock();
    try (Connection connection = database.duplicate();
        PreparedStatement statement = prepare(connection, fence, query)) {
      statement.setQueryTimeout((int) SEARCH_TIME_MAX.toSeconds());
      List<StoredEvent> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(event(rows));
        }
      }
      return found;
    } catch (SQLException e) {
      throw new IOException("a search failed or took too long", e);
    } catch (FormatException e) {
      throw new IOException(
          "the audit store holds what is no event: it was changed; stop, remove " + folder, e);
    } finally {
      lock.readLock().unlock();
      searches.release();
    }
  }

  private PreparedStatement prepare(Connection connection, Fence fence, EventQuery query)
      throws SQLException {
    EventQuery.Conditions conditions = query.conditions(fence);
    List<Object> values = new ArrayList<>();
    // What the files hold may still lie in memory for a moment: it is found once.
    String sql = "SELECT " + SELECTED + " FROM fresh WHERE position >= ? AND " + conditions.sql();
    values.add(manifest.size());
    values.addAll(conditions.values());
    if (!manifest.files().isEmpty()) {
      sql +=
          " UNION ALL SELECT "
              + SELECTED
              + " FROM "
              + files(manifest.files())
              + " WHERE salt IS NOT NULL AND "
              + conditions.sql();
      values.addAll(conditions.values());
    }
    PreparedStatement statement =
        connection.prepareStatement(
            "SELECT * FROM ("
                + sql
                + ") ORDER BY position "
                + (query.newestFirst() ? "DESC" : "ASC")
                + " LIMIT "
                + query.limit());
    for (int i = 0; i < values.size(); i++) {
      statement.setObject(i + 1, values.get(i));
    }
    return statement;
  }

  /** The event of a row. */
  static StoredEvent event(ResultSet row) throws SQLException, FormatException {
    return new StoredEvent(
        row.getLong(1),
        row.getBytes(2),
        AuditEvent.parse(row.getString(3).getBytes(StandardCharsets.UTF_8)));
  }

  /** A connection to the database, for who looks after the files. */
  Connection connection() throws SQLException {
    return database.duplicate();
  }

  /** A file's name in a statement. */
  String literal(StoreManifest.Part part) {
    return literal(folder.resolve(part.name()));
  }

  /** Names of our own making: numbers, in a folder that we chose. */
  String files(List<StoreManifest.Part> parts) {
    StringBuilder list = new StringBuilder("read_parquet([");
    for (StoreManifest.Part part : parts) {
      list.append(list.charAt(list.length() - 1) == '[' ? "" : ", ")
          .append(literal(folder.resolve(part.name())));
    }
    return list.append("])").toString();
  }

  /** Writes what is fresh below a position into a file; searches go on. On one thread. */
  void compact(long to, JsonObject sequences) throws IOException {
    StoreManifest before = manifest();
    StoreManifest.Part part = new StoreManifest.Part(before.size(), to);
    write("SELECT * FROM fresh WHERE position >= " + part.from() + " AND position < " + to, part);
    List<StoreManifest.Part> files = new ArrayList<>(before.files());
    files.add(part);
    replace(new StoreManifest(to, files, sequences));
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM fresh WHERE position < " + to);
      giveMemoryBack(statement);
    } catch (SQLException e) {
      throw new IOException("the audit store cannot forget what its files hold", e);
    }
  }

  /** Rows that were deleted hold memory until then; while somebody writes it is left for later. */
  private static void giveMemoryBack(Statement statement) {
    try {
      statement.execute("CHECKPOINT");
    } catch (SQLException e) {
      LOG.log(System.Logger.Level.DEBUG, "memory is given back after the next file", e);
    }
  }

  /** Makes one file of the newest ones; searches go on. On the same thread. */
  void merge(int newest) throws IOException {
    StoreManifest before = manifest();
    int first = before.files().size() - newest;
    List<StoreManifest.Part> merged = before.files().subList(first, before.files().size());
    StoreManifest.Part part =
        new StoreManifest.Part(merged.getFirst().from(), merged.getLast().to());
    write("SELECT * FROM " + files(merged), part);
    List<StoreManifest.Part> files = new ArrayList<>(before.files().subList(0, first));
    files.add(part);
    replace(new StoreManifest(before.size(), files, before.sequences()));
    for (StoreManifest.Part old : merged) {
      disk.delete(old.name());
    }
  }

  /** Writes a file again, with what a statement makes of it; on the same thread. */
  void rewrite(String select, StoreManifest.Part part) throws IOException {
    StoreManifest before = manifest();
    write(select, part.again());
    List<StoreManifest.Part> files = new ArrayList<>(before.files());
    files.set(files.indexOf(part), part.again());
    replace(new StoreManifest(before.size(), files, before.sequences()));
    disk.delete(part.name());
  }

  private void write(String select, StoreManifest.Part part) throws IOException {
    Path file = folder.resolve(part.name());
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY ("
              + select
              + " ORDER BY domain, tenant, entity, time, position) TO "
              + literal(file)
              + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE "
              + ROW_GROUP_EVENTS
              + ", DICTIONARY_SIZE_LIMIT "
              + DICTIONARY_MAX
              + ")");
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be written", e);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** The manifest is durable before it counts; nobody searches between the two sights. */
  private void replace(StoreManifest after) throws IOException {
    lock.writeLock().lock();
    try {
      after.write(disk);
      manifest = after;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** An event as the journal has it. */
  static StoredEvent stored(RecordedEvent record) throws FormatException {
    return new StoredEvent(record.position(), record.salt(), AuditEvent.parse(record.event()));
  }

  @Override
  public void close() throws IOException {
    lock.writeLock().lock();
    try {
      writing.close();
      database.close();
    } catch (SQLException e) {
      throw new IOException("the audit store does not close", e);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
