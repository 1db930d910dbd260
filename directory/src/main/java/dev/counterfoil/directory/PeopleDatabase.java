package dev.counterfoil.directory;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.flywaydb.core.Flyway;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The database: SQLite with a write-ahead log, each change synced before it is answered. */
final class PeopleDatabase {
  private static final int BUSY_TIMEOUT_MS = 5_000;
  private static final int CONNECTIONS_MAX = 4;

  private PeopleDatabase() {}

  /** Opens it, makes it where there is none, and brings its schema up to date. */
  static HikariDataSource open(Path file) throws IOException {
    if (!Files.exists(file)) {
      // SQLite gives its side files the permissions of the database.
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
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
    pooled.setPoolName("people-" + file.getFileName());
    HikariDataSource pool = new HikariDataSource(pooled);
    try {
      Flyway.configure()
          .dataSource(pool)
          .locations("classpath:dev/counterfoil/directory")
          .load()
          .migrate();
    } catch (RuntimeException e) {
      pool.close();
      throw e;
    }
    return pool;
  }
}
