package dev.counterfoil.signin.sessions;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.clock.TimedPause;
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
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Who is signed in where. All of it stands in memory, so that no request waits for the disk; what
 * begins, turns or ends is synced before the call returns. The secrets of a session are known to
 * its browser alone: here are their hashes. For all threads.
 */
public final class Sessions implements AutoCloseable {
  /** Most sessions of a person; the one that began first ends for the next. */
  public static final int EACH_MAX = 50;

  /** What a session takes of the heap, of which all of them may have a quarter. */
  static final int SESSION_BYTES = 1_000;

  /** Between the two parts of a cookie: which session it is, and the secret that turns. */
  private static final String SEPARATOR = ".";

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);
  private static final int BUSY_TIMEOUT_MS = 5_000;

  private final Connection connection;
  private final Jdbi jdbi;
  private final SecureRandom random;
  private final InstantSource clock;
  private final Duration life;
  private final int max;
  private final Map<Hash, Kept> bySecret = new ConcurrentHashMap<>();
  private final Map<Hash, SessionTurn> turns = new ConcurrentHashMap<>();

  /** Secrets that were answered and have not come back: asked again, the same is answered. */
  private final Map<Hash, String> answered = new ConcurrentHashMap<>();

  private final Map<String, List<Kept>> bySubject = new ConcurrentHashMap<>();

  private TimedPause sinceSweep = TimedPause.OVER;

  /** Hears of each that is ended, before it is. */
  private volatile Consumer<Session> ends = session -> {};

  /**
   * A session with what its person is shown of it.
   *
   * @param hash of the part of its secret that stays
   * @param began when
   * @param expires when it ends by itself
   * @param address from where it began
   * @param browser in words
   */
  public record Kept(
      Hash hash, Session session, Instant began, Instant expires, String address, String browser) {}

  /**
   * A session that begins.
   *
   * @param secret for the cookie
   * @param ended those that ended for it, which are not its own earlier form
   */
  public record Begun(String secret, Session session, List<Session> ended) {}

  private Sessions(
      Connection connection, SecureRandom random, InstantSource clock, Duration life, int max) {
    this.connection = connection;
    this.jdbi = Jdbi.create(connection);
    this.random = random;
    this.clock = clock;
    this.life = life;
    this.max = max;
  }

  /** Opens the file, and makes it where there is none. */
  public static Sessions open(Path file, Duration life, SecureRandom random, InstantSource clock)
      throws IOException {
    long fit = Runtime.getRuntime().maxMemory() / 4 / SESSION_BYTES;
    return open(file, life, random, clock, (int) Math.min(Integer.MAX_VALUE, fit));
  }

  public static Sessions open(
      Path file, Duration life, SecureRandom random, InstantSource clock, int max)
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
      Sessions sessions = new Sessions(source.getConnection(), random, clock, life, max);
      sessions.load();
      return sessions;
    } catch (SQLException e) {
      throw new IOException(file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Has each session that is ended told before it is. */
  public void announcing(Consumer<Session> listener) {
    this.ends = listener;
  }

  private synchronized void load() {
    jdbi.useHandle(
        handle -> {
          // Its rows live for hours: a later form begins with a table of its own.
          handle.execute(
              "CREATE TABLE IF NOT EXISTS session (hash BLOB PRIMARY KEY, id TEXT NOT NULL,"
                  + " subject TEXT NOT NULL, auth_time INTEGER NOT NULL, amr TEXT NOT NULL,"
                  + " acr TEXT NOT NULL, began INTEGER NOT NULL, expires INTEGER NOT NULL,"
                  + " address TEXT NOT NULL, browser TEXT NOT NULL, turn BLOB NOT NULL,"
                  + " turn_before BLOB, turned INTEGER NOT NULL) WITHOUT ROWID");
          handle.execute("DELETE FROM session WHERE expires <= ?", now().toEpochMilli());
          handle
              .createQuery("SELECT * FROM session")
              .map((row, _) -> Map.entry(kept(row), turn(row)))
              .forEach(one -> put(one.getKey(), one.getValue()));
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

  private static SessionTurn turn(ResultSet row) throws SQLException {
    byte @Nullable [] before = row.getBytes("turn_before");
    return new SessionTurn(
        Hash.of(row.getBytes("turn")),
        before == null ? Optional.empty() : Optional.of(Hash.of(before)),
        Instant.ofEpochMilli(row.getLong("turned")),
        false);
  }

  /** The handle that {@link #begin} gives the session which follows another: its own again. */
  public synchronized String idAfter(Optional<Kept> before, String subject) {
    return before
        .filter(kept -> bySecret.containsKey(kept.hash()))
        .map(Kept::session)
        .filter(session -> session.subject().equals(subject))
        .map(Session::id)
        .orElseGet(() -> randomText(16));
  }

  /**
   * Begins a session. The one that the browser had ends, or goes on under a new secret when it is
   * the same person's: a secret that was planted or seen before is worth nothing after.
   *
   * @param before what the browser had
   * @param authTime when its person proved who they are
   * @throws IOException when there are as many as fit
   */
  public synchronized Begun begin(
      Optional<Kept> before,
      String id,
      String subject,
      List<String> amr,
      String acr,
      Instant authTime,
      String address,
      String browser)
      throws IOException {
    Instant now = now();
    boolean sweeps = sinceSweep.isOver(now);
    if (sweeps) {
      expired(now).forEach(this::drop);
      sinceSweep = TimedPause.from(now, SWEEP_EVERY);
    }
    // One that was ended while its person proved who they are stays ended.
    Optional<Kept> held = before.filter(kept -> bySecret.containsKey(kept.hash()));
    Optional<Kept> same = held.filter(kept -> kept.session().subject().equals(subject));
    if (same.isEmpty() && before.filter(kept -> kept.session().id().equals(id)).isPresent()) {
      throw new IOException("the session ended while its person proved who they are");
    }
    List<Kept> ending = new ArrayList<>();
    held.filter(_ -> same.isEmpty()).ifPresent(ending::add);
    List<Kept> own = of(subject);
    if (same.isEmpty() && own.size() >= EACH_MAX) {
      ending.add(own.getLast());
    }
    if (same.isEmpty() && ending.isEmpty() && size() >= max) {
      throw new IOException("there are as many sessions as the memory has room for, " + max);
    }
    ending.forEach(kept -> ends.accept(kept.session()));
    String stays = randomText(32);
    String turns = randomText(32);
    Kept begun =
        new Kept(
            hash(stays),
            new Session(id, subject, Instant.ofEpochMilli(authTime.toEpochMilli()), amr, acr),
            same.map(Kept::began).orElse(now),
            now.plus(life),
            address,
            browser);
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
              "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
              begun.hash().bytes(),
              begun.session().id(),
              subject,
              begun.session().authTime().toEpochMilli(),
              String.join(" ", amr),
              acr,
              begun.began().toEpochMilli(),
              begun.expires().toEpochMilli(),
              address,
              browser,
              hash(turns).bytes(),
              now.toEpochMilli());
        });
    ending.forEach(this::drop);
    same.ifPresent(this::drop);
    put(begun, new SessionTurn(hash(turns), Optional.empty(), now, false));
    return new Begun(
        stays + SEPARATOR + turns, begun.session(), ending.stream().map(Kept::session).toList());
  }

  private List<Kept> expired(Instant now) {
    return bySecret.values().stream().filter(kept -> !now.isBefore(kept.expires())).toList();
  }

  /**
   * A session that a browser presents.
   *
   * @param isHeldByTwo whether the secret was exchanged for another before: it must end
   */
  public record Presented(Kept kept, boolean isHeldByTwo) {}

  /** The session of a cookie, while it lasts. */
  public Optional<Presented> presented(String secret) {
    int end = secret.indexOf(SEPARATOR);
    @Nullable Kept kept = end < 0 ? null : bySecret.get(hash(secret.substring(0, end)));
    if (kept == null || !now().isBefore(kept.expires())) {
      return Optional.empty();
    }
    @Nullable SessionTurn turn = turns.get(kept.hash());
    if (turn == null) {
      return Optional.empty();
    }
    SessionTurn.Verdict verdict = turn.judge(hash(secret.substring(end + 1)), now());
    if (verdict == SessionTurn.Verdict.PRESENT && !turn.isUsed()) {
      turns.replace(kept.hash(), turn, turn.used());
      // This one, and not the next, which another request may have been answered just now.
      answered.remove(kept.hash(), secret.substring(end + 1));
    }
    return Optional.of(new Presented(kept, verdict == SessionTurn.Verdict.EXCHANGED));
  }

  /**
   * Exchanges a session's secret where that is due.
   *
   * @param secret that a browser presented
   * @return what its cookie is from now on; empty to leave it
   */
  public synchronized Optional<String> turn(String secret) {
    int end = secret.indexOf(SEPARATOR);
    String stays = secret.substring(0, Math.max(0, end));
    Hash hash = hash(stays);
    @Nullable SessionTurn turn = turns.get(hash);
    if (turn == null) {
      return Optional.empty();
    }
    Instant now = now();
    @Nullable String next = answered.get(hash);
    switch (turn.judge(hash(secret.substring(end + 1)), now)) {
      case EXCHANGED -> {
        return Optional.empty();
      }
      case BEFORE -> {
        if (next != null) {
          return Optional.of(stays + SEPARATOR + next);
        }
        if (turn.isUsed()) {
          // A page beside the one that got the next secret: the browser has it.
          return Optional.empty();
        }
        // This process began after the exchange, whose answer was lost.
      }
      case PRESENT -> {
        if (!turn.isDue(now)) {
          return Optional.empty();
        }
      }
    }
    String fresh = randomText(32);
    SessionTurn turned =
        new SessionTurn(hash(fresh), Optional.of(hash(secret.substring(end + 1))), now, false);
    jdbi.useHandle(
        handle ->
            handle.execute(
                "UPDATE session SET turn = ?, turn_before = ?, turned = ? WHERE hash = ?",
                turned.now().bytes(),
                hash(secret.substring(end + 1)).bytes(),
                now.toEpochMilli(),
                hash.bytes()));
    turns.put(hash, turned);
    answered.put(hash, fresh);
    return Optional.of(stays + SEPARATOR + fresh);
  }

  /** A person's sessions, the latest first. */
  public List<Kept> of(String subject) {
    Instant now = now();
    return bySubject.getOrDefault(subject, List.of()).stream()
        .filter(kept -> now.isBefore(kept.expires()))
        .sorted(Comparator.comparing(Kept::began).reversed())
        .toList();
  }

  /** Ends one; whether it held until now. */
  public synchronized boolean end(Kept kept) {
    ends.accept(kept.session());
    int ended =
        jdbi.withHandle(
            handle ->
                handle.execute("DELETE FROM session WHERE hash = ?", (Object) kept.hash().bytes()));
    drop(kept);
    return ended == 1;
  }

  private void put(Kept kept, SessionTurn turn) {
    turns.put(kept.hash(), turn);
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
    turns.remove(kept.hash());
    answered.remove(kept.hash());
    bySubject.computeIfPresent(
        kept.session().subject(),
        (_, own) -> {
          List<Kept> left = own.stream().filter(one -> !one.hash().equals(kept.hash())).toList();
          return left.isEmpty() ? null : left;
        });
  }

  /** How many there are. */
  public int size() {
    return bySecret.size();
  }

  /** How many there may be. */
  public int max() {
    return max;
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private String randomText(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  /** A secret has 256 random bits: nobody finds it again from one SHA-256. */
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
