package dev.counterfoil.response.runs;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.counterfoil.response.playbooks.Action;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.runs.Run.State;
import dev.counterfoil.response.runs.Run.StepState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Runs and their steps, durable when a call returns: SQLite, every commit synced. */
public final class RunStore implements AutoCloseable {
  /** The database's file in the data folder. */
  private static final String FILE = "runs.db";

  /** Most runs in one answer: the newest. */
  public static final int LIST_MAX = 200;

  /** As long as limits look back, and an operator's undoing holds. */
  private static final Duration DAY = Duration.ofDays(1);

  /** Runs that ended are kept for so long; the audit log keeps their events for longer. */
  private static final Duration KEPT_FOR = Duration.ofDays(400);

  private static final long WAIT_MS_MAX = 30_000;

  private final HikariDataSource pool;
  private final Jdbi database;
  private final InstantSource clock;

  private RunStore(HikariDataSource pool, InstantSource clock) {
    this.pool = pool;
    this.database = Jdbi.create(pool);
    this.clock = clock;
  }

  /** Opens the database of a folder, for its owner alone. */
  public static RunStore open(Path folder, InstantSource clock) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Properties pragmas = new Properties();
    pragmas.setProperty("journal_mode", "WAL");
    pragmas.setProperty("synchronous", "FULL");
    pragmas.setProperty("transaction_mode", "IMMEDIATE");
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:sqlite:" + file);
    config.setDataSourceProperties(pragmas);
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(WAIT_MS_MAX);
    config.setPoolName("response");
    HikariDataSource pool = new HikariDataSource(config);
    Flyway.configure()
        .dataSource(pool)
        .locations("classpath:dev/counterfoil/response/runs/schema")
        .load()
        .migrate();
    RunStore store = new RunStore(pool, clock);
    store.forget();
    return store;
  }

  private void forget() {
    long before = clock.instant().minus(KEPT_FOR).toEpochMilli();
    database.useTransaction(
        handle -> {
          for (String table : List.of("steps", "decisions")) {
            handle.execute(
                "DELETE FROM " + table + " WHERE run IN (SELECT id FROM runs WHERE ended_ms < ?)",
                before);
          }
          handle.execute("DELETE FROM runs WHERE ended_ms < ?", before);
        });
  }

  /** The last finding that was decided about. */
  public long followed() {
    return database.withHandle(
        handle -> handle.createQuery("SELECT after FROM followed").mapTo(Long.class).one());
  }

  /** All up to a finding are decided about. */
  public void followedTo(long finding) {
    database.useHandle(handle -> handle.execute("UPDATE followed SET after = ?", finding));
  }

  /**
   * Keeps a run before it acts.
   *
   * @param person whose grant a step is about
   * @return its number; empty where the playbook has a run about this finding
   */
  public Optional<Long> begin(
      String playbook,
      long finding,
      String summary,
      Decision.Plan.Act plan,
      Optional<String> person) {
    return database.inTransaction(
        handle -> {
          boolean isThere =
              handle
                      .createQuery(
                          "SELECT count(*) FROM runs WHERE playbook = :playbook"
                              + " AND finding = :finding")
                      .bind("playbook", playbook)
                      .bind("finding", finding)
                      .mapTo(Long.class)
                      .one()
                  > 0;
          if (isThere) {
            return Optional.empty();
          }
          long run =
              handle
                  .createUpdate(
                      "INSERT INTO runs (playbook, finding, summary, state, persons,"
                          + " opened_ms) VALUES (:playbook, :finding, :summary, :state, :persons,"
                          + " :now)")
                  .bind("playbook", playbook)
                  .bind("finding", finding)
                  .bind("summary", summary)
                  .bind("state", (plan.persons() > 0 ? State.WAITING : State.RUNNING).text())
                  .bind("persons", plan.persons())
                  .bind("now", clock.millis())
                  .executeAndReturnGeneratedKeys("id")
                  .mapTo(Long.class)
                  .one();
          for (int i = 0; i < plan.steps().size(); i++) {
            Decision.Step step = plan.steps().get(i);
            handle.execute(
                "INSERT INTO steps (run, number, action, target, person, state, at_ms)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                run,
                i + 1,
                step.action().text(),
                step.target(),
                person.orElse(null),
                StepState.PLANNED.text(),
                clock.millis());
          }
          return Optional.of(run);
        });
  }

  /** A run. */
  public Optional<Run> find(long id) {
    return database.inTransaction(handle -> run(handle, id));
  }

  private static Optional<Run> run(Handle handle, long id) {
    List<Run.Step> steps =
        handle
            .createQuery("SELECT * FROM steps WHERE run = :run ORDER BY number")
            .bind("run", id)
            .map(RunStore::step)
            .list();
    List<String> approved =
        handle
            .createQuery(
                "SELECT DISTINCT person FROM decisions WHERE run = :run AND what = 'approve'")
            .bind("run", id)
            .mapTo(String.class)
            .list();
    return handle
        .createQuery("SELECT * FROM runs WHERE id = :run")
        .bind("run", id)
        .map(
            (row, context) ->
                new Run(
                    row.getLong("id"),
                    row.getString("playbook"),
                    row.getLong("finding"),
                    row.getString("summary"),
                    State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                    row.getInt("persons"),
                    Instant.ofEpochMilli(row.getLong("opened_ms")),
                    approved,
                    steps))
        .findOne();
  }

  private static Run.Step step(ResultSet row, StatementContext context) throws SQLException {
    return new Run.Step(
        row.getInt("number"),
        Action.of(row.getString("action")),
        row.getString("target"),
        Optional.ofNullable(row.getString("person")),
        StepState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        number(row, "reach"),
        Optional.ofNullable(row.getString("what")),
        Instant.ofEpochMilli(row.getLong("at_ms")),
        number(row, "took_ms"),
        Optional.ofNullable(row.getString("said")));
  }

  private static Optional<Long> number(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(number);
  }

  /** The newest runs, the newest first. */
  public List<Run> list() {
    return database.inTransaction(
        handle ->
            handle
                .createQuery("SELECT id FROM runs ORDER BY id DESC LIMIT :most")
                .bind("most", LIST_MAX)
                .mapTo(Long.class)
                .list()
                .stream()
                .flatMap(id -> run(handle, id).stream())
                .toList());
  }

  /** Runs in a state, the oldest first. */
  public List<Long> in(State state) {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT id FROM runs WHERE state = :state ORDER BY id")
                .bind("state", state.text())
                .mapTo(Long.class)
                .list());
  }

  /** Steps of the last day, for limits; those of runs that were cancelled count for nothing. */
  public List<Decision.Past> past() {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT r.playbook, s.* FROM steps s JOIN runs r ON r.id = s.run"
                        + " WHERE s.at_ms > :since AND r.state != 'cancelled'")
                .bind("since", clock.instant().minus(DAY).toEpochMilli())
                .map(
                    (row, context) ->
                        new Decision.Past(
                            row.getString("playbook"),
                            Action.of(row.getString("action")),
                            row.getString("target"),
                            Instant.ofEpochMilli(row.getLong("at_ms")),
                            switch (StepState.valueOf(
                                row.getString("state").toUpperCase(Locale.ROOT))) {
                              case PLANNED -> Decision.Past.State.PLANNED;
                              case UNDONE -> Decision.Past.State.UNDONE;
                              case FAILED -> Decision.Past.State.FAILED;
                              case BEGUN, DONE -> Decision.Past.State.DONE;
                            }))
                .list());
  }

  /** Changes a run's state; of one that is in another state than expected, nothing. */
  public boolean move(long run, State from, State to) {
    return database.withHandle(
        handle ->
            handle.execute(
                    "UPDATE runs SET state = ?, ended_ms = ? WHERE id = ? AND state = ?",
                    to.text(),
                    to == State.RUNNING || to == State.FAILED ? null : clock.millis(),
                    run,
                    from.text())
                > 0);
  }

  /** Keeps what a person decided. */
  public void decided(long run, String person, String what) {
    database.useHandle(
        handle ->
            handle.execute(
                "INSERT INTO decisions (run, at_ms, person, what) VALUES (?, ?, ?, ?)",
                run,
                clock.millis(),
                person,
                what));
  }

  /** Keeps what a dry run said of a step. */
  void reaches(long run, int number, long reach, String what) {
    database.useHandle(
        handle ->
            handle.execute(
                "UPDATE steps SET reach = ?, what = ? WHERE run = ? AND number = ?",
                reach,
                what,
                run,
                number));
  }

  /** Keeps what becomes of a step. */
  public void step(
      long run, int number, StepState state, @Nullable Long tookMillis, @Nullable String said) {
    database.useHandle(
        handle ->
            handle.execute(
                "UPDATE steps SET state = ?, at_ms = ?, took_ms = ?, said = ?"
                    + " WHERE run = ? AND number = ?",
                state.text(),
                clock.millis(),
                tookMillis,
                said,
                run,
                number));
  }

  @Override
  public void close() {
    pool.close();
  }
}
