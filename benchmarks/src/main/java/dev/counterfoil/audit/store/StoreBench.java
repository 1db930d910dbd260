package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.Sequences;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The store of the audit log by itself, as the indexer and the compactor use it. */
public final class StoreBench implements AutoCloseable {
  private static final int FRESH_MAX = 50_000;
  private static final String COPIES = "copies";

  private final Path folder;
  private final Names names;
  private final EventStore store;
  private final Sequences none = new Sequences();
  private long size;
  private long copied;
  private long copiedSpanMillis;

  private StoreBench(Path folder, Names names, EventStore store) {
    this.folder = folder;
    this.names = names;
    this.store = store;
    this.size = store.manifest().size();
  }

  /** Opens an empty one, or one that has grown. */
  public static StoreBench open(Path folder) throws IOException {
    Names names =
        Names.open(FileDisk.privateFolder(folder.resolve(Names.FOLDER)), true, new SecureRandom());
    return new StoreBench(folder, names, EventStore.open(folder, names));
  }

  /** Adds events that were received, and writes and merges files as they become due. */
  public void add(List<AuditEvent> events) throws IOException {
    List<StoredEvent> stored = new ArrayList<>(events.size());
    Set<Names.Named> named = new HashSet<>();
    events.forEach(event -> named.addAll(EventPeople.namedIn(event)));
    names.learn(named);
    for (AuditEvent event : events) {
      EventPeople people = EventPeople.of(names, event);
      stored.add(new StoredEvent(size++, people.salt(event), event, Optional.of(people)));
    }
    store.add(stored);
    if (size - store.manifest().size() >= FRESH_MAX) {
      compact();
    }
  }

  /**
   * Has the events so far lie at hand, in their order, to be copied.
   *
   * @param spanMillis in what time they happened
   */
  public void keepToCopy(long spanMillis) throws IOException {
    compact();
    copied = size;
    copiedSpanMillis = spanMillis;
    // One file's worth after another: the store sorts in little memory.
    for (long first = 0; first < copied; first += FRESH_MAX) {
      execute(
          "COPY (SELECT * FROM %s WHERE position >= %d AND position < %d ORDER BY position) TO %s (FORMAT parquet, COMPRESSION zstd)"
              .formatted(
                  store.files(store.manifest().files()), first, first + FRESH_MAX, copies(first)));
    }
  }

  /**
   * Adds as many more as make a file, which are those that were kept, over and over: at later times
   * and with other tokens, which are as long and as random. From then on their way is that of all
   * others: they are written, and merged as it becomes due.
   */
  public void addCopies() throws IOException {
    long round = size / copied;
    long first = size % copied;
    long count = Math.min(FRESH_MAX, copied - first);
    execute(
        "INSERT INTO fresh BY NAME SELECT * REPLACE (position + %d AS position, sequence + %d AS sequence, time + %d AS time, "
                .formatted(round * copied, round * copied, round * copiedSpanMillis)
            + "'s1g1.' || hash(token, %d) %% 1000000000 || '.' || translate(rtrim(to_base64(unhex(sha256(token || '%d'))), '='), '+/', '-_') AS token) FROM read_parquet(%s)"
                .formatted(round, round, copies(first)));
    size += count;
    compact();
  }

  private String copies(long first) {
    return "'" + folder.toAbsolutePath().normalize().resolve(COPIES + first) + "'";
  }

  private void execute(String statement) throws IOException {
    try (Connection connection = store.connection();
        Statement one = connection.createStatement()) {
      one.execute(statement);
    } catch (SQLException e) {
      throw new IOException("events cannot be copied: " + e.getMessage(), e);
    }
  }

  /** Writes what is fresh into files. */
  public void compact() throws IOException {
    if (size > store.manifest().size()) {
      store.compact(size, none.toJson());
    }
    while (Compaction.mergeOnce(store, false)) {
      // Until no more is due.
    }
    while (store.sketchOne()) {
      // Until all are looked into.
    }
  }

  /** Number of events. */
  public long size() {
    return size;
  }

  /** Number of files. */
  public int files() {
    return store.manifest().files().size();
  }

  /** Bytes of the files, and of the names in their events. */
  public long bytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file :
          files
              .filter(
                  one ->
                      one.toString().endsWith(".parquet")
                          || (one.startsWith(folder.resolve(Names.FOLDER))
                              && Files.isRegularFile(one)))
              .toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  /** Number of events found. */
  public int search(String domain, String tenant, Map<String, String> parameters)
      throws IOException, FormatException {
    return store
        .search(
            new Fence(domain, tenant),
            EventQuery.parse(name -> Optional.ofNullable(parameters.get(name))))
        .events()
        .size();
  }

  @Override
  public void close() throws IOException {
    store.close();
    names.close();
  }
}
