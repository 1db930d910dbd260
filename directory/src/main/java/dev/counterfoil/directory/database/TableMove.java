package dev.counterfoil.directory.database;

import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Moves tables from files of SQLite into a PostgreSQL: all of them, or none.
 *
 * <ol>
 *   <li>Both sides get the newest schema, which has the same tables.
 *   <li>The files are locked: nobody changes them until the end.
 *   <li>Each table is copied, parents first, in one transaction at the server.
 *   <li>In the same transaction each table is read back. Number and SHA-256 of its rows have to be
 *       those of the file.
 *   <li>Commit. A crash before leaves the server without people and clients, and after it a second
 *       run finds that everything is there. The files stay as they are.
 * </ol>
 */
public final class TableMove {
  private static final int ROWS_AT_ONCE = 500;
  private static final int WAIT_MS_MAX = 500;

  /** Tables that belong together, and the file that they are in. */
  public record Tables(TableSet set, Path file) {}

  /**
   * A table that is at the server as it is in the file.
   *
   * @param name with its schema
   * @param rows how many
   * @param sha256 over all rows in the order of the primary key: of each column its type, its
   *     length in 4 bytes, and its value
   */
  public record Moved(String name, long rows, Hash sha256) {}

  /** How a move ended. */
  public sealed interface Outcome {
    /**
     * Everything is there.
     *
     * @param before whether it was there already
     */
    record Done(List<Moved> tables, boolean before) implements Outcome {
      public Done {
        tables = List.copyOf(tables);
      }
    }

    /** The server has other rows in a table; nothing was changed. */
    record Occupied(String table, long rows) implements Outcome {}
  }

  private record Column(String name, String type, int keyOrder) {}

  private record Table(Tables of, String name, List<Column> columns, Set<String> parents) {
    private String qualified() {
      return TablePlace.Server.SCHEMA + of.set.name() + "." + name;
    }

    private String select(String from) {
      String key =
          columns.stream()
              .filter(column -> column.keyOrder > 0)
              .map(Column::name)
              .collect(Collectors.joining(", "));
      return "SELECT " + names() + " FROM " + from + (key.isEmpty() ? "" : " ORDER BY " + key);
    }

    private String names() {
      return columns.stream().map(Column::name).collect(Collectors.joining(", "));
    }
  }

  private TableMove() {}

  /**
   * Moves them.
   *
   * @throws IOException when a side cannot be opened, or what was read back differs
   * @throws SQLException when a side fails, or another process uses a file at the moment
   */
  public static Outcome move(List<Tables> all, TablePlace.Server to)
      throws IOException, SQLException {
    return move(all, 0, to, new ArrayList<>());
  }

  /** Opens one after the other, so that all are closed again. */
  private static Outcome move(
      List<Tables> all, int next, TablePlace.Server to, List<Connection> files)
      throws IOException, SQLException {
    if (next < all.size()) {
      Tables tables = all.get(next);
      requireUnused(tables.file);
      try (OpenTables _ = to.open(tables.set);
          OpenTables file = new TablePlace.File(tables.file).open(tables.set);
          Connection connection = file.pool().getConnection()) {
        connection.setAutoCommit(false);
        files.add(connection);
        return move(all, next + 1, to, files);
      }
    }
    List<Table> tables = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      tables.addAll(tablesOf(all.get(i), files.get(i)));
    }
    try (OpenTables server = to.open(all.getFirst().set);
        Connection connection = server.pool().getConnection()) {
      connection.setAutoCommit(false);
      try {
        return copy(all, tables, files, connection);
      } finally {
        // What was committed stays.
        connection.rollback();
      }
    }
  }

  /** Before the schema is looked at, which would wait long for another process. */
  private static void requireUnused(Path file) throws IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(WAIT_MS_MAX);
    try (Connection connection = config.createConnection("jdbc:sqlite:" + file)) {
      run(connection, "BEGIN IMMEDIATE");
      run(connection, "ROLLBACK");
    } catch (SQLException e) {
      throw new IOException("another process uses " + file + ": stop it first", e);
    }
  }

  private static Outcome copy(
      List<Tables> all, List<Table> tables, List<Connection> files, Connection server)
      throws IOException, SQLException {
    List<Moved> wanted = new ArrayList<>();
    List<Moved> present = new ArrayList<>();
    for (Table table : tables) {
      run(server, "LOCK TABLE " + table.qualified() + " IN EXCLUSIVE MODE");
      wanted.add(contents(table, table.name, files.get(all.indexOf(table.of)), null));
      present.add(contents(table, table.qualified(), server, null));
    }
    if (present.equals(wanted)) {
      return new Outcome.Done(wanted, true);
    }
    for (int i = 0; i < tables.size(); i++) {
      Table table = tables.get(i);
      if (table.of.set.filled().contains(table.name)) {
        run(server, "DELETE FROM " + table.qualified());
      } else if (present.get(i).rows > 0) {
        return new Outcome.Occupied(present.get(i).name, present.get(i).rows);
      }
    }
    for (int i = 0; i < tables.size(); i++) {
      Table table = tables.get(i);
      try (PreparedStatement insert =
          server.prepareStatement(
              "INSERT INTO "
                  + table.qualified()
                  + " ("
                  + table.names()
                  + ") OVERRIDING SYSTEM VALUE VALUES ("
                  + table.columns.stream().map(one -> "?").collect(Collectors.joining(", "))
                  + ")")) {
        contents(table, table.name, files.get(all.indexOf(table.of)), insert);
      }
      countOn(table, server);
      Moved found = contents(table, table.qualified(), server, null);
      if (!found.equals(wanted.get(i))) {
        throw new IOException(
            "table "
                + table.qualified()
                + " was read back otherwise than it was written, so nothing was moved");
      }
    }
    server.commit();
    return new Outcome.Done(wanted, false);
  }

  /** Numbers that the server gives from now on follow those that were moved. */
  private static void countOn(Table table, Connection server) throws SQLException {
    for (Column column : table.columns) {
      if (column.keyOrder > 0 && column.name.equals("id") && column.type.equals("INTEGER")) {
        run(
            server,
            "SELECT setval(pg_get_serial_sequence('%1$s', 'id'), max(id)) FROM %1$s HAVING max(id) IS NOT NULL"
                .formatted(table.qualified()));
      }
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The tables of a file, each behind those that it refers to. */
  private static List<Table> tablesOf(Tables of, Connection file) throws SQLException {
    List<Table> rest = new ArrayList<>();
    for (String name :
        texts(
            file,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                + " AND name <> 'flyway_schema_history' ORDER BY name",
            "name")) {
      List<Column> columns = new ArrayList<>();
      try (Statement statement = file.createStatement();
          ResultSet results = statement.executeQuery("PRAGMA table_info(" + name + ")")) {
        while (results.next()) {
          columns.add(
              new Column(
                  results.getString("name"), results.getString("type"), results.getInt("pk")));
        }
      }
      Set<String> parents =
          Set.copyOf(texts(file, "PRAGMA foreign_key_list(" + name + ")", "table"));
      rest.add(new Table(of, name, columns, parents));
    }
    List<Table> sorted = new ArrayList<>();
    while (!rest.isEmpty()) {
      Table next =
          rest.stream()
              .filter(one -> rest.stream().noneMatch(other -> one.parents.contains(other.name)))
              .findFirst()
              .orElseThrow();
      rest.remove(next);
      sorted.add(next);
    }
    return sorted;
  }

  private static List<String> texts(Connection file, String query, String column)
      throws SQLException {
    List<String> texts = new ArrayList<>();
    try (Statement statement = file.createStatement();
        ResultSet results = statement.executeQuery(query)) {
      while (results.next()) {
        texts.add(results.getString(column));
      }
    }
    return texts;
  }

  /** Reads a whole table, and puts each row into another one where there is one. */
  private static Moved contents(
      Table table, String from, Connection connection, @Nullable PreparedStatement insert)
      throws SQLException {
    MessageDigest digest = sha256();
    long rows = 0;
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(ROWS_AT_ONCE);
      try (ResultSet results = statement.executeQuery(table.select(from))) {
        while (results.next()) {
          for (int i = 1; i <= table.columns.size(); i++) {
            Object value = value(table.columns.get(i - 1), i, results);
            add(digest, value);
            if (insert != null) {
              insert.setObject(i, value);
            }
          }
          rows++;
          if (insert != null) {
            insert.addBatch();
            if (rows % ROWS_AT_ONCE == 0) {
              insert.executeBatch();
            }
          }
        }
      }
    }
    if (insert != null) {
      insert.executeBatch();
    }
    return new Moved(table.qualified(), rows, Hash.of(digest.digest()));
  }

  private static @Nullable Object value(Column column, int at, ResultSet results)
      throws SQLException {
    Object value =
        switch (column.type) {
          case "INTEGER" -> results.getLong(at);
          case "TEXT" -> results.getString(at);
          case "BLOB" -> results.getBytes(at);
          default -> throw new SQLException("a column of type " + column.type + " is not moved");
        };
    return results.wasNull() ? null : value;
  }

  private static void add(MessageDigest digest, @Nullable Object value) {
    byte[] bytes =
        switch (value) {
          case null -> new byte[0];
          case Long number -> ByteBuffer.allocate(Long.BYTES).putLong(number).array();
          case String text -> text.getBytes(StandardCharsets.UTF_8);
          default -> (byte[]) Objects.requireNonNull(value);
        };
    digest.update(
        (byte)
            switch (value) {
              case null -> 'n';
              case Long _ -> 'i';
              case String _ -> 't';
              default -> 'b';
            });
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
