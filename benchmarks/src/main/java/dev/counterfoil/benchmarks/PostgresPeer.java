package dev.counterfoil.benchmarks;

import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.postgresql.PGConnection;

/**
 * What a team would reach for instead: PostgreSQL, Debian's, with a table of typed columns and the
 * event as {@code jsonb}, and an index for each of the searches. Its data folder is its own user's,
 * since it does not run as root.
 */
final class PostgresPeer implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofMinutes(1);

  /** Connections that take events in. */
  static final int WRITERS = 4;

  private static final String TABLE =
      """
      CREATE TABLE events (position bigserial PRIMARY KEY, tenant text NOT NULL, entity text,
        time timestamptz NOT NULL, class int NOT NULL, actor text, client text, token text,
        key text, address text, session text, source text NOT NULL, salt bytea NOT NULL,
        event jsonb NOT NULL)
      """;
  private static final List<String> INDEXES =
      List.of(
          "CREATE INDEX ON events (token)",
          "CREATE INDEX ON events (tenant, entity, time)",
          "CREATE INDEX ON events USING gin ((event->'item_uids') jsonb_path_ops)");
  private static final String COLUMNS =
      "tenant, entity, time, class, actor, client, token, key, address, session, source, salt, event";

  private final Child child;
  private final Path folder;
  private final String url;

  private PostgresPeer(Child child, Path folder, String url) {
    this.child = child;
    this.folder = folder;
    this.url = url;
  }

  static PostgresPeer start(Path logs) throws IOException, InterruptedException, SQLException {
    Path bin = bin();
    Path folder =
        Files.createTempDirectory(
            "counterfoil-bench-pg",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    List<String> as = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres"));
      as.addAll(
          List.of(
              "setpriv",
              "--reuid=postgres",
              "--regid=postgres",
              "--clear-groups",
              "--pdeathsig",
              "TERM",
              "--"));
    }
    List<String> init = new ArrayList<>(as);
    init.addAll(
        List.of(
            bin.resolve("initdb").toString(),
            "--auth=trust",
            "--username=bench",
            "--pgdata",
            folder.toString()));
    try (Child made =
        Child.start("initdb", Path.of("/"), logs.resolve("initdb.log"), Map.of(), init)) {
      if (made.await(START_MAX) != 0) {
        throw new IllegalStateException("initdb failed." + made.shown());
      }
    }
    int port = Ports.free();
    List<String> command = new ArrayList<>(as);
    command.addAll(
        List.of(
            bin.resolve("postgres").toString(),
            "-D",
            folder.toString(),
            "-p",
            Integer.toString(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "shared_buffers=1GB",
            "-c",
            "max_wal_size=8GB",
            "-c",
            "maintenance_work_mem=512MB"));
    Child child =
        Child.start("postgres", Path.of("/"), logs.resolve("postgres.log"), Map.of(), command);
    PostgresPeer peer =
        new PostgresPeer(
            child,
            folder,
            "jdbc:postgresql://127.0.0.1:"
                + port
                + "/postgres?user=bench&reWriteBatchedInserts=true");
    peer.awaitReady();
    peer.execute(TABLE);
    return peer;
  }

  private static Path bin() throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .max(
              (a, b) ->
                  Double.compare(
                      Double.parseDouble(a.getFileName().toString()),
                      Double.parseDouble(b.getFileName().toString())))
          .orElseThrow()
          .resolve("bin");
    }
  }

  private void awaitReady() throws InterruptedException, SQLException {
    long begun = System.nanoTime();
    while (true) {
      try (Connection connection = DriverManager.getConnection(url)) {
        if (connection.isValid(1)) {
          return;
        }
      } catch (SQLException e) {
        if (!child.isAlive() || System.nanoTime() - begun > START_MAX.toNanos()) {
          throw e;
        }
      }
      Thread.sleep(50);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  String version() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW server_version")) {
      rows.next();
      return rows.getString(1);
    }
  }

  void index() throws SQLException {
    for (String index : INDEXES) {
      execute(index);
    }
    execute("ANALYZE events");
  }

  /**
   * Events a second with the indexes there: batches of 100, each durable before the next, from
   * several connections.
   */
  double intake(Supplier<List<AuditEvent>> batches, Duration length) throws Exception {
    long end = System.nanoTime() + length.toNanos();
    long begun = System.nanoTime();
    long events = 0;
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        running.add(writers.submit(() -> insertUntil(batches, end)));
      }
      for (Future<Long> one : running) {
        events += one.get();
      }
    }
    return events / ((System.nanoTime() - begun) / 1e9);
  }

  private long insertUntil(Supplier<List<AuditEvent>> batches, long end) throws SQLException {
    long events = 0;
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO events ("
                    + COLUMNS
                    + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)")) {
      connection.setAutoCommit(false);
      while (System.nanoTime() < end) {
        List<AuditEvent> batch = batches.get();
        for (AuditEvent event : batch) {
          bind(insert, event);
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
        events += batch.size();
      }
    }
    return events;
  }

  private static void bind(PreparedStatement insert, AuditEvent event) throws SQLException {
    AuditEvent.Keys keys = event.keys();
    insert.setString(1, event.tenant());
    insert.setString(2, keys.entity().orElse(null));
    insert.setTimestamp(3, new Timestamp(event.timeMillis()));
    insert.setInt(4, (int) event.classUid());
    insert.setString(5, keys.actor().orElse(null));
    insert.setString(6, keys.client().orElse(null));
    insert.setString(7, keys.token().orElse(null));
    insert.setString(8, keys.key().orElse(null));
    insert.setString(9, keys.address().orElse(null));
    insert.setString(10, keys.session().orElse(null));
    insert.setString(11, event.reporter().orElse(""));
    insert.setBytes(12, new byte[16]);
    insert.setString(13, new String(event.canonicalBytes(), StandardCharsets.UTF_8));
  }

  /** Loads events as fast as it goes, for what follows. */
  void copy(List<AuditEvent> events) throws SQLException, IOException {
    StringBuilder rows = new StringBuilder(events.size() * 1500);
    for (AuditEvent event : events) {
      AuditEvent.Keys keys = event.keys();
      column(rows, event.tenant()).append('\t');
      column(rows, keys.entity().orElse("")).append('\t');
      rows.append(new Timestamp(event.timeMillis())).append('\t');
      rows.append(event.classUid()).append('\t');
      column(rows, keys.actor().orElse("")).append('\t');
      column(rows, keys.client().orElse("")).append('\t');
      column(rows, keys.token().orElse("")).append('\t');
      column(rows, keys.key().orElse("")).append('\t');
      column(rows, keys.address().orElse("")).append('\t');
      column(rows, keys.session().orElse("")).append('\t');
      column(rows, event.reporter().orElse("")).append('\t');
      rows.append("\\\\x00000000000000000000000000000000\t");
      column(rows, new String(event.canonicalBytes(), StandardCharsets.UTF_8)).append('\n');
    }
    try (Connection connection = DriverManager.getConnection(url)) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY events (" + COLUMNS + ") FROM STDIN", new StringReader(rows.toString()));
    }
  }

  private static StringBuilder column(StringBuilder rows, String text) {
    return rows.append(text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"));
  }

  /** Events and indexes. */
  long bytes() throws SQLException {
    execute("VACUUM ANALYZE events");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pg_total_relation_size('events')")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  long rows() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM events")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** A prepared search. */
  final class Search implements AutoCloseable {
    private final Connection connection;
    private final PreparedStatement statement;

    Search(String condition) throws SQLException {
      connection = DriverManager.getConnection(url);
      statement =
          connection.prepareStatement(
              "SELECT position, event FROM events WHERE "
                  + condition
                  + " ORDER BY position DESC LIMIT 100");
    }

    int find(Object... values) throws SQLException {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      int found = 0;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          rows.getString(2);
          found++;
        }
      }
      return found;
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  @Override
  public void close() throws IOException {
    child.close();
    Folders.delete(folder);
  }
}
