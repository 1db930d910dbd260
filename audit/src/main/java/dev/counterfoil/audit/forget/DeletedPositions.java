package dev.counterfoil.audit.forget;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.StoreManifest;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where a tenant's deleted events stood, in order, page by page: of each a row without content is
 * left in the store's files. Belongs to one thread.
 */
public final class DeletedPositions {
  private static final int PAGE = 10_000;
  private static final int TRIES = 3;

  private final EventStore store;
  private final Fence fence;
  private final long before;
  private final Deque<Long> page = new ArrayDeque<>();
  private long after;
  private boolean more = true;

  public DeletedPositions(EventStore store, Fence fence, long after, long before) {
    this.store = store;
    this.fence = fence;
    this.after = after;
    this.before = before;
  }

  /** The next one below a position; -1 when there is none. */
  public long nextBelow(long position) throws IOException {
    if (page.isEmpty() && more) {
      List<Long> found = find();
      more = found.size() == PAGE;
      page.addAll(found);
      after = found.isEmpty() ? after : found.getLast();
    }
    Long next = page.peek();
    if (next == null || next >= position) {
      return -1;
    }
    return page.remove();
  }

  private List<Long> find() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return query();
      } catch (SQLException e) {
        // A file may be merged with others between the two looks.
        if (tries == TRIES) {
          throw new IOException("what was deleted cannot be found", e);
        }
      }
    }
  }

  private List<Long> query() throws SQLException {
    List<StoreManifest.Part> files =
        store.manifest().files().stream()
            .filter(part -> part.to() > after + 1 && part.from() < before)
            .toList();
    if (files.isEmpty()) {
      return List.of();
    }
    try (Connection connection = store.connection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT position FROM "
                    + store.files(files)
                    + " WHERE rest IS NULL AND domain = ? AND tenant = ? AND position > ?"
                    + " AND position < ? ORDER BY position LIMIT "
                    + PAGE)) {
      statement.setString(1, fence.domain());
      statement.setString(2, fence.tenant());
      statement.setLong(3, after);
      statement.setLong(4, before);
      List<Long> positions = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          positions.add(rows.getLong(1));
        }
      }
      return positions;
    }
  }
}
