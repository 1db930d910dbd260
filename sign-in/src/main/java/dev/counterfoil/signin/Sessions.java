package dev.counterfoil.signin;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Who is signed in where. All of it stands in memory, so that no request waits for the disk; what
 * begins or ends is synced before the call returns. The secret of a session is known to its browser
 * alone: here is its hash. For all threads.
 */
final class Sessions implements AutoCloseable {
  /** Most sessions of a person; the one that began first ends for the next. */
  static final int EACH_MAX = 50;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);
  private static final int BUSY_TIMEOUT_MS = 5_000;

  private final Connection connection;
  private final Jdbi jdbi;
  private final SecureRandom random;
  private final InstantSource clock;
  private final Duration life;
  private final Map<Hash, Kept> bySecret = new ConcurrentHashMap<>();
  private final Map<String, List<Kept>> bySubject = new ConcurrentHashMap<>();

  private Instant nextSweep = Instant.MIN;

  /**
   * A session with what its person is shown of it.
   *
   * @param hash of its secret
   * @param began when
   * @param expires when it ends by itself
   * @param address from where it began
   * @param browser in words
   */
  record Kept(
      Hash hash, Session session, Instant began, Instant expires, String address, String browser) {}

  /**
   * A session that begins.
   *
   * @param secret for the cookie: 256 random bits in base64url
   * @param ended those that ended for it, which are not its own earlier form
   */
  record Begun(String secret, Session session, List<Session> ended) {}

  private Sessions(Connection connection, SecureRandom random, InstantSource clock, Duration life) {
    this.connection = connection;
    this.jdbi = Jdbi.create(connection);
    this.random = random;
    this.clock = clock;
    this.life = life;
  }

  /** Opens the file, and makes it where there is none. */
  static Sessions open(Path file, Duration life, SecureRandom random, InstantSource clock)
      throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_TIMEOUT_MS);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    try {
      Sessions sessions = new Sessions(source.getConnection(), random, clock, life);
      sessions.load();
      return sessions;
    } catch (SQLException e) {
      throw new IOException(file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  private synchronized void load() {
    jdbi.useHandle(
        handle -> {
          // Its rows live for hours: a later form begins with a table of its own.
          handle.execute(
              "CREATE TABLE IF NOT EXISTS session (hash BLOB PRIMARY KEY, id TEXT NOT NULL,"
                  + " subject TEXT NOT NULL, auth_time INTEGER NOT NULL, amr TEXT NOT NULL,"
                  + " acr TEXT NOT NULL, began INTEGER NOT NULL, expires INTEGER NOT NULL,"
                  + " address TEXT NOT NULL, browser TEXT NOT NULL) WITHOUT ROWID");
          handle.execute("DELETE FROM session WHERE expires <= ?", now().toEpochMilli());
          handle.createQuery("SELECT * FROM session").map((row, _) -> kept(row)).forEach(this::put);
        });
  }

  private static Kept kept(ResultSet row) throws SQLException {
    return new Kept(
        Hash.of(row.getBytes("hash")),
        new Session(
            row.getString("id"),
            row.getString("subject"),
            Instant.ofEpochMilli(row.getLong("auth_time")),
            Arrays.asList(row.getString("amr").split(" ", -1)),
            row.getString("acr")),
        Instant.ofEpochMilli(row.getLong("began")),
        Instant.ofEpochMilli(row.getLong("expires")),
        row.getString("address"),
        row.getString("browser"));
  }

  /**
   * Begins a session. The one that the browser had ends, or goes on under a new secret when it is
   * the same person's: a secret that was planted or seen before is worth nothing after.
   *
   * @param before what the browser had
   */
  synchronized Begun begin(
      Optional<Kept> before,
      String subject,
      List<String> amr,
      String acr,
      String address,
      String browser) {
    Instant now = now();
    Optional<Kept> same = before.filter(kept -> kept.session().subject().equals(subject));
    List<Kept> ending = new ArrayList<>();
    before.filter(kept -> same.isEmpty()).ifPresent(ending::add);
    List<Kept> own = of(subject);
    if (same.isEmpty() && own.size() >= EACH_MAX) {
      ending.add(own.getLast());
    }
    String secret = randomText(32);
    Kept begun =
        new Kept(
            hash(secret),
            new Session(
                same.map(kept -> kept.session().id()).orElseGet(() -> randomText(16)),
                subject,
                now,
                amr,
                acr),
            same.map(Kept::began).orElse(now),
            now.plus(life),
            address,
            browser);
    boolean sweeps = !now.isBefore(nextSweep);
    List<Kept> expired = sweeps ? expired(now) : List.of();
    if (sweeps) {
      nextSweep = now.plus(SWEEP_EVERY);
    }
    jdbi.useTransaction(
        handle -> {
          for (Kept kept : ending) {
            handle.execute("DELETE FROM session WHERE hash = ?", (Object) kept.hash().bytes());
          }
          same.ifPresent(
              kept ->
                  handle.execute(
                      "DELETE FROM session WHERE hash = ?", (Object) kept.hash().bytes()));
          if (sweeps) {
            handle.execute("DELETE FROM session WHERE expires <= ?", now.toEpochMilli());
          }
          handle.execute(
              "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              begun.hash().bytes(),
              begun.session().id(),
              subject,
              now.toEpochMilli(),
              String.join(" ", amr),
              acr,
              begun.began().toEpochMilli(),
              begun.expires().toEpochMilli(),
              address,
              browser);
        });
    ending.forEach(this::drop);
    same.ifPresent(this::drop);
    expired.forEach(this::drop);
    put(begun);
    return new Begun(secret, begun.session(), ending.stream().map(Kept::session).toList());
  }

  private List<Kept> expired(Instant now) {
    return bySecret.values().stream().filter(kept -> !now.isBefore(kept.expires())).toList();
  }

  /** The session of a secret, while it holds. */
  Optional<Kept> bySecret(String secret) {
    @Nullable Kept kept = bySecret.get(hash(secret));
    return kept != null && now().isBefore(kept.expires()) ? Optional.of(kept) : Optional.empty();
  }

  /** A person's sessions, the latest first. */
  List<Kept> of(String subject) {
    Instant now = now();
    return bySubject.getOrDefault(subject, List.of()).stream()
        .filter(kept -> now.isBefore(kept.expires()))
        .sorted(Comparator.comparing(Kept::began).reversed())
        .toList();
  }

  /** Ends one; whether it held until now. */
  synchronized boolean end(Kept kept) {
    int ended =
        jdbi.withHandle(
            handle ->
                handle.execute("DELETE FROM session WHERE hash = ?", (Object) kept.hash().bytes()));
    drop(kept);
    return ended == 1;
  }

  private void put(Kept kept) {
    bySecret.put(kept.hash(), kept);
    bySubject.compute(
        kept.session().subject(),
        (_, own) -> {
          List<Kept> all = own == null ? new ArrayList<>() : new ArrayList<>(own);
          all.add(kept);
          return List.copyOf(all);
        });
  }

  private void drop(Kept kept) {
    bySecret.remove(kept.hash());
    bySubject.computeIfPresent(
        kept.session().subject(),
        (_, own) -> {
          List<Kept> left = own.stream().filter(one -> !one.hash().equals(kept.hash())).toList();
          return left.isEmpty() ? null : left;
        });
  }

  /** How many there are. */
  int size() {
    return bySecret.size();
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private String randomText(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  /** The secret has 256 random bits: nobody finds it again from one SHA-256. */
  private static Hash hash(String secret) {
    return Hash.sha256(secret.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
