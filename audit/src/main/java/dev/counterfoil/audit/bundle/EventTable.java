package dev.counterfoil.audit.bundle;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/**
 * Events that were given to somebody, as a table of his own: to keep as Parquet, or to ask with
 * SQL. The table holds these events and no others, so there is nothing that a statement could reach
 * beyond them: it is asked read-only, in a database that opens no file, loads no extension and
 * changes no setting, within a time and a size.
 */
public final class EventTable implements AutoCloseable {
  /** What the table has, one line for people. */
  public static final String COLUMNS =
      "position, time, logged_time, class_uid, activity_id, tenant, source, sequence, entity, actor,"
          + " client, token, key, address, session, message, event (JSON)";

  private static final String TYPES =
      "position BIGINT, time TIMESTAMP_MS, logged_time TIMESTAMP_MS, class_uid BIGINT, activity_id BIGINT,"
          + " tenant VARCHAR, source VARCHAR, sequence BIGINT, entity VARCHAR, actor VARCHAR,"
          + " client VARCHAR, token VARCHAR, key VARCHAR, address VARCHAR, session VARCHAR,"
          + " message VARCHAR, event JSON";

  private static final String FILE = "events.duckdb";

  private final Path folder;
  private DuckDBConnection database;
  private @Nullable DuckDBAppender appender;
  private boolean asked;

  /**
   * What a statement gave.
   *
   * @param columns their names
   * @param rows texts; null for SQL's NULL
   * @param cut whether there were more rows
   */
  public record Answer(List<String> columns, List<List<@Nullable String>> rows, boolean cut) {}

  /**
   * Limits of a statement.
   *
   * @param rows most rows of the answer
   * @param time longest time
   * @param memoryMebibytes most memory
   */
  public record Limits(int rows, Duration time, int memoryMebibytes) {}

  /** Says what is wrong with a statement. */
  public static final class StatementException extends Exception {
    private static final long serialVersionUID = 1L;

    StatementException(String message) {
      super(message);
    }
  }

  private EventTable(Path folder) throws SQLException {
    this.folder = folder;
    this.database = open(new Properties());
  }

  private DuckDBConnection open(Properties properties) throws SQLException {
    return (DuckDBConnection)
        DriverManager.getConnection("jdbc:duckdb:" + folder.resolve(FILE), properties);
  }

  private static Path temporary() throws IOException {
    return Files.createTempDirectory(
        "counterfoil-events",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** An empty one, in a temporary folder that goes with it. */
  public static EventTable create() throws IOException {
    try {
      EventTable table = new EventTable(temporary());
      table.execute("CREATE TABLE events (" + TYPES + ")");
      return table;
    } catch (SQLException e) {
      throw new IOException("the database of events does not open: " + e.getMessage(), e);
    }
  }

  /** The events of a Parquet file that {@link #writeParquet} wrote. */
  public static EventTable read(Path parquet) throws IOException {
    try {
      EventTable table = new EventTable(temporary());
      try {
        table.execute(
            "CREATE TABLE events AS SELECT * FROM read_parquet(" + literal(parquet) + ")");
        return table;
      } catch (SQLException e) {
        table.close();
        throw new IOException(parquet + " is no file of events: " + e.getMessage(), e);
      }
    } catch (SQLException e) {
      throw new IOException("the database of events does not open: " + e.getMessage(), e);
    }
  }

  private static String literal(Path path) {
    return "'" + path.toAbsolutePath().toString().replace("'", "''") + "'";
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = database.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Adds an event. */
  public void add(long position, AuditEvent event) throws IOException {
    try {
      DuckDBAppender to = appender;
      if (to == null) {
        to = database.createAppender(DuckDBConnection.DEFAULT_SCHEMA, "events");
        appender = to;
      }
      AuditEvent.Keys keys = event.keys();
      to.beginRow();
      to.append(position);
      to.appendEpochMillis(event.timeMillis());
      to.appendEpochMillis(event.loggedMillis());
      to.append(event.classUid());
      to.append(event.activityId());
      to.append(event.tenant());
      append(to, event.reporter());
      to.append(event.sequence());
      append(to, keys.entity());
      append(to, keys.actor());
      append(to, keys.client());
      append(to, keys.token());
      append(to, keys.key());
      append(to, keys.address());
      append(to, keys.session());
      append(to, message(event));
      to.append(new String(event.canonicalBytes(), StandardCharsets.UTF_8));
      to.endRow();
    } catch (SQLException e) {
      throw new IOException("an event cannot be kept: " + e.getMessage(), e);
    }
  }

  private static Optional<String> message(AuditEvent event) {
    try {
      return event.json().optionalString("message");
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static void append(DuckDBAppender to, Optional<String> text) throws SQLException {
    if (text.isPresent()) {
      to.append(text.get());
    } else {
      to.appendNull();
    }
  }

  private void flush() throws SQLException {
    if (appender != null) {
      appender.close();
      appender = null;
    }
  }

  /** Writes the table into a file, which must not exist. */
  public void writeParquet(Path file) throws IOException {
    try {
      flush();
      execute("COPY events TO " + literal(file) + " (FORMAT parquet, COMPRESSION zstd)");
    } catch (SQLException e) {
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Asks a statement; nothing can be added any more.
   *
   * @throws StatementException saying what is wrong with it, or which limit it met
   */
  public Answer ask(String sql, Limits limits) throws IOException, StatementException {
    try {
      if (!asked) {
        flush();
        database.close();
        Properties properties = new Properties();
        properties.setProperty(DuckDBDriver.DUCKDB_READONLY_PROPERTY, "true");
        properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
        database = open(properties);
        execute("SET memory_limit = '" + limits.memoryMebibytes() + "MB'");
        execute("SET threads = 2");
        execute("SET temp_directory = ''");
        execute("SET autoinstall_known_extensions = false");
        execute("SET autoload_known_extensions = false");
        execute("SET enable_external_access = false");
        execute("SET lock_configuration = true");
        asked = true;
      }
    } catch (SQLException e) {
      throw new IOException("the database of events does not open: " + e.getMessage(), e);
    }
    try (Statement statement = database.createStatement();
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor()) {
      long begun = System.nanoTime();
      var cancelling =
          watch.scheduleAtFixedRate(
              () -> cancel(statement), limits.time().toMillis(), 200, TimeUnit.MILLISECONDS);
      try (ResultSet rows = statement.executeQuery(sql)) {
        return answer(rows, limits.rows());
      } catch (SQLException e) {
        if (System.nanoTime() - begun >= limits.time().toNanos()) {
          throw new StatementException(
              "it took longer than %d s and was ended: ask for less"
                  .formatted(limits.time().toSeconds()));
        }
        String message = String.valueOf(e.getMessage());
        throw new StatementException(
            message.contains("Out of Memory")
                ? "it needs more than %d MiB: ask for less".formatted(limits.memoryMebibytes())
                : message);
      } finally {
        cancelling.cancel(false);
        watch.shutdownNow();
      }
    } catch (SQLException e) {
      throw new IOException("the database of events failed: " + e.getMessage(), e);
    }
  }

  private static void cancel(Statement statement) {
    try {
      statement.cancel();
    } catch (SQLException e) {
      System.getLogger(EventTable.class.getName())
          .log(System.Logger.Level.DEBUG, "a statement ended by itself", e);
    }
  }

  private static Answer answer(ResultSet rows, int rowsMax) throws SQLException {
    ResultSetMetaData about = rows.getMetaData();
    List<String> columns = new ArrayList<>();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      columns.add(about.getColumnLabel(i));
    }
    List<List<@Nullable String>> all = new ArrayList<>();
    while (rows.next()) {
      if (all.size() == rowsMax) {
        return new Answer(columns, all, true);
      }
      List<@Nullable String> row = new ArrayList<>(columns.size());
      for (int i = 1; i <= columns.size(); i++) {
        row.add(rows.getString(i));
      }
      all.add(row);
    }
    return new Answer(columns, all, false);
  }

  @Override
  public void close() throws IOException {
    try {
      flush();
      database.close();
    } catch (SQLException e) {
      throw new IOException("the database of events does not close", e);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
