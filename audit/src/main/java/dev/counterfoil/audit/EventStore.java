package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.log.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

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

  /** Length about of the events of one search: taken apart they weigh several times as much. */
  private static final long FOUND_BYTES = 2 << 20;

  private static final int WALKS_MAX = 2;

  /** Of the free disk, at a start, a fourth. */
  private static final int TEMPORARY_PART = 4;

  private static final int ROW_GROUP_EVENTS = 100_000;

  /** Positions that are looked through for words at a time. */
  private static final long WINDOW_EVENTS = 100_000;

  /** So that columns of identifiers are dictionary-encoded, for which bloom filters are written. */
  private static final int DICTIONARY_MAX = 130_000;

  private static final int DICTIONARY_BYTES_MAX = 64 << 20;

  /** What one query looks through at most, where it is not for something rare. */
  private static final long EVENTS_AT_ONCE = 2_000_000;

  private static final String COLUMNS =
      "domain VARCHAR, time BIGINT, position BIGINT, class_uid BIGINT, activity_id BIGINT,"
          + " sequence BIGINT, delay BIGINT, words BLOB, items VARCHAR, rest VARCHAR, forgotten VARCHAR, "
          + String.join(" VARCHAR, ", EventRow.TEXTS)
          + " VARCHAR";

  /** What {@link #event} reads, first of all columns. */
  static final String SELECTED =
      "position, time, class_uid, activity_id, sequence, delay, words, items, rest, "
          + String.join(", ", EventRow.TEXTS);

  private static final int TEXTS_FROM = 10;

  private final Path folder;
  private final Disk disk;
  private final Names names;
  private final DuckDBConnection database;
  private final DuckDBConnection writing;
  private final Semaphore searches = new Semaphore(SEARCHES_MAX);
  private final Semaphore walks = new Semaphore(WALKS_MAX);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> inUse = new HashMap<>();
  private final Set<String> retired = new HashSet<>();
  private StoreManifest manifest;

  /** Files that are not merged, since their events together are too long; on the same thread. */
  private final Set<String> alone = new HashSet<>();

  /** Says that a file would take more memory than the database has. */
  private static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(SQLException cause) {
      super("a file of the audit store would take more memory than there is", cause);
    }
  }

  /** Says that too many search at a time. */
  static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Takes rows one after another, as long as it says that it wants more. */
  @FunctionalInterface
  private interface RowTaker {
    boolean takes(Row row) throws IOException;
  }

  /** Takes rows one after another. */
  @FunctionalInterface
  interface RowVisitor {
    void row(Row row) throws IOException;
  }

  /**
   * A row as it lies in the store; its event is put together by whoever wants it, on any thread.
   *
   * @param names whose keys open it
   * @param position in the audit log
   * @param words sealed
   * @param numbers of the event
   * @param columns of texts
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(
      Names names,
      long position,
      byte @Nullable [] words,
      EventRow.Numbers numbers,
      List<@Nullable String> columns,
      @Nullable String items,
      String rest) {
    /**
     * The event.
     *
     * @throws FormatException when the row was changed so that it is none
     */
    StoredEvent event() throws FormatException {
      EventPeople people = EventPeople.inRow(names, columns);
      AuditEvent event =
          EventRow.event(
              numbers,
              people.texts(columns),
              items,
              words == null ? null : people.open(words),
              rest);
      return new StoredEvent(position, people.salt(event), event, Optional.of(people));
    }

    /** The texts by which it is found. */
    List<@Nullable String> texts() throws FormatException {
      return EventPeople.inRow(names, columns).texts(columns);
    }

    /** Whether it is of somebody who is forgotten. */
    boolean isForgotten() {
      return isForgotten(columns.get(EventRow.ACTOR)) || isForgotten(columns.get(EventRow.ENTITY));
    }

    private boolean isForgotten(@Nullable String column) {
      return column != null && column.startsWith("~") && names.isForgotten(column.substring(1));
    }
  }

  private EventStore(Path folder, Disk disk, Names names, StoreManifest manifest)
      throws SQLException, IOException {
    this.folder = folder;
    this.disk = disk;
    this.names = names;
    this.manifest = manifest;
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    this.database = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", properties);
    try (Statement statement = database.createStatement()) {
      statement.execute("SET memory_limit = '512MB'");
      statement.execute("SET threads = 2");
      // A file never changes under its name.
      statement.execute("SET parquet_metadata_cache = true");
      statement.execute("SET autoinstall_known_extensions = false");
      statement.execute("SET autoload_known_extensions = false");
      statement.execute("SET temp_directory = " + literal(folder.resolve("spill")));
      // What a search or a merge lays aside leaves room for the journal, which is on the same disk.
      statement.execute(
          "SET max_temp_directory_size = '"
              + Math.max(1, (disk.freeBytes() >> 20) / TEMPORARY_PART)
              + "MB'");
      statement.execute("SET allowed_directories = [" + literal(folder) + "]");
      statement.execute("SET enable_external_access = false");
      statement.execute("CREATE TABLE fresh (" + COLUMNS + ")");
      statement.execute("SET lock_configuration = true");
    }
    this.writing = database.duplicate();
  }

  /**
   * Opens the store in a folder of its own; removes what a crash left half written.
   *
   * @param names whose events they are
   */
  static EventStore open(Path folder, Names names) throws IOException {
    return open(folder, names, AuditDisks.FOLDERS);
  }

  static EventStore open(Path folder, Names names, AuditDisks disks) throws IOException {
    Path absolute = folder.toAbsolutePath().normalize();
    Disk disk = disks.open(absolute);
    StoreManifest manifest = StoreManifest.read(disk);
    List<String> named = manifest.files().stream().map(StoreManifest.Part::name).toList();
    for (String name : disk.names()) {
      if (name.contains(".parquet") && !named.contains(name)) {
        disk.delete(name);
      }
    }
    try {
      return new EventStore(absolute, disk, names, manifest);
    } catch (SQLException e) {
      throw new IOException("the audit store's database does not open: " + e.getMessage(), e);
    }
  }

  private static String literal(Path path) {
    return "'" + path.toString().replace("'", "''") + "'";
  }

  /** What is in the files. */
  StoreManifest manifest() {
    lock.lock();
    try {
      return manifest;
    } finally {
      lock.unlock();
    }
  }

  /** Adds events to what is fresh; on the indexer's thread only. Found when this returns. */
  void add(List<? extends Kept> events) throws IOException {
    try (DuckDBAppender appender =
        writing.createAppender(DuckDBConnection.DEFAULT_SCHEMA, "fresh")) {
      for (Kept one : events) {
        appender.beginRow();
        switch (one) {
          case StoredEvent stored -> add(appender, stored);
          case EventOutline outline -> add(appender, outline);
        }
        appender.endRow();
      }
    } catch (SQLException e) {
      throw new IOException("the audit store takes no events", e);
    }
  }

  private static void add(DuckDBAppender appender, StoredEvent one) throws SQLException {
    AuditEvent event = one.event();
    EventRow row = EventRow.of(event);
    appender.append(row.domain());
    appender.append(event.timeMillis());
    appender.append(one.position());
    appender.append(event.classUid());
    appender.append(event.activityId());
    appender.append(event.sequence());
    appender.append(event.loggedMillis() - event.timeMillis());
    String words = row.words();
    if (words == null) {
      appender.appendNull();
    } else {
      appender.append(one.people().seal(words));
    }
    append(appender, row.items());
    appender.append(row.rest());
    appender.appendNull();
    for (String text : one.people().columns(row.texts())) {
      append(appender, text);
    }
  }

  /** Of what is forgotten a row is left that says whose it was, and who is forgotten. */
  private void add(DuckDBAppender appender, EventOutline one) throws SQLException {
    appender.append(one.fence().domain());
    appender.appendNull();
    appender.append(one.position());
    for (int i = 0; i < 7; i++) {
      appender.appendNull();
    }
    append(appender, one.forgotten(names).orElse(null));
    appender.append(one.tenant());
    for (int i = 1; i < EventRow.TEXTS.size(); i++) {
      appender.appendNull();
    }
  }

  private static void append(DuckDBAppender appender, @Nullable String text) throws SQLException {
    if (text == null) {
      appender.appendNull();
    } else {
      appender.append(text);
    }
  }

  /**
   * What a search gave.
   *
   * @param events no more than was asked for, and no longer together than there is memory for
   * @param more whether there may be more
   */
  record Found(List<StoredEvent> events, boolean more) {}

  /**
   * The events that a query selects, inside of a fence.
   *
   * @throws BusyException when too many search already
   * @throws IOException also when it takes too long
   */
  Found search(Fence fence, EventQuery query) throws IOException {
    if (!searches.tryAcquire()) {
      throw new BusyException();
    }
    try (Sight sight = new Sight()) {
      List<StoredEvent> found = new ArrayList<>();
      long[] bytes = {0};
      long deadline = System.nanoTime() + SEARCH_TIME_MAX.toNanos();
      for (Sight.Group group : sight.groups(query)) {
        sight.select(
            fence,
            group.query(),
            group.parts(),
            query.limit() - found.size(),
            row -> {
              StoredEvent one = event(row);
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
    } finally {
      searches.release();
    }
  }

  /**
   * Gives all events that a query selects, in the order of their positions; its limit counts for
   * nothing.
   *
   * @throws BusyException when too many do that already
   */
  void walk(Fence fence, EventQuery query, RowVisitor visitor) throws IOException {
    if (!walks.tryAcquire()) {
      throw new BusyException();
    }
    try (Sight sight = new Sight()) {
      EventQuery ordered = query.page(query.after(), query.before(), EventQuery.LIMIT_MAX);
      for (StoreManifest.Part part : sight.parts(ordered)) {
        sight.select(
            fence,
            ordered,
            List.of(part),
            Long.MAX_VALUE,
            row -> {
              visitor.row(row);
              return true;
            });
      }
    } catch (SQLException e) {
      throw new IOException("the audit store cannot be read", e);
    } finally {
      walks.release();
    }
  }

  /**
   * What is there at a moment: files that stay until it is closed, and a transaction's sight of
   * what is fresh, from which nothing is gone that is not in the files.
   */
  private final class Sight implements AutoCloseable {
    private final StoreManifest files;
    private final Connection connection;

    Sight() throws SQLException {
      lock.lock();
      try {
        files = manifest;
        connection = database.duplicate();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
            ResultSet begun = statement.executeQuery("SELECT 1 FROM fresh LIMIT 0")) {
          begun.next();
        }
        files.files().forEach(part -> inUse.merge(part.name(), 1, Integer::sum));
      } finally {
        lock.unlock();
      }
    }

    /** In the order of positions; the last one is what is fresh. */
    List<StoreManifest.Part> parts(EventQuery query) {
      List<StoreManifest.Part> parts = new ArrayList<>(files.files());
      parts.add(new StoreManifest.Part(files.size(), Long.MAX_VALUE));
      parts.removeIf(part -> part.to() - 1 <= query.after() || part.from() >= query.before());
      return parts;
    }

    /** What is asked of which files. */
    record Group(EventQuery query, List<StoreManifest.Part> parts) {}

    /** What is looked through at a time, in the query's order. */
    List<Group> groups(EventQuery query) {
      if (query.text().isPresent()) {
        return windows(query);
      }
      List<StoreManifest.Part> parts = parts(query);
      if (query.isForSomethingRare()) {
        return List.of(new Group(query, parts));
      }
      List<List<StoreManifest.Part>> groups = new ArrayList<>();
      long events = 0;
      for (StoreManifest.Part part : query.newestFirst() ? parts.reversed() : parts) {
        long here = part.to() == Long.MAX_VALUE ? 0 : part.events();
        if (groups.isEmpty() || events + here > EVENTS_AT_ONCE) {
          groups.add(new ArrayList<>());
          events = 0;
        }
        groups.getLast().add(part);
        events += here;
      }
      return groups.stream().map(some -> new Group(query, some)).toList();
    }

    /** Words are looked for in events that were put together, so few are taken at a time. */
    private List<Group> windows(EventQuery query) {
      List<Group> windows = new ArrayList<>();
      for (StoreManifest.Part part : parts(query)) {
        long to = Math.min(part.to(), query.before());
        for (long from = Math.max(part.from(), query.after() + 1); from < to; ) {
          long end = part.to() == Long.MAX_VALUE ? to : Math.min(to, from + WINDOW_EVENTS);
          windows.add(new Group(query.between(from - 1, end), List.of(part)));
          from = end;
        }
      }
      return query.newestFirst() ? windows.reversed() : windows;
    }

    void select(
        Fence fence, EventQuery query, List<StoreManifest.Part> parts, long limit, RowTaker taker)
        throws SQLException, IOException {
      if (parts.isEmpty()) {
        return;
      }
      try (PreparedStatement statement = prepare(fence, query, parts, limit)) {
        if (limit < Long.MAX_VALUE) {
          statement.setQueryTimeout((int) SEARCH_TIME_MAX.toSeconds());
        }
        try (ResultSet rows = statement.executeQuery()) {
          boolean goesOn = true;
          for (long found = 0; goesOn && found < limit && rows.next(); ) {
            Row row = row(rows);
            // A file of somebody who is forgotten is written again in a moment.
            if (!row.isForgotten()
                && (query.text().isEmpty() || query.hasWords(event(row).event()))) {
              goesOn = taker.takes(row);
              found++;
            }
          }
        }
      }
    }

    private PreparedStatement prepare(
        Fence fence, EventQuery query, List<StoreManifest.Part> parts, long limit)
        throws SQLException {
      List<String> selects = new ArrayList<>();
      List<Object> values = new ArrayList<>();
      List<StoreManifest.Part> inFiles =
          parts.stream().filter(part -> part.to() < Long.MAX_VALUE).toList();
      for (EventQuery.Conditions conditions : query.conditions(fence, names)) {
        if (!inFiles.isEmpty()) {
          // Of what was deleted a row is left that has nothing else.
          selects.add(
              "SELECT "
                  + SELECTED
                  + " FROM "
                  + files(inFiles)
                  + conditions.where()
                  + " AND rest IS NOT NULL");
          values.addAll(conditions.values());
        }
        if (inFiles.size() < parts.size()) {
          // What the files hold may still lie in memory for a moment: it is found once.
          selects.add(
              "SELECT "
                  + SELECTED
                  + " FROM fresh"
                  + conditions.where()
                  + " AND position >= "
                  + files.size());
          values.addAll(conditions.values());
        }
      }
      PreparedStatement statement =
          connection.prepareStatement(
              "SELECT * FROM ("
                  + String.join(" UNION ALL ", selects)
                  + ") ORDER BY position "
                  + (query.newestFirst() ? "DESC" : "ASC")
                  + (limit < Long.MAX_VALUE && query.text().isEmpty() ? " LIMIT " + limit : ""));
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      return statement;
    }

    @Override
    public void close() throws SQLException, IOException {
      try {
        connection.close();
      } finally {
        lock.lock();
        try {
          for (StoreManifest.Part part : files.files()) {
            if (inUse.merge(part.name(), -1, Integer::sum) == 0) {
              inUse.remove(part.name());
            }
          }
          deleteRetired();
        } finally {
          lock.unlock();
        }
      }
    }
  }

  /** The event of a row that was found. */
  StoredEvent event(Row row) throws IOException {
    try {
      return row.event();
    } catch (FormatException e) {
      throw new IOException(
          "the audit store holds what is no event: it was changed; stop, remove " + folder, e);
    }
  }

  /** The row that a result is at. */
  Row row(ResultSet row) throws SQLException {
    long timeMillis = row.getLong(2);
    List<@Nullable String> columns = new ArrayList<>(EventRow.TEXTS.size());
    for (int i = 0; i < EventRow.TEXTS.size(); i++) {
      columns.add(row.getString(TEXTS_FROM + i));
    }
    return new Row(
        names,
        row.getLong(1),
        row.getBytes(7),
        new EventRow.Numbers(
            row.getLong(3),
            row.getLong(4),
            timeMillis,
            row.getLong(5),
            timeMillis + row.getLong(6)),
        columns,
        row.getString(8),
        row.getString(9));
  }

  /** Whether nothing is left of a row but whose it was, and where it stood. */
  static boolean isEmptied(ResultSet row) throws SQLException {
    return row.getString(9) == null;
  }

  /** Whether a pseudonym was somebody's who is forgotten. */
  boolean knowsAsForgotten(String pseudonym) {
    return names.isForgotten(pseudonym);
  }

  /** A connection to the database, for who looks after the files. */
  Connection connection() throws SQLException {
    return database.duplicate();
  }

  /** The columns of a file. */
  List<String> columns(StoreManifest.Part part) throws IOException {
    List<String> columns = new ArrayList<>();
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("DESCRIBE SELECT * FROM " + files(List.of(part)))) {
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

  /** Writes what is fresh below a position into files; searches go on. On one thread. */
  void compact(long to, JsonObject sequences) throws IOException {
    StoreManifest before = manifest();
    List<StoreManifest.Part> files = new ArrayList<>(before.files());
    writeFresh(new StoreManifest.Part(before.size(), to), files);
    replace(new StoreManifest(to, files, sequences));
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM fresh WHERE position < " + to);
      giveMemoryBack(statement);
    } catch (SQLException e) {
      throw new IOException("the audit store cannot forget what its files hold", e);
    }
  }

  /**
   * One file, or several where its events are so long that the database, which takes a few thousand
   * rows at a time, has no memory for one: a source may not end us by what it reports.
   */
  private void writeFresh(StoreManifest.Part part, List<StoreManifest.Part> written)
      throws IOException {
    try {
      write(
          "SELECT * FROM fresh WHERE position >= " + part.from() + " AND position < " + part.to(),
          part);
      written.add(part);
    } catch (TooLargeException e) {
      if (part.events() < 2) {
        throw e;
      }
      long middle = part.from() + part.events() / 2;
      writeFresh(new StoreManifest.Part(part.from(), middle), written);
      writeFresh(new StoreManifest.Part(middle, part.to()), written);
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

  /** The newest files, those that may become one; on the same thread. */
  List<StoreManifest.Part> mergeable() {
    List<StoreManifest.Part> files = manifest().files();
    int from = files.size();
    while (from > 0 && !alone.contains(files.get(from - 1).name())) {
      from--;
    }
    return files.subList(from, files.size());
  }

  /**
   * Makes one file of the newest ones, or leaves them as they are for good where there is not
   * memory enough for it; searches go on. On the same thread.
   */
  void merge(int newest) throws IOException {
    StoreManifest before = manifest();
    int first = before.files().size() - newest;
    List<StoreManifest.Part> merged = before.files().subList(first, before.files().size());
    StoreManifest.Part part =
        new StoreManifest.Part(merged.getFirst().from(), merged.getLast().to());
    try {
      write("SELECT * FROM " + files(merged), part);
    } catch (TooLargeException e) {
      merged.forEach(one -> alone.add(one.name()));
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} files of long events stay as they are: there is no memory to make one of them",
          newest);
      return;
    }
    List<StoreManifest.Part> files = new ArrayList<>(before.files().subList(0, first));
    files.add(part);
    replace(new StoreManifest(before.size(), files, before.sequences()));
    retire(merged);
  }

  private void retire(List<StoreManifest.Part> parts) throws IOException {
    lock.lock();
    try {
      parts.forEach(old -> retired.add(old.name()));
      deleteRetired();
    } finally {
      lock.unlock();
    }
  }

  /** A file that a search still reads goes with the search. */
  private void deleteRetired() throws IOException {
    for (String name : List.copyOf(retired)) {
      if (!inUse.containsKey(name)) {
        retired.remove(name);
        disk.delete(name);
      }
    }
  }

  /** Writes a file again, with what a statement makes of it; on the same thread. */
  void rewrite(String select, StoreManifest.Part part) throws IOException {
    StoreManifest before = manifest();
    write(select, part.again());
    List<StoreManifest.Part> files = new ArrayList<>(before.files());
    files.set(files.indexOf(part), part.again());
    replace(new StoreManifest(before.size(), files, before.sequences()));
    retire(List.of(part));
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
              + ", STRING_DICTIONARY_PAGE_SIZE_LIMIT "
              + DICTIONARY_BYTES_MAX
              + ")");
    } catch (SQLException e) {
      disk.delete(part.name());
      if (String.valueOf(e.getMessage()).contains("Out of Memory")) {
        throw new TooLargeException(e);
      }
      throw new IOException("a file of the audit store cannot be written", e);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** The manifest is durable before it counts. */
  private void replace(StoreManifest after) throws IOException {
    lock.lock();
    try {
      after.write(disk);
      manifest = after;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      writing.close();
      database.close();
    } catch (SQLException e) {
      throw new IOException("the audit store does not close", e);
    } finally {
      lock.unlock();
    }
  }
}
