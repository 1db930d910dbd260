package dev.counterfoil.directory.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;
import org.postgresql.PGStatement;

/**
 * Asks the database for the plan of each statement of a room, just before it runs. A plan that
 * reads a whole table costs more with each row that others add.
 */
public final class QueryPlans implements SqlLogger {
  private static final Pattern SITE =
      Pattern.compile("\\.(createQuery|createUpdate|prepareBatch)\\(|handle\\.execute\\(");

  // SQLite: "SCAN person", also "USING INDEX"; PostgreSQL: a scan that no condition bounds.
  private static final Pattern SQLITE_SCAN = Pattern.compile("^SCAN (?!CONSTANT)(\\w+)");
  private static final Pattern POSTGRES_SCAN =
      Pattern.compile("(Seq|Index|Index Only|Bitmap Heap|Tid) Scan.* on (\\w+)");

  private final String room;
  private final Map<String, Set<String>> scanned = new TreeMap<>();
  private final Set<String> sites = new TreeSet<>();

  /**
   * For the classes of one package.
   *
   * @param room its name
   */
  public QueryPlans(String room) {
    this.room = room;
  }

  /** In which a plan reads no whole table if it has another choice: tables of tests are small. */
  public static TablePlace withoutSequentialScans(PostgresServer server) throws SQLException {
    String database = server.makeDatabase();
    server.run("postgres", "ALTER DATABASE " + database + " SET enable_seqscan = off");
    return server.place(database);
  }

  @Override
  public void logBeforeExecution(StatementContext context) {
    sites.add(site());
    try {
      String sql = context.getParsedSql().getSql();
      Set<String> found = scans(context);
      if (!found.isEmpty()) {
        scanned.computeIfAbsent(sql, _ -> new TreeSet<>()).addAll(found);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(context.getRenderedSql(), e);
    }
  }

  /** Statements that read whole tables, and which. */
  public Map<String, Set<String>> scanned() {
    return scanned;
  }

  /** Sources of the room of which not every statement ran, with both numbers. */
  public List<String> sourcesWithUnseen() {
    List<String> unseen = new ArrayList<>();
    try (Stream<Path> sources =
        Files.list(Path.of("src/main/java").resolve(room.replace('.', '/')))) {
      for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        long written = SITE.matcher(Files.readString(source)).results().count();
        List<String> seen =
            sites.stream().filter(site -> site.startsWith(source.getFileName() + ":")).toList();
        if (seen.size() != written) {
          unseen.add(source.getFileName() + ": " + written + " written, seen " + seen);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return unseen;
  }

  private String site() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(
                        frame ->
                            frame.getClassName().startsWith(room + ".")
                                && !frame.getClassName().contains("Test")
                                && !frame.getClassName().equals(QueryPlans.class.getName()))
                    .findFirst()
                    .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
                    .orElse("a test"));
  }

  private static Set<String> scans(StatementContext context) throws SQLException {
    Connection connection = context.getConnection();
    boolean isSqlite = connection.getMetaData().getDatabaseProductName().equals("SQLite");
    boolean isBatch = context.getStatement() == null;
    String parsed = context.getParsedSql().getSql();
    String sql =
        isSqlite
            ? "EXPLAIN QUERY PLAN " + parsed
            : isBatch
                ? "EXPLAIN EXECUTE batch (NULL"
                    + parsed.replaceAll("[^?]", "").substring(1).replace("?", ", NULL")
                    + ")"
                // PostgreSQL's driver gives a statement with its values.
                : "EXPLAIN " + context.getStatement().unwrap(PGStatement.class);
    List<String> steps = new ArrayList<>();
    try (Statement explain = connection.createStatement()) {
      if (isBatch && !isSqlite) {
        explain.execute("SET LOCAL plan_cache_mode = force_generic_plan");
        explain.execute("PREPARE batch AS " + numbered(parsed));
      }
      try (ResultSet rows = explain.executeQuery(sql)) {
        while (rows.next()) {
          steps.add(rows.getString(isSqlite ? "detail" : "QUERY PLAN"));
        }
      }
    }
    Set<String> found = new TreeSet<>();
    for (int i = 0; i < steps.size(); i++) {
      Matcher step = (isSqlite ? SQLITE_SCAN : POSTGRES_SCAN).matcher(steps.get(i));
      if (step.find() && (isSqlite || !hasCondition(steps.subList(i + 1, steps.size())))) {
        found.add(step.group(step.groupCount()));
      }
    }
    return found;
  }

  /** A batch has no statement with values: PostgreSQL names those that are to come by numbers. */
  private static String numbered(String sql) {
    AtomicInteger number = new AtomicInteger();
    return Pattern.compile("\\?").matcher(sql).replaceAll(_ -> "\\$" + number.incrementAndGet());
  }

  /** Whether a condition bounds a scan, among the lines below it. */
  private static boolean hasCondition(List<String> below) {
    for (String line : below) {
      if (line.contains("Index Cond:") || line.contains("Recheck Cond:")) {
        return true;
      }
      if (line.contains("->")) {
        return false;
      }
    }
    return false;
  }
}
