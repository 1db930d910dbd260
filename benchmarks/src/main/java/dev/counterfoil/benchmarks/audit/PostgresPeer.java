package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.benchmarks.audit.ReceivedMail.Asked;
import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

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
  private final Map<String, PreparedStatement> searches = new HashMap<>();
  private long count;

  private PostgresPeer(Child child, Path folder, String url) {
    this.child = child;
    this.folder = folder;
    this.url = url;
  }

  /**
   * Starts a server and fills the table.
   *
   * @param logs for what it prints
   * @param asked gets what can be asked for
   */
  static PostgresPeer fill(Path logs, int count, List<Asked> asked)
      throws IOException, InterruptedException, SQLException {
    PostgresPeer peer = start(logs);
    try {
      asked.clear();
      BlockingQueue<List<AuditEvent>> queue = ReceivedMail.made(count, ReceivedMail.SPAN_MS, asked);
      try (Inserter inserter = peer.new Inserter()) {
        while (peer.count < count) {
          List<AuditEvent> next = queue.take();
          inserter.insert(next);
          peer.count += next.size();
        }
      }
      for (String index : INDEXES) {
        peer.execute(index);
      }
      peer.execute("ANALYZE events");
      return peer;
    } catch (InterruptedException | SQLException | RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  private static PostgresPeer start(Path logs)
      throws IOException, InterruptedException, SQLException {
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
    int port = FreePorts.find(1).getFirst();
    try (Child made =
        postgres(
            logs,
            as,
            bin.resolve("initdb"),
            "--auth=trust",
            "--username=bench",
            "--pgdata",
            folder.toString())) {
      made.said(START_MAX);
    }
    Child child =
        postgres(
            logs,
            as,
            bin.resolve("postgres"),
            "-D",
            folder.toString(),
            "-p",
            Integer.toString(port),
            "-clisten_addresses=127.0.0.1",
            "-cunix_socket_directories=",
            "-cshared_buffers=1GB",
            "-cmax_wal_size=8GB",
            "-cmaintenance_work_mem=512MB");
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

  /** Its user does not enter the run's folder. */
  private static Child postgres(Path logs, List<String> as, Path program, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("env", "--chdir=/"));
    command.addAll(as);
    command.add(program.toString());
    command.addAll(List.of(options));
    return Child.start(String.valueOf(program.getFileName()), logs, Map.of(), command);
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

  /** The one value of an answer. */
  String said(String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /**
   * Events a second with the indexes there: batches, each durable before the next, from several
   * connections.
   */
  double intake(int batch, Duration length) throws Exception {
    MailAccess more = ReceivedMail.access((int) count, ReceivedMail.SPAN_MS);
    long begun = System.nanoTime();
    long end = begun + length.toNanos();
    long events = 0;
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        running.add(writers.submit(() -> insertUntil(more, batch, end)));
      }
      for (Future<Long> one : running) {
        events += one.get();
      }
    }
    return events / ((System.nanoTime() - begun) / 1e9);
  }

  private long insertUntil(MailAccess more, int batch, long end) throws SQLException {
    long events = 0;
    try (Inserter inserter = new Inserter()) {
      while (System.nanoTime() < end) {
        AuditEvent[] next = new AuditEvent[batch];
        synchronized (more) {
          Arrays.setAll(next, i -> ReceivedMail.received(more));
        }
        inserter.insert(List.of(next));
        events += batch;
      }
    }
    return events;
  }

  /** Inserts batches on a connection of its own, each durable before the next. */
  private final class Inserter implements AutoCloseable {
    private final Connection connection = DriverManager.getConnection(url);
    private final PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO events ("
                + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)");

    Inserter() throws SQLException {
      connection.setAutoCommit(false);
    }

    void insert(List<AuditEvent> batch) throws SQLException {
      for (AuditEvent event : batch) {
        AuditEvent.Keys keys = event.keys();
        Object[] values = {
          event.tenant(),
          keys.entity().orElse(null),
          new Timestamp(event.timeMillis()),
          (int) event.classUid(),
          keys.actor().orElse(null),
          keys.client().orElse(null),
          keys.token().orElse(null),
          keys.key().orElse(null),
          keys.address().orElse(null),
          keys.session().orElse(null),
          event.reporter().orElse(""),
          new byte[16],
          new String(event.canonicalBytes(), StandardCharsets.UTF_8)
        };
        for (int i = 0; i < values.length; i++) {
          insert.setObject(i + 1, values[i]);
        }
        insert.addBatch();
      }
      insert.executeBatch();
      connection.commit();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  /** Bytes of an event with what its indexes take. */
  double bytesPerEvent() throws SQLException {
    execute("VACUUM ANALYZE events");
    return Double.parseDouble(said("SELECT pg_total_relation_size('events')")) / count;
  }

  int token(Asked one) throws SQLException {
    return find("tenant = ? AND token = ?", one.tenant(), one.token());
  }

  int week(Asked one) throws SQLException {
    return find(
        "tenant = ? AND entity = ? AND time >= ? AND time < ?",
        one.tenant(),
        one.entity(),
        new Timestamp(one.weekFrom()),
        new Timestamp(one.weekTo()));
  }

  /** Each condition is prepared once, on a connection of its own. */
  private int find(String condition, Object... values) throws SQLException {
    PreparedStatement statement = searches.get(condition);
    if (statement == null) {
      statement =
          DriverManager.getConnection(url)
              .prepareStatement(
                  "SELECT position, event FROM events WHERE "
                      + condition
                      + " ORDER BY position DESC LIMIT 100");
      searches.put(condition, statement);
    }
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

  /** Its connections end with it. */
  @Override
  public void close() throws IOException {
    child.close();
    DrillFolder.deleteTree(folder);
  }
}
