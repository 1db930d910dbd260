package dev.counterfoil.witness;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.CosignerKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * What the witness remembers: SQLite with a write-ahead log, every commit synced. It has one
 * connection, so that decisions are made one after the other.
 */
final class CheckpointStore implements AutoCloseable {
  /** The database's file in the data folder. */
  static final String FILE = "witness.db";

  private static final long WAIT_MS_MAX = 30_000;
  private static final int FORKS_MAX = 100;

  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private CheckpointStore(HikariDataSource pool) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
  }

  /** Opens the database, for its owner alone, and brings its tables up to date. */
  static CheckpointStore open(Path file) throws IOException {
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
    config.setPoolName("witness");
    HikariDataSource pool = new HikariDataSource(config);
    Flyway.configure()
        .dataSource(pool)
        .locations("classpath:dev/counterfoil/witness/schema")
        .load()
        .migrate();
    return new CheckpointStore(pool);
  }

  /** One decision: what it reads and writes is one transaction, durable when this returns. */
  <T> T decide(Function<Decision, T> decision) {
    return jdbi.inTransaction(handle -> decision.apply(new Decision(handle)));
  }

  /** A setting of the database's connection. */
  String pragma(String name) {
    return jdbi.withHandle(
        handle -> handle.createQuery("PRAGMA " + name).mapTo(String.class).one());
  }

  /** The checkpoint that is held of a log, by the hexadecimal SHA-256 of its origin. */
  Optional<HeldCheckpoint> heldByHash(String originHash) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT * FROM held_checkpoint WHERE origin_hash = :hash")
                .bind("hash", originHash)
                .map(CheckpointStore::held)
                .findOne());
  }

  private static HeldCheckpoint held(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new HeldCheckpoint(
          row.getString("origin"),
          row.getLong("size"),
          Hash.parseBase64(row.getString("root")),
          row.getLong("timestamp"),
          row.getString("note"));
    } catch (FormatException e) {
      throw new SQLException("the database holds a root that is no hash", e);
    }
  }

  /** The SHA-256 of an origin, as monitoring URLs name it. */
  static String originHash(String origin) {
    return Hash.sha256(origin.getBytes(StandardCharsets.UTF_8)).hex();
  }

  /** The inside of a transaction. */
  static final class Decision {
    private final Handle handle;

    private Decision(Handle handle) {
      this.handle = handle;
    }

    Optional<HeldCheckpoint> held(String origin) {
      return handle
          .createQuery("SELECT * FROM held_checkpoint WHERE origin = :origin")
          .bind("origin", origin)
          .map(CheckpointStore::held)
          .findOne();
    }

    void hold(HeldCheckpoint checkpoint) {
      handle
          .createUpdate(
              """
              INSERT INTO held_checkpoint (origin, origin_hash, size, root, timestamp, note)
              VALUES (:origin, :hash, :size, :root, :timestamp, :note)
              ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root,
                timestamp = excluded.timestamp, note = excluded.note
              """)
          .bind("origin", checkpoint.origin())
          .bind("hash", originHash(checkpoint.origin()))
          .bind("size", checkpoint.size())
          .bind("root", checkpoint.root().base64())
          .bind("timestamp", checkpoint.timestamp())
          .bind("note", checkpoint.note())
          .execute();
    }

    /** Keeps two signed checkpoints of one size, the first time, and as long as there is room. */
    void keepFork(HeldCheckpoint held, String offered) {
      handle
          .createUpdate(
              """
              INSERT OR IGNORE INTO fork (origin, size, held, offered)
              SELECT :origin, :size, :held, :offered
              WHERE (SELECT count(*) FROM fork WHERE origin = :origin) < :most
              """)
          .bind("origin", held.origin())
          .bind("size", held.size())
          .bind("held", held.note())
          .bind("offered", offered)
          .bind("most", FORKS_MAX)
          .execute();
    }
  }

  /** Whether what a key cosigned is remembered here. */
  boolean belongsTo(CosignerKey key) {
    return jdbi.withHandle(
        handle ->
            handle
                    .createQuery("SELECT count(*) FROM cosigner_key WHERE vkey = :vkey")
                    .bind("vkey", key.toString())
                    .mapTo(Integer.class)
                    .one()
                > 0);
  }

  /** Takes a new key, before it is ever used. */
  void add(CosignerKey key) {
    jdbi.useTransaction(
        handle ->
            handle
                .createUpdate("INSERT INTO cosigner_key (vkey) VALUES (:vkey)")
                .bind("vkey", key.toString())
                .execute());
  }

  /** Two checkpoints of one size that a log signed, held first and offered later. */
  record Fork(String held, String offered) {}

  /** The first proof that a log showed two histories. */
  Optional<Fork> forkByHash(String originHash) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT held, offered FROM fork JOIN held_checkpoint USING (origin)
                    WHERE origin_hash = :hash ORDER BY fork.size LIMIT 1
                    """)
                .bind("hash", originHash)
                .map((row, context) -> new Fork(row.getString("held"), row.getString("offered")))
                .findOne());
  }

  @Override
  public void close() {
    pool.close();
  }
}
