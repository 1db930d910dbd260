package dev.counterfoil.audit.store;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.duckdb.DuckDBConnection;

/**
 * Writes the store's files: what is fresh into new ones, small ones into larger ones, and one again
 * of which something goes. A file is durable before the manifest names it, and never changes under
 * its name. Belongs to one thread at a time; searches go on.
 */
final class StoreWriter {
  private static final System.Logger LOG = System.getLogger(StoreWriter.class.getName());
  private static final int ROW_GROUP_EVENTS = 100_000;

  /**
   * So long may a row group become by merging: a search may have two of them in memory, as they lie
   * and taken apart.
   */
  private static final long ROW_GROUP_BYTES_MAX = 64 << 20;

  /** So that columns of identifiers are dictionary-encoded, for which bloom filters are written. */
  private static final int DICTIONARY_MAX = 130_000;

  private static final int DICTIONARY_BYTES_MAX = 64 << 20;

  private final StoreFiles files;
  private final DuckDBConnection database;

  /** Files that are not merged, since their events together are too long; on the same thread. */
  private final Set<String> alone = new HashSet<>();

  /** Says that a file would take more memory than the database has. */
  private static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(SQLException cause) {
      super("a file of the audit store would take more memory than there is", cause);
    }
  }

  StoreWriter(StoreFiles files, DuckDBConnection database) {
    this.files = files;
    this.database = database;
  }

  /** Writes what is fresh below a position into files; searches go on. On one thread. */
  void compact(long to, JsonObject sequences) throws IOException {
    StoreManifest before = files.manifest();
    List<StoreManifest.Part> after = new ArrayList<>(before.files());
    writeFresh(new StoreManifest.Part(before.size(), to), after);
    files.replace(new StoreManifest(to, after, sequences));
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM fresh WHERE position < " + to);
      giveMemoryBack(statement);
    } catch (SQLException e) {
      throw new IOException("the audit store cannot forget what its files hold", e);
    }
  }

  /**
   * One file, or several where its events are so long that the database, which takes a few thousand
   * rows at a time, has no memory for one: a source may not end us by what it reports.
   */
  private void writeFresh(StoreManifest.Part part, List<StoreManifest.Part> written)
      throws IOException {
    try {
      write(
          "SELECT * FROM fresh WHERE position >= " + part.from() + " AND position < " + part.to(),
          part);
      written.add(part);
    } catch (TooLargeException e) {
      if (part.events() < 2) {
        throw e;
      }
      long middle = part.from() + part.events() / 2;
      writeFresh(new StoreManifest.Part(part.from(), middle), written);
      writeFresh(new StoreManifest.Part(middle, part.to()), written);
    }
  }

  /** Rows that were deleted hold memory until then; while somebody writes it is left for later. */
  private static void giveMemoryBack(Statement statement) {
    try {
      statement.execute("CHECKPOINT");
    } catch (SQLException e) {
      LOG.log(System.Logger.Level.DEBUG, "memory is given back after the next file", e);
    }
  }

  /** The newest files, those that may become one; on the same thread. */
  List<StoreManifest.Part> mergeable() {
    List<StoreManifest.Part> parts = files.manifest().files();
    int from = parts.size();
    while (from > 0 && !alone.contains(parts.get(from - 1).name())) {
      from--;
    }
    return parts.subList(from, parts.size());
  }

  /**
   * Makes one file of neighbours, or leaves them as they are for good where there is not memory
   * enough for it; searches go on. On the same thread.
   */
  void merge(List<StoreManifest.Part> neighbours) throws IOException {
    StoreManifest before = files.manifest();
    List<StoreManifest.Part> merged = List.copyOf(neighbours);
    int first = before.files().indexOf(merged.getFirst());
    int end = first + merged.size();
    if (first < 0
        || end > before.files().size()
        || !before.files().subList(first, end).equals(merged)) {
      throw new IllegalArgumentException("these files are not neighbours in the store");
    }
    StoreManifest.Part part =
        new StoreManifest.Part(merged.getFirst().from(), merged.getLast().to());
    if (rowGroupBytes(merged, part) > ROW_GROUP_BYTES_MAX) {
      leave(merged);
      return;
    }
    try {
      write("SELECT * FROM " + files.read(merged), part);
    } catch (TooLargeException e) {
      leave(merged);
      return;
    }
    List<StoreManifest.Part> after = new ArrayList<>(before.files().subList(0, first));
    after.add(part);
    after.addAll(before.files().subList(end, before.files().size()));
    files.replace(new StoreManifest(before.size(), after, before.sequences()));
    files.retire(merged);
  }

  private void leave(List<StoreManifest.Part> parts) {
    parts.forEach(one -> alone.add(one.name()));
    LOG.log(
        System.Logger.Level.WARNING,
        "{0} files of long events stay as they are: there is no memory to make one of them",
        parts.size());
  }

  /** How long, about, what is read at once of the file would be that others become. */
  private long rowGroupBytes(List<StoreManifest.Part> parts, StoreManifest.Part merged)
      throws IOException {
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement();
        ResultSet bytes =
            statement.executeQuery(
                "SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata("
                    + files.list(parts)
                    + ")")) {
      bytes.next();
      return bytes.getLong(1) / merged.events() * Math.min(merged.events(), ROW_GROUP_EVENTS);
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be read", e);
    }
  }

  /** Writes a file again, with what a statement makes of it; on the same thread. */
  void rewrite(String select, StoreManifest.Part part) throws IOException {
    StoreManifest before = files.manifest();
    write(select, part.again());
    List<StoreManifest.Part> after = new ArrayList<>(before.files());
    after.set(after.indexOf(part), part.again());
    files.replace(new StoreManifest(before.size(), after, before.sequences()));
    files.retire(List.of(part));
  }

  private void write(String select, StoreManifest.Part part) throws IOException {
    Path file = files.path(part);
    try (Connection connection = database.duplicate();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY ("
              + select
              + " ORDER BY domain, tenant, entity, time, position) TO "
              + StoreFiles.literal(file)
              + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE "
              + ROW_GROUP_EVENTS
              + ", DICTIONARY_SIZE_LIMIT "
              + DICTIONARY_MAX
              + ", STRING_DICTIONARY_PAGE_SIZE_LIMIT "
              + DICTIONARY_BYTES_MAX
              + ")");
    } catch (SQLException e) {
      files.discard(part);
      if (String.valueOf(e.getMessage()).contains("Out of Memory")) {
        throw new TooLargeException(e);
      }
      throw new IOException("a file of the audit store cannot be written", e);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
