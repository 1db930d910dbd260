package dev.counterfoil.directory.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.core.statement.StatementExceptions.MessageRendering;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Where tables lie. Migrations are one set for both: {@code ${number}} has 64 bits, {@code ${text}}
 * is compared byte by byte, and {@code ${bytes}}, {@code ${id}}, {@code ${strict}} and {@code
 * ${random16}} are what they say.
 */
public sealed interface TablePlace {
  /** Most connections to a server. */
  int CONNECTIONS_MAX = 10;

  /** A request that finds no connection for so long is refused. */
  Duration CONNECTION_WAIT_MAX = Duration.ofSeconds(1);

  /**
   * A file of SQLite with a write-ahead log, each change synced before it is answered.
   *
   * @param file created where there is none
   */
  record File(Path file) implements TablePlace {
    private static final int BUSY_TIMEOUT_MS = 5_000;
    private static final int CONNECTIONS_MAX = 4;
    private static final Map<String, String> WORDS =
        Map.of(
            "number", "INTEGER",
            "text", "TEXT",
            "bytes", "BLOB",
            "id", "INTEGER PRIMARY KEY NOT NULL",
            "strict", "STRICT",
            "random16", "randomblob(16)");

    @Override
    public OpenTables open(TableSet tables) throws IOException {
      if (!Files.exists(file)) {
        // SQLite gives its side files the permissions of the database.
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      SQLiteConfig config = new SQLiteConfig();
      config.setJournalMode(SQLiteConfig.JournalMode.WAL);
      config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
      config.setBusyTimeout(BUSY_TIMEOUT_MS);
      config.enforceForeignKeys(true);
      // A transaction that reads first and writes then waits for its turn, and never fails instead.
      config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
      SQLiteDataSource source = new SQLiteDataSource(config);
      source.setUrl("jdbc:sqlite:" + file);
      HikariConfig pooled = new HikariConfig();
      pooled.setDataSource(source);
      pooled.setMaximumPoolSize(CONNECTIONS_MAX);
      pooled.setMinimumIdle(1);
      pooled.setPoolName(tables.name() + "-" + file.getFileName());
      HikariDataSource pool = new HikariDataSource(pooled);
      try {
        migrate(pool, tables.migrations(), WORDS, null);
      } catch (RuntimeException e) {
        pool.close();
        throw e;
      }
      return new OpenTables(pool, jdbi(pool));
    }
  }

  /** Reads a password when it is needed. */
  @FunctionalInterface
  interface Password {
    /** Empty where the server asks for none. */
    String read() throws IOException;
  }

  /**
   * A PostgreSQL. Each set of tables has a schema of its own in it, {@code counterfoil_NAME}.
   *
   * @param password of the address's user
   */
  record Server(PostgresAddress address, Password password) implements TablePlace {
    /** What the name of each schema begins with. */
    static final String SCHEMA = "counterfoil_";

    private static final int CONNECT_SECONDS_MAX = 2;
    private static final int ANSWER_SECONDS_MAX = 10;
    private static final Map<String, String> WORDS =
        Map.of(
            "number", "BIGINT",
            "text", "TEXT COLLATE \"C\"",
            "bytes", "BYTEA",
            "id", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "strict", "",
            "random16", "uuid_send(gen_random_uuid())");

    @Override
    public OpenTables open(TableSet tables) throws IOException {
      String schema = SCHEMA + tables.name();
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setServerNames(new String[] {address.host()});
      source.setPortNumbers(new int[] {address.port()});
      source.setDatabaseName(address.database());
      source.setUser(address.user());
      String secret = password.read();
      if (!secret.isEmpty()) {
        source.setPassword(secret);
      }
      source.setCurrentSchema(schema);
      source.setApplicationName("counterfoil");
      source.setConnectTimeout(CONNECT_SECONDS_MAX);
      source.setLoginTimeout(CONNECT_SECONDS_MAX);
      // What a failed statement would have stored stays out of the log.
      source.setLogServerErrorDetail(false);
      source.setTcpKeepAlive(true);
      address.tls().forEach((key, value) -> set(source, key, value));
      try {
        migrate(source, tables.migrations(), WORDS, schema);
      } catch (FlywayException e) {
        throw new IOException(
            "the database "
                + address.database()
                + " at "
                + address.host()
                + ":"
                + address.port()
                + " cannot be opened: "
                + cause(e),
            e);
      }
      // A server that is gone must not hold a request up. Migrations may take longer.
      source.setSocketTimeout(ANSWER_SECONDS_MAX);
      HikariConfig pooled = new HikariConfig();
      pooled.setDataSource(source);
      pooled.setMaximumPoolSize(CONNECTIONS_MAX);
      pooled.setMinimumIdle(1);
      pooled.setConnectionTimeout(CONNECTION_WAIT_MAX.toMillis());
      pooled.setValidationTimeout(CONNECTION_WAIT_MAX.dividedBy(2).toMillis());
      pooled.setPoolName(schema);
      HikariDataSource pool = new HikariDataSource(pooled);
      Jdbi jdbi = jdbi(pool);
      jdbi.setTransactionHandler(new RepeatedTransactions());
      return new OpenTables(pool, jdbi);
    }

    private static void set(PGSimpleDataSource source, String key, String value) {
      try {
        if (key.equals("sslrootcert") && value.equals("system")) {
          // As libpq names the certificate authorities that the machine trusts.
          source.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        } else {
          source.setProperty(key, value);
        }
      } catch (SQLException e) {
        throw new IllegalStateException("a property that was checked", e);
      }
    }

    private static String cause(Throwable failure) {
      Throwable last = failure;
      while (last.getCause() != null) {
        last = last.getCause();
      }
      return String.valueOf(last.getMessage());
    }
  }

  /**
   * Opens the tables, makes them where there are none, and brings their schema up to date.
   *
   * @throws IOException when they cannot be opened
   */
  OpenTables open(TableSet tables) throws IOException;

  /**
   * Whether something failed since the database does not answer, or has no connection or place
   * left: worth another try in a moment.
   */
  static boolean isAway(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLTransientConnectionException) {
        return true;
      }
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        // PostgreSQL, appendix A: connection, resources, operator intervention, another's change.
        return switch (sql.getSQLState().substring(0, Math.min(2, sql.getSQLState().length()))) {
          case "08", "53", "57", "58", "40" -> true;
          default -> false;
        };
      }
    }
    return false;
  }

  private static Jdbi jdbi(HikariDataSource pool) {
    Jdbi jdbi = Jdbi.create(pool);
    // What a change that fails would have stored, such as a password's hash, stays out of the log.
    jdbi.getConfig(StatementExceptions.class).setMessageRendering(MessageRendering.NONE);
    return jdbi;
  }

  private static void migrate(
      DataSource source,
      String migrations,
      Map<String, String> words,
      @org.jspecify.annotations.Nullable String schema) {
    var flyway =
        Flyway.configure()
            .dataSource(source)
            .locations("classpath:" + migrations)
            .placeholders(words)
            // Files that were written before PostgreSQL carry the sums of the migrations of then.
            .validateOnMigrate(false);
    if (schema != null) {
      flyway.schemas(schema).defaultSchema(schema);
    }
    flyway.load().migrate();
  }
}
