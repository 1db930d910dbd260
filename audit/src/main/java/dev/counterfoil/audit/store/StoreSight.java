package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.duckdb.DuckDBConnection;

/**
 * What is in the store at a moment: files that stay until it is closed, and a transaction's sight
 * of what is fresh, from which nothing is gone that is not in the files. Values are bound and never
 * written into a statement.
 */
final class StoreSight implements AutoCloseable {
  /** Positions that are looked through for words at a time. */
  private static final long WINDOW_EVENTS = 100_000;

  /** What one query looks through at most, where it is not for something rare. */
  private static final long EVENTS_AT_ONCE = 2_000_000;

  private final StoreFiles store;
  private final StoreManifest files;
  private final Connection connection;
  private final Names names;
  private final FileSketches sketches;

  /** Takes rows one after another, as long as it says that it wants more. */
  @FunctionalInterface
  interface RowTaker {
    boolean takes(StoreRow row) throws IOException;
  }

  private StoreSight(
      StoreFiles store,
      StoreManifest files,
      Connection connection,
      Names names,
      FileSketches sketches) {
    this.sketches = sketches;
    this.store = store;
    this.files = files;
    this.connection = connection;
    this.names = names;
  }

  /** What is there now. */
  static StoreSight of(
      StoreFiles store, DuckDBConnection database, Names names, FileSketches sketches)
      throws SQLException {
    return store.hold(files -> new StoreSight(store, files, begun(database), names, sketches));
  }

  private static Connection begun(DuckDBConnection database) throws SQLException {
    Connection connection = database.duplicate();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet begun = statement.executeQuery("SELECT 1 FROM fresh LIMIT 0")) {
      begun.next();
    }
    return connection;
  }

  /** In the order of positions; the last one is what is fresh. */
  List<StoreManifest.Part> parts(EventQuery query) {
    List<StoreManifest.Part> parts = new ArrayList<>(files.files());
    parts.add(new StoreManifest.Part(files.size(), Long.MAX_VALUE));
    parts.removeIf(part -> part.to() - 1 <= query.after() || part.from() >= query.before());
    return parts;
  }

  /** What is asked of which files. */
  record Group(EventQuery query, List<StoreManifest.Part> parts) {}

  /** What is looked through at a time, in the query's order. */
  List<Group> groups(EventQuery query) {
    if (query.text().isPresent()) {
      return windows(query);
    }
    List<StoreManifest.Part> parts = parts(query);
    if (query.isForSomethingRare()) {
      return List.of(new Group(query, parts));
    }
    List<List<StoreManifest.Part>> groups = new ArrayList<>();
    long events = 0;
    for (StoreManifest.Part part : query.newestFirst() ? parts.reversed() : parts) {
      long here = part.to() == Long.MAX_VALUE ? 0 : part.events();
      if (groups.isEmpty() || events + here > EVENTS_AT_ONCE) {
        groups.add(new ArrayList<>());
        events = 0;
      }
      groups.getLast().add(part);
      events += here;
    }
    return groups.stream().map(some -> new Group(query, some)).toList();
  }

  /** Words are looked for in events that were put together, so few are taken at a time. */
  private List<Group> windows(EventQuery query) {
    List<Group> windows = new ArrayList<>();
    for (StoreManifest.Part part : parts(query)) {
      long to = Math.min(part.to(), query.before());
      for (long from = Math.max(part.from(), query.after() + 1); from < to; ) {
        long end = part.to() == Long.MAX_VALUE ? to : Math.min(to, from + WINDOW_EVENTS);
        windows.add(new Group(query.between(from - 1, end), List.of(part)));
        from = end;
      }
    }
    return query.newestFirst() ? windows.reversed() : windows;
  }

  void select(
      Fence fence, EventQuery query, List<StoreManifest.Part> parts, long limit, RowTaker taker)
      throws SQLException, IOException {
    boolean withFresh = parts.stream().anyMatch(part -> part.to() == Long.MAX_VALUE);
    List<StoreManifest.Part> inFiles =
        sketches.candidates(
            parts.stream().filter(part -> part.to() < Long.MAX_VALUE).toList(),
            fence,
            query,
            names);
    if (inFiles.isEmpty() && !withFresh) {
      return;
    }
    try (PreparedStatement statement = prepare(fence, query, inFiles, withFresh, limit)) {
      if (limit < Long.MAX_VALUE) {
        statement.setQueryTimeout((int) EventStore.SEARCH_TIME_MAX.toSeconds());
      }
      try (ResultSet rows = statement.executeQuery()) {
        boolean goesOn = true;
        for (long found = 0; goesOn && found < limit && rows.next(); ) {
          StoreRow row = StoreRow.at(rows, names);
          // A file of somebody who is forgotten is written again in a moment.
          if (row.forgotten(fence).isEmpty()
              && (query.text().isEmpty() || query.hasWords(event(row).event()))) {
            goesOn = taker.takes(row);
            found++;
          }
        }
      }
    }
  }

  private PreparedStatement prepare(
      Fence fence,
      EventQuery query,
      List<StoreManifest.Part> inFiles,
      boolean withFresh,
      long limit)
      throws SQLException {
    List<String> selects = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (EventQuery.Conditions conditions : query.conditions(fence, names)) {
      if (!inFiles.isEmpty()) {
        // Of what was deleted a row is left that has nothing else.
        selects.add(
            "SELECT "
                + StoreRow.SELECTED
                + " FROM "
                + store.read(inFiles)
                + conditions.where()
                + " AND rest IS NOT NULL");
        values.addAll(conditions.values());
      }
      if (withFresh) {
        // What the files hold may still lie in memory for a moment: it is found once.
        selects.add(
            "SELECT "
                + StoreRow.SELECTED
                + " FROM fresh"
                + conditions.where()
                + " AND rest IS NOT NULL AND position >= "
                + files.size());
        values.addAll(conditions.values());
      }
    }
    PreparedStatement statement =
        connection.prepareStatement(
            "SELECT * FROM ("
                + String.join(" UNION ALL ", selects)
                + ") ORDER BY position "
                + (query.newestFirst() ? "DESC" : "ASC")
                + (limit < Long.MAX_VALUE && query.text().isEmpty() ? " LIMIT " + limit : ""));
    for (int i = 0; i < values.size(); i++) {
      statement.setObject(i + 1, values.get(i));
    }
    return statement;
  }

  /** The event of a row that was found. */
  StoredEvent event(StoreRow row) throws IOException {
    try {
      return row.event();
    } catch (FormatException e) {
      throw new IOException(
          "the audit store holds what is no event: it was changed; stop, remove " + store.folder(),
          e);
    }
  }

  @Override
  public void close() throws SQLException, IOException {
    try {
      connection.close();
    } finally {
      store.release(files);
    }
  }
}
